/** Text from outside on its way to a terminal or a report: whatever would steer a terminal is shown instead of obeyed. */

/** C0 but tab and newline, DEL, C1, and the marks that reorder text (a name that reads backwards hides what it is), lone surrogates. */
const steering = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]|\p{Surrogate}/gu

const shown = (character: string): string => {
  const code = character.codePointAt(0) ?? 0
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`
}

/** The text with control characters written out (`\x1b`); tabs and newlines stay. */
export const visible = (text: string): string => text.replaceAll(steering, shown)

/** As one line: newlines and tabs are blanks. */
export const visibleLine = (text: string): string => visible(text.replaceAll(/\s+/gu, " ").trim())
