/** What ccci's programs are asked, and what they answer. */
import { Option } from "effect"
import type { Domain, GitRef, RecipeName } from "../model/names.ts"
import { stages, type Stage } from "../model/stages.ts"
import type { RunFacts } from "./facts.ts"
import type { Verdict } from "./verdict.ts"

/** One run of one recipe. `src` is a folder or git URL; `base` a published version to upgrade from. */
export interface RunRequest {
  readonly recipe: RecipeName
  readonly ref: Option.Option<GitRef>
  readonly pr: Option.Option<number>
  readonly src: Option.Option<string>
  readonly base: Option.Option<string>
  readonly stages: ReadonlyArray<Stage>
  /** CCCI_SKIP_FETCH: test what is staged in the canonical abra directory (RUN-3). */
  readonly skipFetch: boolean
}

/** A request for a whole run of a recipe's head, with what is to be different. */
export const runRequest = (recipe: RecipeName, over: Partial<Omit<RunRequest, "recipe">> = {}): RunRequest => ({
  recipe,
  ref: Option.none(),
  pr: Option.none(),
  src: Option.none(),
  base: Option.none(),
  stages,
  skipFetch: false,
  ...over
})

/** How a run went; `directory` is where its results lie. */
export interface RunResult {
  readonly facts: RunFacts
  readonly verdict: Verdict
  readonly directory: string
}

/** `prune` also removes old run directories (RUN-7). */
export interface JanitorOptions {
  readonly dryRun: boolean
  readonly prune: boolean
}

/** What a janitor pass did with one candidate (JAN-1). `left`: looked at, and not to be touched; `failed`: something of it remains. */
export interface JanitorCandidate {
  readonly domain: Domain
  readonly outcome: "held" | "reaped" | "wouldReap" | "left" | "failed"
  readonly detail: string
  readonly residue: ReadonlyArray<{ readonly kind: string; readonly name: string }>
}

/** One pass of the janitor; a warning is what it could not do or see (JAN-7). */
export interface JanitorReport {
  readonly candidates: ReadonlyArray<JanitorCandidate>
  readonly warnings: ReadonlyArray<string>
  readonly prunedRuns: ReadonlyArray<string>
}
