/** Redaction in memory: one regular expression of every known secret in every form in which a program might print it. */
import { Effect, Layer } from "effect"
import * as Base64 from "effect/encoding/Base64"
import { Redaction } from "../../services/Redaction.ts"

const mask = "[redacted]"
const shortest = 4
/** A shorter piece of base64 would hit ordinary words. */
const shortestPiece = 6

const utf8 = new TextEncoder()

/**
 * The characters that any base64 text holding these bytes has, whatever stands before them: a text's bytes may begin at any of three places
 * of a group, and the characters at both ends mix with the neighbours' bits.
 */
const base64Pieces = (bytes: Uint8Array): ReadonlyArray<string> =>
  [0, 1, 2].map((before) => {
    const padded = new Uint8Array(before + bytes.length)
    padded.set(bytes, before)
    return Base64.encode(padded).slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6))
  })

const percentEncoded = (value: string): ReadonlyArray<string> => {
  // Lone surrogates have no UTF-8 form and so no URL-encoded one.
  const plain = encodeURIComponent(value.toWellFormed())
  const strict = plain.replaceAll(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
  const forms = [plain, strict, strict.replaceAll("%20", "+").replaceAll("~", "%7E")]
  return [...forms, ...forms.map((form) => form.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()))]
}

const xmlEscaped = (value: string) => value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;")

const formsOf = (value: string): ReadonlyArray<string> => {
  const bytes = utf8.encode(value)
  const base64 = [Base64.encode(bytes), ...base64Pieces(bytes).filter((piece) => piece.length >= shortestPiece)]
  const json = JSON.stringify(value).slice(1, -1)
  const xml = xmlEscaped(value)
  return [
    value,
    ...base64.flatMap((form) => [form, form.replaceAll("=", ""), form.replaceAll("+", "-").replaceAll("/", "_")]),
    ...percentEncoded(value),
    json,
    xml,
    xml.replaceAll("'", "&apos;"),
    xml.replaceAll("'", "&#39;")
  ]
}

/** Logs are scrubbed line by line, so a value of several lines is also known by each of them. */
const valuesOf = (value: string): ReadonlyArray<string> => (value.includes("\n") ? [value, ...value.split(/\r?\n/)] : [value])

const escaped = (text: string) => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")

/** One for a process: what any of its runs knows is kept out of every run's texts. Nothing is ever forgotten. */
export const layer = Layer.sync(Redaction, () => {
  const forms = new Set<string>()
  let pattern: RegExp | undefined
  return Redaction.of({
    register: (value) =>
      Effect.sync(() => {
        for (const text of valuesOf(value)) {
          if (text.length < shortest) continue
          for (const form of formsOf(text)) forms.add(form)
        }
        pattern = undefined
      }),
    scrub: (text) => {
      if (forms.size === 0) return text
      // Longest first: of two secrets that begin alike the longer one must not leave its end behind.
      pattern ??= new RegExp(
        [...forms]
          .sort((a, b) => b.length - a.length)
          .map(escaped)
          .join("|"),
        "g"
      )
      return text.replace(pattern, mask)
    }
  })
})
