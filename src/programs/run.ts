/** A whole run: prepared, judged, torn down, recorded, in one scope. However it ends, its results say how. */
import { Cause, Clock, Duration, Effect, Exit, Option, Ref, Result } from "effect"
import { RunId } from "../model/names.ts"
import { Crypto } from "../services/Crypto.ts"
import { Files } from "../services/Files.ts"
import { Processes } from "../services/Processes.ts"
import { Progress } from "../services/Progress.ts"
import { RunStore, type RunDirectory } from "../services/RunStore.ts"
import { Settings } from "../services/Settings.ts"
import { Stop, type Stopped } from "../services/Stop.ts"
import { note, recordFailure, remark, type RunRecord } from "./app.ts"
import { failureOf, type RunError } from "./failed.ts"
import type { Failure } from "./facts.ts"
import { openRecord } from "./record.ts"
import { tellInto } from "./runLog.ts"
import type { RunRequest, RunResult } from "./types.ts"
import { verdictOf } from "./verdict.ts"
import { work } from "./work.ts"
import { writeResults } from "./writeResults.ts"

/** Runs one recipe. Everything that went wrong is in the result; it fails only where there is not even a directory to record it in. */
export const run = Effect.fn("run")(function* (request: RunRequest) {
  const store = yield* RunStore
  const directory = yield* store.create(yield* newRunId())
  const record = yield* openRecord(request, directory)
  return yield* tellInto(directory, judged(request, directory, record))
}, Effect.scoped)

/** RUN-1: the build's number, else one of its own, and random hex: one program or one build may do several runs. */
const newRunId = Effect.fnUntraced(function* () {
  const { buildNumber } = yield* Settings
  const crypto = yield* Crypto
  const processes = yield* Processes
  const pid = Effect.map(processes.lineage, ([own = 0]) => `manual-${own}`)
  // A CI's build number may be any text, such as a branch and a number.
  const stem = Option.isSome(buildNumber)
    ? buildNumber.value
        .replaceAll(/[^A-Za-z0-9._-]/g, "-")
        .replace(/^[^A-Za-z0-9]+/, "")
        .slice(0, 80) || "build"
    : yield* pid
  return RunId.make(`${stem}-${yield* crypto.randomHex(4)}`)
})

/** The work, raced with whatever stops it, and then, uninterruptibly, the teardown, and the judgement of what was recorded. */
const judged = (request: RunRequest, directory: RunDirectory, record: RunRecord) =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      yield* Effect.forkScoped(deadline)
      // The work's scope closes after the race: what comes once the teardown runs is no cause any more (LIFE-5).
      // What ended the work is recorded before its scope closes: a defect in a finalizer must not take its place.
      const told = yield* Ref.make<ReadonlyArray<unknown>>([])
      const working = Effect.onExit(restore(stoppable(work(request, directory, record))), (exit) => recordExit(record, told, exit))
      yield* recordExit(record, told, yield* Effect.exit(Effect.scoped(working)))
      yield* removeAbraDir(directory, record)
      const endedAt = yield* Clock.currentTimeMillis
      yield* note(record, () => ({ endedAt }))
      const written = yield* Effect.result(Effect.flatMap(Ref.get(record), (facts) => writeResults(directory, facts, verdictOf(facts))))
      if (Result.isFailure(written)) yield* recordFailure(record, failureOf(written.failure))
      const facts = yield* Ref.get(record)
      const verdict = verdictOf(facts)
      const { headline, level } = verdict
      yield* Effect.flatMap(Progress, (progress) =>
        progress.emit({ _tag: "RunEnded", exitClass: verdict.exit.class, exitCode: verdict.exit.code, headline, level })
      )
      return { facts, verdict, directory: directory.path } satisfies RunResult
    })
  )

/** LIFE-4: the deadline is a cause like others, and one that comes too late is told and ignored like them (LIFE-5). */
const deadline = Effect.gen(function* () {
  const stop = yield* Stop
  const progress = yield* Progress
  const { limits } = yield* Settings
  yield* Effect.sleep(limits.work)
  if (yield* stop.request("deadline")) return
  yield* progress.emit({ _tag: "Warning", text: `The deadline of ${Duration.format(limits.work)} is reached: ignored, the run is already ending` })
})

/** LIFE-3, LIFE-4: whatever stops the run, the deadline included, interrupts the work. Said before the race ends: its loser would not come to say it. */
const stoppable = Effect.fnUntraced(function* <A, E, R>(working: Effect.Effect<A, E, R>) {
  const stop = yield* Stop
  const progress = yield* Progress
  const { limits } = yield* Settings
  const text = `The deadline of ${Duration.format(limits.work)} is reached: the run ends here and is torn down`
  const requested = Effect.tapError(stop.requested, ({ cause }) => (cause === "deadline" ? progress.emit({ _tag: "Warning", text }) : Effect.void))
  return yield* Effect.raceFirst(working, requested)
})

/**
 * What ended the work, if it did not end by itself; `told` are the errors that are recorded already. The first cause is the one that did it; what came later,
 * during teardown, is not (LIFE-5).
 */
const recordExit = Effect.fnUntraced(function* <A>(record: RunRecord, told: Ref.Ref<ReadonlyArray<unknown>>, exit: Exit.Exit<A, RunError | Stopped>) {
  if (Exit.isSuccess(exit)) return
  const before = yield* Ref.get(told)
  for (const reason of exit.cause.reasons) {
    const thrown = Cause.isFailReason(reason) ? reason.error : Cause.isDieReason(reason) ? reason.defect : undefined
    if (thrown === undefined || before.includes(thrown)) continue
    yield* Ref.update(told, (all) => [...all, thrown])
    if (!Cause.isFailReason(reason)) yield* recordFailure(record, defect(thrown))
    else yield* recordError(record, reason.error)
  }
  // The program that embeds ccci ended the run: a stop like others, as a Ctrl-C would be.
  if (Cause.hasInterruptsOnly(exit.cause)) yield* note(record, () => ({ stopCause: Option.some("SIGINT" as const) }))
})

const recordError = (record: RunRecord, error: RunError | Stopped) =>
  error._tag === "Stopped" ? note(record, () => ({ stopCause: Option.some(error.cause) })) : recordFailure(record, failureOf(error))

const defect = (thrown: unknown): Failure => ({
  class: "defect",
  headline: `A defect in ccci itself: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
  hint: "Please report it, with logs/run.log.",
  evidence: thrown instanceof Error && thrown.stack !== undefined ? [thrown.stack] : []
})

/** RUN-7: the run's abra directory goes, the results stay. */
const removeAbraDir = Effect.fnUntraced(function* (directory: RunDirectory, record: RunRecord) {
  const files = yield* Files
  yield* files.remove(directory.abraDir).pipe(Effect.catchTag("FilesError", (error) => remark(record, error.message)))
})
