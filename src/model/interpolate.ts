/** Interpolation of compose files: `${A}`, `${A:-b}`, `${A-b}`, `${A:?why}`, `${A?why}`, `${A:+x}`, `${A+x}`, `$A`, `$$`, with templates inside the braces. */
import { Result } from "effect"

/** Nesting beyond any sane file: the template is refused instead of read ever deeper. */
const deepest = 16
/** In characters: a text that multiplies a long value must end somewhere. */
const longest = 1024 * 1024

const name = /[_a-zA-Z][_a-zA-Z0-9]*/y

const nameAt = (text: string, index: number): string => {
  name.lastIndex = index
  return name.exec(text)?.[0] ?? ""
}

/** Index of the brace that closes the one before `start`, or -1. */
const closing = (text: string, start: number): number => {
  let depth = 1
  for (let index = start; index < text.length; index++) {
    if (text[index] === "$" && text[index + 1] === "$") index++
    else if (text[index] === "$" && text[index + 1] === "{") depth++
    else if (text[index] === "}" && --depth === 0) return index
  }
  return -1
}

/** The text with its variables replaced; unset ones are empty, as docker has it. Fails, with the reason, on a broken template or a `?` that is not fulfilled. */
export const interpolate = (text: string, values: Readonly<Record<string, string>>, depth = 0): Result.Result<string, string> => {
  if (depth > deepest) return Result.fail(`more than ${deepest} templates inside one another`)
  let out = ""
  let index = 0
  while (index < text.length) {
    const dollar = text.indexOf("$", index)
    if (dollar === -1) break
    if (out.length > longest) return Result.fail(`longer than ${longest} characters with its variables put in`)
    out += text.slice(index, dollar)
    if (text[dollar + 1] === "$") {
      out += "$"
      index = dollar + 2
      continue
    }
    const braced = text[dollar + 1] === "{"
    const start = dollar + (braced ? 2 : 1)
    const variable = nameAt(text, start)
    if (variable === "") return Result.fail(`invalid interpolation format in ${JSON.stringify(text.slice(dollar, dollar + 60))}`)
    const value = Object.hasOwn(values, variable) ? values[variable] : undefined
    if (!braced) {
      out += value ?? ""
      index = start + variable.length
      continue
    }
    const end = closing(text, start)
    if (end === -1) return Result.fail(`a brace is never closed in ${JSON.stringify(text.slice(dollar, dollar + 60))}`)
    const replaced = substitute(variable, value, text.slice(start + variable.length, end), values, depth)
    if (Result.isFailure(replaced)) return replaced
    out += replaced.success
    index = end + 1
  }
  return Result.succeed(out + text.slice(index))
}

/** `modifier` is what stands behind the name: nothing, or `-b`, `:-b`, `?why`, `:?why`, `+x`, `:+x`. */
const substitute = (
  variable: string,
  value: string | undefined,
  modifier: string,
  values: Readonly<Record<string, string>>,
  depth: number
): Result.Result<string, string> => {
  const match = /^(:?)([-?+])(.*)$/s.exec(modifier)
  if (match === null) return modifier === "" ? Result.succeed(value ?? "") : Result.fail(`invalid interpolation format in "\${${variable}${modifier}}"`)
  const [, colon, kind, operand = ""] = match
  const present = value !== undefined && !(colon === ":" && value === "")
  if (kind === "+") return present ? interpolate(operand, values, depth + 1) : Result.succeed("")
  if (present) return Result.succeed(value)
  if (kind === "-") return interpolate(operand, values, depth + 1)
  return Result.flatMap(interpolate(operand, values, depth + 1), (why) =>
    Result.fail(`required variable ${variable} is missing a value${why === "" ? "" : `: ${why}`}`)
  )
}

/** The text such that interpolating it gives it back. */
export const escapeTemplate = (text: string): string => text.replaceAll("$", "$$$$")
