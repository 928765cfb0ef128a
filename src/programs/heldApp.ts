/**
 * The scope of an app: its lock, then its teardown, registered before the first act that could make anything, then the work, interruptible everywhere.
 * However the work ends, the teardown runs to its end, is verified by listing, and only then is the lock released (LOCK-4, LOCK-6, TEAR).
 */
import { Cause, Clock, Effect, Exit, Option, Ref, Result } from "effect"
import type { Domain } from "../model/names.ts"
import { ChildEnvironment } from "../services/Processes.ts"
import { Progress } from "../services/Progress.ts"
import { Settings } from "../services/Settings.ts"
import { Stop } from "../services/Stop.ts"
import { note, phase, recordFailure, step, type RunRecord } from "./app.ts"
import { appLock, type AppLock } from "./appLock.ts"
import type { Failure } from "./facts.ts"
import { Failed } from "./failed.ts"
import { endOwn, endStrangers } from "./marks.ts"
import { inventory, type Residue } from "./inventory.ts"
import { teardown, type TeardownReport } from "./teardown.ts"

/** Runs `work` with the app's lock held and its children marked; when the scope closes, the app is torn down, whatever happened. */
export const withHeldApp = Effect.fn("withHeldApp")(function* <A, E, R>(domain: Domain, abraDir: string, record: RunRecord, work: Effect.Effect<A, E, R>) {
  const lock = yield* appLock(domain)
  // JAN-9: what a dead owner left running is ended before anything is looked at. One that cannot be ended: nothing is removed or deployed beside it.
  const ended = yield* endStrangers(lock.marks.CCCI_APP_LOCK, Option.some(lock.marks.CCCI_RUN_TOKEN))
  yield* Effect.addFinalizer((exit) => endApp(lock, record, Exit.isFailure(exit)))
  if (ended > 0) yield* step(`Ended ${ended} processes that an earlier run of ${domain} had left`)
  yield* clearLeftovers(domain, ended > 0 || lock.waited)
  return yield* work.pipe(Effect.updateService(ChildEnvironment, (environment) => ({ ...environment, ABRA_DIR: abraDir, ...lock.marks })))
})

/** DEP-3: what an earlier run of this domain left goes first; if it does not go, nothing is deployed on top of it. */
const clearLeftovers = Effect.fnUntraced(function* (domain: Domain, settle: boolean) {
  const report = yield* teardown(domain, { settle })
  if (report.residue.length === 0) return
  return yield* new Failed({
    class: "infrastructure",
    headline: `${domain}: what an earlier run left could not be removed, so nothing was deployed`,
    hint: "Look at the residue; ccci janitor tries again.",
    evidence: report.residue.map(({ kind, name }) => `${kind} ${name}`)
  })
})

/**
 * The end of an app, in a budget of its own (TEAR-6). A further signal or the deadline does not touch it: finalizers are uninterruptible (LIFE-5). `cut`: the
 * work did not end by itself, so what its ended clients had asked of the engine may still take effect (JAN-10).
 */
const endApp = Effect.fnUntraced(function* (lock: AppLock, record: RunRecord, cut: boolean) {
  const { limits } = yield* Settings
  const { stages } = yield* Ref.get(record)
  const failed = stages.some(({ failure }) => Option.isSome(failure))
  const ended = ending(lock, cut || failed).pipe(
    Effect.timeoutOrElse({ duration: limits.teardown, orElse: () => Effect.succeed(unproven(lock.domain, "the teardown did not end within its budget")) }),
    // A defect in teardown must not hide what stopped the run: it is one cause more, and what it means, that nothing is proven, is another.
    Effect.catchCause((cause) => {
      const words = Cause.pretty(cause)
      const headline = `A defect in ccci itself, in the teardown of ${lock.domain}: ${words.split("\n", 1).join()}`
      const failure: Failure = { class: "defect", headline, hint: "Please report it, with logs/run.log.", evidence: [words] }
      return Effect.as(recordFailure(record, failure), unproven(lock.domain, `the teardown itself failed: ${words}`))
    })
  )
  const report = yield* phase("teardown", Effect.raceFirst(ended, yield* ignoringStops))
  yield* recordLeak(record, report)
  yield* Ref.set(lock.clean, report.residue.length === 0)
})

/** Nothing is known of what is left. */
const unproven = (domain: Domain, why: string): TeardownReport => ({ domain, residue: [{ kind: "unknown", name: why }], contested: [], problems: [why] })

/** TEAR-0, then the removal. Beside a process that could not be ended nothing is removed: it might make it again. */
const ending = Effect.fnUntraced(function* (lock: AppLock, settle: boolean) {
  const { CCCI_APP_LOCK: mark, CCCI_RUN_TOKEN: token } = lock.marks
  const own = yield* Effect.result(Effect.retry(endOwn(mark, token), { times: 1, while: ({ _tag }) => _tag === "ProcessError" }))
  if (Result.isSuccess(own)) return yield* teardown(lock.domain, { settle: settle || own.success > 0 })
  const remaining: Residue = { kind: "process", name: own.failure.message }
  if (own.failure._tag === "ProcessesRemain") {
    const { residue, contested } = yield* inventory(lock.domain)
    return { domain: lock.domain, residue: [remaining, ...residue], contested, problems: [own.failure.message] } satisfies TeardownReport
  }
  // The process table cannot be read: the app goes all the same, but nobody has proved that nothing acts on it any more.
  const report = yield* teardown(lock.domain, { settle: true })
  return { ...report, residue: [...report.residue, remaining] }
})

/** LIFE-5: tells of a stop that comes now for the first time; of a further one, whoever asks for it is told that it was not the first. Never ends. */
const ignoringStops = Effect.gen(function* () {
  const stop = yield* Stop
  const progress = yield* Progress
  if (Option.isSome(yield* stop.first)) return Effect.never
  const told = Effect.catchTag(stop.requested, "Stopped", ({ message }) =>
    progress.emit({ _tag: "Warning", text: `${message}: ignored, the run is already being torn down` })
  )
  return Effect.andThen(Effect.exit(told), Effect.never)
})

const recordLeak = Effect.fnUntraced(function* (record: RunRecord, report: TeardownReport) {
  const checkedAt = yield* Clock.currentTimeMillis
  const clean = report.residue.length === 0
  yield* note(record, ({ notes }) => ({
    leak: Option.some({ clean, residue: report.residue, problems: clean ? [] : report.problems, checkedAt }),
    notes: [...notes, ...report.contested.map(({ kind, name }) => `${kind} ${name} carries no label and a longer stack's name claims it too: left alone`)]
  }))
})
