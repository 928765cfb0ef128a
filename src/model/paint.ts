/** Text for terminals: colour by meaning, and width in cells. */

/** What a piece of text means; colours follow from it. */
export type Tone = "good" | "bad" | "doubt" | "quiet" | "strong" | "plain"

const codes: Readonly<Record<Tone, string>> = { good: "32", bad: "31;1", doubt: "33", quiet: "2", strong: "1", plain: "" }

/** The text in its tone's colour, where colours are wanted. */
export const paint = (text: string, tone: Tone, colors: boolean): string =>
  !colors || tone === "plain" || text === "" ? text : `\u001b[${codes[tone]}m${text}\u001b[0m`

/** `850 ms`, `12.3 s`, `4 min 05 s`. */
export const elapsed = (millis: number): string => {
  if (millis < 1_000) return `${Math.round(millis)} ms`
  if (millis < 60_000) return `${(Math.floor(millis / 100) / 10).toFixed(1)} s`
  const whole = Math.floor(millis / 1_000)
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`
}
