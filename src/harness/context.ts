/** The context that a hook or test acts with: its facts, and requests that ccci answers over IPC. */
import type { HookContext } from "../recipe.ts"
import type { Answer, Facts, Request } from "./protocol.ts"

/** Thrown by `context.skip`; a test that catches it is skipped all the same. */
export class Skip extends Error {
  override readonly name = "Skip"
}

/** A context, how ccci's answers reach it, and the reason if the test asked to be skipped. */
export interface Acting {
  readonly context: HookContext
  readonly answer: (answer: Answer) => void
  readonly skipped: () => string | undefined
}

interface Waiting {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

const isText = (value: unknown): value is string => typeof value === "string"
const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null

const textOf = (value: unknown, name: string): string => {
  const text = isRecord(value) ? value[name] : undefined
  return isText(text) ? text : ""
}
const numberOf = (value: unknown, name: string): number => {
  const number = isRecord(value) ? value[name] : undefined
  return typeof number === "number" ? number : Number.NaN
}
const headersOf = (value: unknown): Readonly<Record<string, string>> => {
  const headers = isRecord(value) ? value["headers"] : undefined
  return isRecord(headers) ? Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, String(text)])) : {}
}

/** Makes the context of one call; `send` carries its requests to ccci. */
export const makeActing = (facts: Facts, send: (id: number, request: Request) => void): Acting => {
  const aborter = new AbortController()
  const waiting = new Map<number, Waiting>()
  const state: { last: number; skipped: string | undefined } = { last: 0, skipped: undefined }

  const ask = (request: Request) =>
    new Promise<unknown>((resolve, reject) => {
      aborter.signal.throwIfAborted()
      state.last += 1
      waiting.set(state.last, { resolve, reject })
      send(state.last, request)
    })

  const context: HookContext = {
    ...facts,
    signal: aborter.signal,
    exec: async (service, argv) => {
      const seen = await ask({ operation: "exec", service, argv })
      return { exitCode: numberOf(seen, "exitCode"), stdout: textOf(seen, "stdout"), stderr: textOf(seen, "stderr") }
    },
    http: async (path, options = {}) => {
      const seen = await ask({ operation: "http", path, ...options })
      return { status: numberOf(seen, "status"), headers: headersOf(seen), body: textOf(seen, "body") }
    },
    env: async (name) => {
      const seen = await ask({ operation: "env", name })
      return isText(seen) ? seen : undefined
    },
    secret: async (name) => {
      const seen = await ask({ operation: "secret", name })
      return isText(seen) ? seen : undefined
    },
    log: (line) => void process.stdout.write(`${line}\n`),
    skip: (reason) => {
      state.skipped ??= reason
      throw new Skip(reason)
    }
  }

  const answer = (given: Answer) => {
    if (given.kind === "abort") {
      aborter.abort(new Error(given.reason))
      for (const { reject } of waiting.values()) reject(aborter.signal.reason)
      waiting.clear()
      return
    }
    const asked = waiting.get(given.id)
    waiting.delete(given.id)
    if (given.kind === "reply") asked?.resolve(given.value)
    else asked?.reject(new Error(given.message))
  }

  return { context, answer, skipped: () => state.skipped }
}
