/** The child that imports one module of a site and calls one function of it (spec 04). It gets one order over IPC, says one result, and ends. */
import { type Acting, makeActing } from "./context.ts"
import { functionAt, functionsOf, requiresOf } from "./exports.ts"
import type { Order, Result, ToChild, ToParent } from "./protocol.ts"
import { registerResolution, whyUnloadable } from "./resolution.ts"

/** Characters of a thrown error that are told, and of a value that is returned. */
const messageLimit = 8000
const valueLimit = 1024 * 1024

const tell = (message: ToParent, sent: () => void = () => {}) => {
  process.send?.(message, undefined, undefined, sent)
}

/** The error with those frames of its stack that are the site's own. */
const wordsOf = (thrown: unknown): string => {
  if (!(thrown instanceof Error)) return `It threw ${String(thrown)}`
  const stack = thrown.stack ?? ""
  const whole = stack.includes(thrown.message) ? stack : `${thrown.name}: ${thrown.message}`
  const shown = whole.split("\n").filter((line) => !/^\s+at .*(node:internal|[/\\]harness[/\\])/.test(line))
  const cause = thrown.cause === undefined ? [] : [`Caused by: ${wordsOf(thrown.cause)}`]
  return [...shown, ...cause].join("\n").slice(0, messageLimit)
}

const returned = (value: unknown): Result => {
  if (value === undefined) return { kind: "returned" }
  const size = JSON.stringify(value)?.length ?? 0
  return size > valueLimit ? { kind: "threw", message: `It returned ${size} characters of JSON, more than ${valueLimit}` } : { kind: "returned", value }
}

const call = async (exported: unknown, name: string, acting: Acting): Promise<Result> => {
  const found = functionAt(exported, name)
  if (found === undefined) return { kind: "unloadable", message: `it exports no function ${name}` }
  const skipped = () => acting.skipped()
  try {
    const value = await found(acting.context)
    const reason = skipped()
    return reason === undefined ? returned(value) : { kind: "skipped", reason }
  } catch (thrown) {
    const reason = skipped()
    return reason === undefined ? { kind: "threw", message: wordsOf(thrown) } : { kind: "skipped", reason }
  }
}

const load = async (url: string): Promise<{ readonly exported: unknown } | { readonly failed: Result }> => {
  try {
    return { exported: { ...(await import(url)) } }
  } catch (thrown) {
    return { failed: { kind: "unloadable", message: whyUnloadable(thrown) } }
  }
}

const describe = (exported: unknown): Result => {
  try {
    return { kind: "described", functions: functionsOf(exported), requires: requiresOf(exported) }
  } catch (thrown) {
    return { kind: "unloadable", message: thrown instanceof Error ? thrown.message : String(thrown) }
  }
}

const obey = async (order: Order): Promise<Result> => {
  const acting = order.kind === "call" ? makeActing(order.facts, (id, request) => tell({ kind: "request", id, request })) : undefined
  process.on("message", (message: ToChild) => {
    if (message.kind === "reply" || message.kind === "refusal" || message.kind === "abort") acting?.answer(message)
  })
  const loaded = await load(order.url)
  if ("failed" in loaded) return loaded.failed
  return order.kind === "call" && acting !== undefined ? call(loaded.exported, order.export, acting) : describe(loaded.exported)
}

/** Ends once everything is told and written: what is still in a pipe's queue is lost at exit. The site's timers and sockets are not waited for. */
const endWith = (result: Result) => tell(result, () => process.stdout.write("", () => process.stderr.write("", () => process.exit(0))))

registerResolution()
// ccci is gone: nobody waits for this child, and nobody answers it.
process.on("disconnect", () => process.exit(1))
process.once("message", (order: Order) => {
  void obey(order).then(endWith)
})
