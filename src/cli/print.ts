/** Words on standard output, scrubbed of secrets, with control characters shown and not obeyed. */
import { Effect } from "effect"
import { paint } from "../model/paint.ts"
import type { Tone } from "../model/paint.ts"
import { visible } from "../model/visible.ts"
import { Redaction } from "../services/Redaction.ts"
import { Screen } from "../services/Screen.ts"

/** Prints lines, in the colours of their tones where a terminal wants them. */
export const printLines = Effect.fn("printLines")(function* (
  lines: ReadonlyArray<{ readonly tone: Tone; readonly text: string }>,
  stream: "stdout" | "stderr" = "stdout"
) {
  const screen = yield* Screen
  const { scrub } = yield* Redaction
  yield* screen.write(stream, lines.map(({ text, tone }) => `${paint(visible(scrub(text)), tone, screen.colors[stream])}\n`).join(""))
})

/** Prints a value as JSON. */
export const printJson = Effect.fn("printJson")(function* (value: unknown) {
  const screen = yield* Screen
  const { scrub } = yield* Redaction
  yield* screen.write("stdout", `${scrub(JSON.stringify(value, null, 2))}\n`)
})
