/** Text cut to a terminal's width, by the cells that it fills: never a wrapped line, never half a character. */
import { CliOutput } from "effect/cli"

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" })

/** Cells that a text fills. */
export const widthOf = (text: string): number => CliOutput.displayWidth(text)

/** The text in at most `columns` cells; what is cut ends with an ellipsis. No colours inside: paint afterwards. */
export const fit = (text: string, columns: number): string => {
  if (columns <= 0) return ""
  // Most lines are short ASCII.
  if (/^[ -~]*$/u.test(text) ? text.length <= columns : widthOf(text) <= columns) return text
  let used = 0
  let kept = ""
  for (const { segment } of graphemes.segment(text)) {
    const width = widthOf(segment)
    if (used + width > columns - 1) break
    used += width
    kept += segment
  }
  return `${kept}…`
}
