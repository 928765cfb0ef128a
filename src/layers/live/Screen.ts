/** {@link Screen}: the process's own standard output and error. */
import { Effect, Layer, Option } from "effect"
import type { WriteStream } from "node:tty"
import { Screen } from "../../services/Screen.ts"

const isSet = (name: string): boolean => (process.env[name] ?? "") !== ""

/** https://no-color.org, and its counterpart FORCE_COLOR. */
const wantsColors = (stream: NodeJS.WriteStream): boolean => {
  if (isSet("NO_COLOR") || process.env["TERM"] === "dumb") return false
  const forced = process.env["FORCE_COLOR"] ?? ""
  return forced === "" ? stream.isTTY : forced !== "0" && forced !== "false"
}

/** A CI's pseudo-terminal is a log file in the end. */
const drawable = (stream: NodeJS.WriteStream): stream is WriteStream & { fd: 2 } => stream.isTTY && process.env["TERM"] !== "dumb" && !isSet("CI")

export const layer: Layer.Layer<Screen> = Layer.sync(Screen, () => ({
  write: (stream, text) => Effect.sync(() => void process[stream].write(text)),
  terminal: Effect.sync(() =>
    drawable(process.stderr) ? Option.some({ columns: process.stderr.columns || 80, rows: process.stderr.rows || 24 }) : Option.none()
  ),
  colors: { stdout: wantsColors(process.stdout), stderr: wantsColors(process.stderr) }
}))
