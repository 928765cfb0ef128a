/** From the engine's words to a reason. They differ between versions, and error bodies are JSON or plain text. */
import { Option, Schema } from "effect"
import { DockerError, PullError } from "../../../services/Docker.ts"
import type { Call } from "./transport.ts"

const Refusal = Schema.fromJsonString(Schema.Struct({ message: Schema.String }))
const decodeRefusal = Schema.decodeUnknownOption(Refusal)

/** `secret 'x' is in use by the following service`, `network x is in use by task y`, `volume is in use`, `has active endpoints`. */
const inUse = /\bin use\b|has active endpoints/

/** What a new service refers to: 400 or 500, by version and kind. */
const missingPart = /^network .* not found$|(secret|config) not found:/

const reasonOf = (status: number, words: string): DockerError["reason"] => {
  if (/not a swarm manager|not part of a swarm/.test(words)) return "notManager"
  if (status === 404 || missingPart.test(words)) return "notFound"
  if (inUse.test(words)) return "inUse"
  if (status === 409 || words.includes("update out of sequence")) return "conflict"
  return status < 500 ? "invalid" : "server"
}

/** What an answer other than 2xx means. */
export const refusal = (call: Call, status: number, body: string): DockerError => {
  const words = Option.match(decodeRefusal(body), { onNone: () => body.trim(), onSome: ({ message }) => message }).slice(0, 2000)
  return new DockerError({
    operation: call.operation,
    subject: call.subject,
    reason: reasonOf(status, words),
    status,
    seen: words === "" ? `HTTP ${status}` : words
  })
}

/** In this order: a hub says `denied` of what does not exist, and a registry's `not found` may come with a 404 of its own. */
const pullReasons: ReadonlyArray<readonly [PullError["reason"], RegExp]> = [
  [
    "missing",
    /repository does not exist|manifest unknown|manifest for .* not found|no matching manifest|not found: manifest|name unknown|failed to resolve reference.*not found/i
  ],
  ["denied", /denied|unauthorized|authentication required|no basic auth credentials|forbidden/i],
  ["unreachable", /dial |lookup |no such host|timeout|deadline exceeded|connection re(fused|set)|no route|unreachable|x509|tls:|proxyconnect|\bEOF\b/i],
  ["server", /toomanyrequests|unexpected (HTTP )?status|received unexpected|\b5\d\d\b|server error/i],
  ["missing", /not found/i]
]

/** What a failed pull means, by the engine's words; undefined where they blame neither reference nor registry. */
export const pullRefusal = (image: string, words: string): PullError | undefined => {
  const reason = pullReasons.find(([, pattern]) => pattern.test(words))?.[0]
  return reason === undefined ? undefined : new PullError({ image, reason, seen: words.slice(0, 2000) })
}
