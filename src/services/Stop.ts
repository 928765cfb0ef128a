/** Why a run has to end before its work does. One a run: several runs may live in one process (LIFE-6c). The first cause wins (LIFE-5). */
import { Context, Schema } from "effect"
import type { Effect, Option } from "effect"

export const StopCause = Schema.Literals(["SIGHUP", "SIGINT", "SIGTERM", "stdoutClosed", "deadline"])
export type StopCause = typeof StopCause.Type

/** Exit codes of the stop causes (spec 03). */
export const stopExitCode: Readonly<Record<StopCause, number>> = {
  SIGHUP: 129,
  SIGINT: 130,
  stdoutClosed: 141,
  deadline: 142,
  SIGTERM: 143
}

/** The run was stopped: not judged, torn down. */
export class Stopped extends Schema.TaggedError<Stopped>()("Stopped", { cause: StopCause }) {
  override get message() {
    return this.cause === "deadline"
      ? "The run's deadline was reached"
      : this.cause === "stdoutClosed"
        ? "Standard output was closed"
        : `Stopped by ${this.cause}`
  }
}

export class Stop extends Context.Service<
  Stop,
  {
    /** Never succeeds; fails as soon as a first cause is there. */
    readonly requested: Effect.Effect<never, Stopped>
    /** Asks for a stop. The first wins; true if this was it. */
    readonly request: (cause: StopCause) => Effect.Effect<boolean>
    readonly first: Effect.Effect<Option.Option<StopCause>>
  }
>()("ccci/services/Stop") {}
