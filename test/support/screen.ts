/** A terminal in memory: what was written, and what a terminal of that size would show of it. */
import { Effect, Layer, Option, Ref } from "effect"
import { layer as redaction } from "../../src/layers/common/Redaction.ts"
import type { TerminalSize } from "../../src/services/Screen.ts"
import { Screen } from "../../src/services/Screen.ts"

export interface Written {
  readonly stream: "stdout" | "stderr"
  readonly text: string
}

/** Lines that a terminal shows after these bytes: newlines, cursor up, clear to the end, colours; long lines wrap. Colours are dropped. */
export const shown = (text: string, columns: number): ReadonlyArray<string> => {
  const rows: Array<string> = [""]
  let row = 0
  for (const part of text.split(/(\u001b\[[0-9;]*[A-Za-z]|\r|\n)/u)) {
    const up = /^\u001b\[([0-9]+)A$/u.exec(part)
    if (up !== null) row = Math.max(0, row - Number(up[1]))
    else if (part === "\u001b[J") rows.splice(row, rows.length, "")
    else if (part === "\n") rows[(row += 1)] ??= ""
    else if (part.startsWith("\u001b") || part === "\r" || part === "") continue
    else {
      const whole = `${rows[row] ?? ""}${part}`
      rows[row] = whole.slice(0, columns)
      for (let rest = whole.slice(columns); rest !== ""; rest = rest.slice(columns)) rows[(row += 1)] = rest.slice(0, columns)
    }
  }
  return rows
}

/** A screen and redaction for a test, with what was written to it. `size` may change while the test runs. */
export const testScreen = (options: { readonly size?: Ref.Ref<TerminalSize>; readonly colors?: boolean } = {}) => {
  const written: Array<Written> = []
  const screen = Layer.succeed(Screen, {
    write: (stream, text) => Effect.sync(() => void written.push({ stream, text })),
    terminal: options.size === undefined ? Effect.succeed(Option.none()) : Effect.map(Ref.get(options.size), Option.some),
    colors: { stdout: options.colors ?? false, stderr: options.colors ?? false }
  })
  const textOf = (stream: Written["stream"]) =>
    written
      .filter((one) => one.stream === stream)
      .map(({ text }) => text)
      .join("")
  return { layer: Layer.merge(screen, redaction), written, textOf }
}
