/** One app under test: what every step of a run knows about it, and the record that the run keeps of itself. */
import { Clock, Effect, Option, Ref } from "effect"
import type { Redacted } from "effect"
import type { CommitId, Domain, StackName } from "../model/names.ts"
import type { RecipeContext } from "../recipe.ts"
import { Progress } from "../services/Progress.ts"
import type { FunctionalTestFile, LoadedRecipe } from "../services/Recipes.ts"
import type { RunDirectory } from "../services/RunStore.ts"
import type { Failure, RunFacts } from "./facts.ts"
import type { RunRequest } from "./types.ts"

/** The facts so far. They are only ever added to. */
export type RunRecord = Ref.Ref<RunFacts>

/** The recipe as it was fetched: where its checkout lies, and what its head is. */
export interface Source {
  /** `<run's abra dir>/recipes/<recipe>`: several commands of abra move what is checked out there. */
  readonly checkout: string
  readonly head: CommitId
  /** A copy of the head's tree as it was fetched, where that is no commit (a dirty local folder). */
  readonly dirtyTree: Option.Option<string>
  /** The tests that the recipe itself ships, copied before anything moves the checkout. */
  readonly tests: ReadonlyArray<FunctionalTestFile>
}

export interface App {
  readonly domain: Domain
  readonly stack: StackName
  readonly request: RunRequest
  readonly recipe: LoadedRecipe
  readonly source: Source
  readonly directory: RunDirectory
  /** The app's `.env`, in the canonical servers folder. */
  readonly envPath: string
  readonly context: RecipeContext
  readonly record: RunRecord
  /** Values of the secrets that were generated for this app, by their name in the recipe. */
  readonly secrets: Ref.Ref<ReadonlyMap<string, Redacted.Redacted<string>>>
}

/** Adds to the record. */
export const note = (record: RunRecord, change: (facts: RunFacts) => Partial<RunFacts>): Effect.Effect<void> =>
  Ref.update(record, (facts) => ({ ...facts, ...change(facts) }))

/** A remark that a reader of the results should see, and the reader at the terminal now. */
export const remark = Effect.fnUntraced(function* (record: RunRecord, text: string) {
  yield* Effect.flatMap(Progress, (progress) => progress.emit({ _tag: "Warning", text }))
  yield* note(record, ({ notes }) => ({ notes: [...notes, text] }))
})

/** A failure outside of any stage. */
export const recordFailure = (record: RunRecord, failure: Failure) => note(record, ({ failures }) => ({ failures: [...failures, failure] }))

/** A step worth telling. */
export const step = (text: string) => Effect.flatMap(Progress, (progress) => progress.emit({ _tag: "Step", text }))

/** Runs an effect between StageStarted and StageEnded of a stage that is no tier. */
export const phase = <A, E, R>(stage: "prepare" | "deploy" | "teardown" | "janitor", effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const progress = yield* Progress
    const started = yield* Clock.currentTimeMillis
    yield* progress.emit({ _tag: "StageStarted", stage })
    const ended = (outcome: "done" | "fail", reason: string) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => progress.emit({ _tag: "StageEnded", stage, outcome, reason, elapsed: now - started }))
    return yield* effect.pipe(Effect.onExit((exit) => (exit._tag === "Success" ? ended("done", "") : ended("fail", ""))))
  })
