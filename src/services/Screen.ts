/** Where words go: standard output for results, standard error for what happens meanwhile. */
import { Context } from "effect"
import type { Effect, Option } from "effect"

export interface TerminalSize {
  readonly columns: number
  readonly rows: number
}

export class Screen extends Context.Service<
  Screen,
  {
    /** Writes text as it is; whoever writes has scrubbed it and made control characters visible. Never fails: a closed stream is a cause to stop (LIFE). */
    readonly write: (stream: "stdout" | "stderr", text: string) => Effect.Effect<void>
    /** The terminal behind standard error as it is now; none where a live region cannot be drawn (a file, a pipe, a CI, a dumb terminal). */
    readonly terminal: Effect.Effect<Option.Option<TerminalSize>>
    /** Whether colours are wanted on a stream (a terminal, and no NO_COLOR). */
    readonly colors: { readonly stdout: boolean; readonly stderr: boolean }
  }
>()("ccci/services/Screen") {}
