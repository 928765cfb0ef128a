/**
 * What the executable, not the library, does for the one run that it is about (LIFE-1, LIFE-6c): it dies with its parent, and a watchdog ends it when its
 * event loop is stuck. Signals, a closed stdout and stray throws are `runMain`'s; they arrive as {@link Stop}.
 */
import { Context, Schema } from "effect"
import type { Duration, Effect, Scope } from "effect"

/** LIFE-2: whoever started ccci is gone already; nobody waits for this run. */
export class ParentGone extends Schema.TaggedError<ParentGone>()("ParentGone", { expected: Schema.String, seen: Schema.Number }) {
  override get message() {
    return `Refusing to start: the process that started ccci (${this.expected}) is gone, or is not its parent (${this.seen} is). CCCI_PARENT_PID must be the pid of the process that starts ccci, or unset.`
  }
}

export class Guards extends Context.Service<
  Guards,
  {
    /** The first thing a run does. `budget` (work and teardown) is when the watchdog SIGKILLs a process that is still there (LIFE-4); it is off when the scope closes. */
    readonly install: (budget: Duration.Duration) => Effect.Effect<void, ParentGone, Scope.Scope>
  }
>()("ccci/services/Guards") {}
