/** A process's Stop: its signals are requests to it. The same first-cause-wins as the live one, without handlers and timers. */
import { Deferred, Effect, Layer, Option } from "effect"
import { Stop, Stopped } from "../../../services/Stop.ts"
import type { StopCause } from "../../../services/Stop.ts"
import type { Process } from "../kernel/processes.ts"

/** Stop of one process: while the layer is there, SIGTERM, SIGINT and SIGHUP no longer end the process by themselves. */
export const stopLayer = (process: Process) =>
  Layer.effect(
    Stop,
    Effect.gen(function* () {
      const cause = yield* Deferred.make<never, Stopped>()
      const slot: { first: Option.Option<StopCause> } = { first: Option.none() }
      const requestUnsafe = (asked: StopCause): boolean => {
        if (Option.isSome(slot.first)) return false
        slot.first = Option.some(asked)
        return Deferred.doneUnsafe(cause, Effect.fail(new Stopped({ cause: asked })))
      }
      process.onSignal = (signal) => {
        if (signal !== "SIGKILL") requestUnsafe(signal)
      }
      yield* Effect.addFinalizer(() => Effect.sync(() => (process.onSignal = undefined)))
      return Stop.of({
        requested: Deferred.await(cause),
        request: (asked) => Effect.sync(() => requestUnsafe(asked)),
        first: Effect.sync(() => slot.first)
      })
    })
  )
