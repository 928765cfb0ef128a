/** Removals: tried again while the engine says "in use" (TEAR-2), each attempted whatever became of the others (TEAR-6). */
import { Duration, Effect, Result } from "effect"
import type { Domain } from "../model/names.ts"
import type { DockerError } from "../services/Docker.ts"
import { Settings } from "../services/Settings.ts"
import { done, pending, waitFor, type Look } from "./wait.ts"

/** Several failures told as one. */
class Several extends Error {}

/** Attempts all of them, and fails, once all were attempted, with the words of every failure. */
export const attemptAll = Effect.fnUntraced(function* <E extends { readonly message: string }, R>(effects: ReadonlyArray<Effect.Effect<void, E, R>>) {
  const results = yield* Effect.forEach(effects, Effect.result, { concurrency: 8 })
  const failed = results.filter(Result.isFailure).map(({ failure }) => failure.message)
  if (failed.length > 0) return yield* Effect.fail(new Several(failed.join("; ")))
})

/** One removal. What is gone already is removed; what is in use is waited for, at each event of the engine, within a bound. */
export const removing = Effect.fnUntraced(function* (domain: Domain, what: string, remove: Effect.Effect<void, DockerError>) {
  const { limits } = yield* Settings
  const attempt: Effect.Effect<Look<void>, DockerError> = remove.pipe(
    Effect.as(done(undefined)),
    Effect.catchTag("DockerError", (error) => {
      if (error.reason === "notFound") return Effect.succeed(done(undefined))
      return error.reason === "inUse" || error.reason === "conflict" ? Effect.succeed(pending(error.seen)) : Effect.fail(error)
    })
  )
  // Most removals succeed at once: only what is in use is worth a subscription to the engine's events.
  const first = yield* Effect.result(attempt)
  if (Result.isSuccess(first) && first.success._tag === "Done") return
  yield* waitFor({ subject: domain, what: `the removal of ${what}`, bound: Duration.times(limits.killGrace, 2), look: attempt })
})
