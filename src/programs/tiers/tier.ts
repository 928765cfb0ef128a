/** What every tier has in common: it is told, timed, judged, recorded, and its evidence is gathered before teardown takes it away. */
import { Cause, Clock, Effect, Exit, Option, Ref, Result } from "effect"
import type { Stage } from "../../model/stages.ts"
import { Progress } from "../../services/Progress.ts"
import { note, type App } from "../app.ts"
import { gatherEvidence } from "../evidence.ts"
import { failureOf, type RunError, type Unverified } from "../failed.ts"
import type { Failure, StageFact, Status } from "../facts.ts"

/** What a tier that came to its end says: it passed, or there was nothing to do and why. */
export type TierResult = { readonly _tag: "Passed" } | { readonly _tag: "Skipped"; readonly reason: string }

export const passed: TierResult = { _tag: "Passed" }
export const skipped = (reason: string): TierResult => ({ _tag: "Skipped", reason })

/** How a tier ended, for what comes after it. */
export interface TierEnd {
  readonly status: Status
  readonly failure: Option.Option<Failure>
}

/** Runs one tier and records it. Only interruption and defects go through; they are recorded, too. */
export const tier = Effect.fn("tier")(function* <R>(
  app: App,
  stage: Stage,
  work: (attempts: Ref.Ref<number>) => Effect.Effect<TierResult, RunError | Unverified, R>
) {
  const progress = yield* Progress
  const startedAt = yield* Clock.currentTimeMillis
  const attempts = yield* Ref.make(1)
  yield* progress.emit({ _tag: "StageStarted", stage })

  const record = Effect.fnUntraced(function* (status: Status, reason: string, failure: Option.Option<Failure>) {
    const duration = (yield* Clock.currentTimeMillis) - startedAt
    const fact: StageFact = { stage, status, reason, attempts: yield* Ref.get(attempts), startedAt, duration, failure }
    yield* note(app.record, ({ stages }) => ({ stages: [...stages, fact] }))
    yield* progress.emit({ _tag: "StageEnded", stage, outcome: status, reason, elapsed: duration })
    return { status, failure } satisfies TierEnd
  })

  // Judged and recorded in one piece: a stop in between must not record the tier a second time.
  return yield* Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const exit = yield* Effect.exit(restore(Effect.result(work(attempts))))
      if (Exit.isFailure(exit)) {
        const words = Cause.hasInterruptsOnly(exit.cause) ? "the run was stopped in the middle of it" : Cause.pretty(exit.cause)
        // A tier that hangs until the run is stopped leaves its evidence, too; the defect that ended it may strike there again.
        yield* Effect.catchCause(gatherEvidence(app, stage), () => Effect.succeed([]))
        yield* record("unverified", words, Option.none())
        return yield* Effect.failCause(exit.cause)
      }
      const result = exit.value
      if (Result.isSuccess(result)) {
        return yield* result.success._tag === "Passed" ? record("pass", "", Option.none()) : record("skip", result.success.reason, Option.none())
      }
      if (result.failure._tag === "Unverified") return yield* record("unverified", result.failure.reason, Option.none())
      const failure = failureOf(result.failure)
      const evidence = yield* gatherEvidence(app, stage)
      const whole = Option.some({ ...failure, evidence: [...failure.evidence, ...evidence] })
      return yield* record(failure.class === "recipe" ? "fail" : "unverified", failure.headline, whole)
    })
  )
})

/** A tier that cannot be run after what happened before it. */
export const skipTier = (app: App, stage: Stage, reason: string) => tier(app, stage, () => Effect.succeed(skipped(reason)))
