/** A terminal in memory: what was written, and what a terminal of that size would show of it. */
import { Effect, Layer, Option, Ref } from "effect"
import { layer as redaction } from "../../src/layers/common/Redaction.ts"
import type { TerminalSize } from "../../src/services/Screen.ts"
import { Screen } from "../../src/services/Screen.ts"

export interface Written {
  readonly stream: "stdout" | "stderr"
  readonly text: string
}

/** Lines that a terminal shows after these bytes: newlines, cursor up, clearing; long lines wrap. Colours are dropped, characters are one cell wide. */
export const shown = (text: string, columns: number): ReadonlyArray<string> => {
  const rows: Array<string> = [""]
  let row = 0
  let column = 0
  const put = (character: string) => {
    if (column === columns) [row, column] = [row + 1, 0]
    const before = rows[row] ?? ""
    rows[row] = before.slice(0, column).padEnd(column) + character + before.slice(column + 1)
    column += 1
  }
  for (const part of text.split(/(\u001b\[[0-9;]*[A-Za-z]|\r|\n)/u)) {
    const up = /^\u001b\[([0-9]+)A$/u.exec(part)
    if (up !== null) row = Math.max(0, row - Number(up[1]))
    else if (part === "\u001b[K") rows[row] = (rows[row] ?? "").slice(0, column)
    else if (part === "\u001b[J") rows.splice(row, rows.length, (rows[row] ?? "").slice(0, column))
    else if (part === "\n") {
      row += 1
      column = 0
      rows[row] ??= ""
    } else if (part === "\r") column = 0
    else if (!part.startsWith("\u001b")) for (const character of part) put(character)
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
