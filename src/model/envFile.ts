/**
 * An app's `.env` as abra reads it: docker's env-file syntax, with quotes, comments after values, expansion of what stands above in the same file, and modifiers in
 * comments (`SECRET_X_VERSION=v1 # length=128`). It comes from a pull request: it is parsed, never sourced (ABRA-7).
 */
import { Result, Schema } from "effect"

/** One assignment. Offsets are into the text that was parsed. */
export interface EnvEntry {
  readonly key: string
  /** Unquoted and expanded. */
  readonly value: string
  /** `key=value` words of the comment behind the value: length, generate, charset. */
  readonly modifiers: Readonly<Record<string, string>>
  readonly start: number
  readonly valueStart: number
  readonly valueEnd: number
  /** End of the line, comment included, line break not. */
  readonly end: number
}

export interface EnvFile {
  /** In the order of the file; a key may come up several times. */
  readonly entries: ReadonlyArray<EnvEntry>
  /** Last value of each key. */
  readonly values: Readonly<Record<string, string>>
  /** Keys of commented-out assignments (`#KEY=...`), with the end of their line. */
  readonly commented: ReadonlyArray<{ readonly key: string; readonly end: number }>
  /** Lines that are no assignment: abra refuses such a file. */
  readonly problems: ReadonlyArray<{ readonly line: number; readonly seen: string }>
}

/** A value or key that an env file cannot hold. */
export class EnvFileError extends Schema.TaggedError<EnvFileError>()("EnvFileError", { key: Schema.String, seen: Schema.String }) {
  override get message() {
    return `Cannot write ${this.key} to an env file: ${this.seen}`
  }
}

/** The value of a variable; undefined for one that is not set. */
export type Lookup = (name: string) => string | undefined

/** The kernel takes no longer variable into a process; and a file that doubles a value line by line must end somewhere. */
const longestValue = 128 * 1024

/**
 * Replaces `$NAME` and `${NAME}` (capitals, digits, underscore, as abra's reader does), unset ones by nothing; `\$` stays a dollar. Undefined for what grows past
 * 128 KiB, which no process could be given.
 */
export const expand = (text: string, lookup: Lookup): string | undefined => {
  let length = text.length
  const expanded = text.replaceAll(/\\?\$(?:\{([A-Z0-9_]+)\}|([A-Z0-9_]+))?/g, (whole, braced: string | undefined, plain: string | undefined) => {
    if (whole.startsWith("\\")) return whole.slice(1)
    const name = braced ?? plain
    if (name === undefined) return whole
    const value = lookup(name) ?? ""
    length += value.length
    return length > longestValue ? "" : value
  })
  return length > longestValue ? undefined : expanded
}

const unescape = (text: string) => text.replaceAll(/\\([^$])/gs, (_, character: string) => (character === "n" ? "\n" : character === "r" ? "\r" : character))

const modifiersOf = (comment: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    comment.split(/\s+/).flatMap((word) => {
      const match = /^#?([a-z][a-z-]*)=(\S+)$/.exec(word)
      return match === null ? [] : [[match[1] ?? "", match[2] ?? ""]]
    })
  )

const assignment = /[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.]*)[ \t]*=[ \t]*/y
const doubleQuoted = /"([^"\\]*(?:\\[\s\S][^"\\]*)*)"/y
const singleQuoted = /'([^']*)'/y
const behindQuotes = /[ \t]*(#[^\n]*)?\r?(?=\n|$)/y
const commentedOut = /^[ \t]*#[# \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)=/

const at = (pattern: RegExp, text: string, index: number): RegExpExecArray | null => {
  pattern.lastIndex = index
  return pattern.exec(text)
}

interface Value {
  readonly text: string
  readonly length: number
  readonly comment: string
  /** Length up to the end of the line. */
  readonly total: number
}

/** The value that starts at `index`; undefined for a quote that is never closed, text behind one, or a value that grows past all bounds. */
const valueAt = (text: string, index: number, lookup: Lookup): Value | undefined => {
  for (const pattern of [doubleQuoted, singleQuoted]) {
    const quoted = at(pattern, text, index)
    if (quoted === null) continue
    const rest = at(behindQuotes, text, index + quoted[0].length)
    if (rest === null) return undefined
    const inner = quoted[1] ?? ""
    const value = pattern === singleQuoted ? inner : expand(unescape(inner), lookup)
    if (value === undefined) return undefined
    return {
      text: value,
      length: quoted[0].length,
      comment: rest[1] ?? "",
      total: quoted[0].length + rest[0].replace(/\r$/, "").length
    }
  }
  if (text[index] === '"' || text[index] === "'") return undefined
  const line = /[^\r\n]*/y
  const whole = at(line, text, index)?.[0] ?? ""
  const comment = /(?:^|\s)#.*$/.exec(whole)
  const raw = (comment === null ? whole : whole.slice(0, comment.index)).trimEnd()
  const value = expand(raw, lookup)
  return value === undefined ? undefined : { text: value, length: raw.length, comment: comment?.[0].trim() ?? "", total: whole.length }
}

/** Total: what cannot be read is listed under `problems`. `outer` are values that the file may refer to besides its own. */
export const parseEnv = (text: string, outer: Readonly<Record<string, string>> = {}): EnvFile => {
  const entries: Array<EnvEntry> = []
  const commented: Array<{ key: string; end: number }> = []
  const problems: Array<{ line: number; seen: string }> = []
  const values = new Map<string, string>()
  const lookup: Lookup = (name) => values.get(name) ?? outer[name]
  let number = 1
  let index = text.startsWith("\uFEFF") ? 1 : 0
  while (index < text.length) {
    const newline = text.indexOf("\n", index)
    let end = newline === -1 ? text.length : newline
    const line = text.slice(index, end).trimEnd()
    if (line.trimStart().startsWith("#")) {
      const key = commentedOut.exec(line)?.[1]
      if (key !== undefined) commented.push({ key, end: index + line.length })
    } else if (line !== "") {
      const head = at(assignment, text, index)
      const valueStart = index + (head?.[0].length ?? 0)
      const value = head === null ? undefined : valueAt(text, valueStart, lookup)
      if (head === null || value === undefined) {
        problems.push({ line: number, seen: line.slice(0, 200) })
      } else {
        const key = head[1] ?? ""
        const valueEnd = valueStart + value.length
        entries.push({ key, value: value.text, modifiers: modifiersOf(value.comment), start: index, valueStart, valueEnd, end: valueStart + value.total })
        values.set(key, value.text)
        const next = text.indexOf("\n", valueStart + value.total)
        end = next === -1 ? text.length : next
      }
    }
    for (let at = text.indexOf("\n", index); at !== -1 && at <= end; at = text.indexOf("\n", at + 1)) number++
    index = end + 1
  }
  return { entries, values: Object.fromEntries(values), commented, problems }
}

/** A value as it must be written so that it reads back as it is. */
const quoted = (value: string): string => {
  if (/^[A-Za-z0-9_@%+=:,./-]*$/.test(value)) return value
  if (!value.includes("'") && !value.endsWith("\\")) return `'${value}'`
  return `"${value.replaceAll(/["\\]/g, "\\$&").replaceAll("$", "\\$")}"`
}

/**
 * The text with `key` set to `value`, literally. Everything else stays, comments behind the value (its modifiers) included; a key that is missing comes behind its
 * commented-out line, else at the end. Values are one line of text: line breaks and other control characters are refused.
 */
export const setKey = (text: string, key: string, value: string): Result.Result<string, EnvFileError> => {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(key)) return Result.fail(new EnvFileError({ key, seen: "a key consists of letters, digits and underscores" }))
  if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(value))
    return Result.fail(new EnvFileError({ key, seen: "its value holds a line break or another control character" }))
  const file = parseEnv(text)
  const entry = file.entries.findLast((candidate) => candidate.key === key)
  if (entry !== undefined) return Result.succeed(text.slice(0, entry.valueStart) + quoted(value) + text.slice(entry.valueEnd))
  const assigned = `${key}=${quoted(value)}`
  const commented = file.commented.findLast((candidate) => candidate.key === key)
  if (commented !== undefined) return Result.succeed(`${text.slice(0, commented.end)}\n${assigned}${text.slice(commented.end)}`)
  return Result.succeed(appendLine(text, assigned))
}

const appendLine = (text: string, line: string) => `${text}${text === "" || text.endsWith("\n") ? "" : "\n"}${line}\n`

/** DEP-4, UPG-2: the text with the assignments of `sample` whose keys it lacks, as the sample writes them (modifiers included), and those keys. */
export const addMissing = (text: string, sample: string): { readonly text: string; readonly added: ReadonlyArray<string> } => {
  const known = new Set(parseEnv(text).entries.map((entry) => entry.key))
  const missing = parseEnv(sample).entries.filter((entry) => !known.has(entry.key))
  return {
    text: missing.reduce((whole, entry) => appendLine(whole, sample.slice(entry.start, entry.end).trim()), text),
    added: [...new Set(missing.map((entry) => entry.key))]
  }
}
