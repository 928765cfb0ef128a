/** The engine's words, from several versions of it, and what they mean. */
import { assert, describe, it } from "@effect/vitest"
import { pullRefusal, refusal } from "../../src/layers/live/docker/errors.ts"

const call = { operation: "remove it", subject: "x", path: "/x" }

const refusals: ReadonlyArray<readonly [number, string, string]> = [
  [404, "network x not found", "notFound"],
  [404, "get x: no such volume", "notFound"],
  [500, "network x_net not found", "notFound"],
  [400, "rpc error: code = InvalidArgument desc = secret not found: x", "notFound"],
  [400, "rpc error: code = InvalidArgument desc = secret 'x' is in use by the following service: y", "inUse"],
  [400, "rpc error: code = FailedPrecondition desc = network x is in use by task y", "inUse"],
  [403, "error while removing network: network x id y has active endpoints", "inUse"],
  [409, "remove x: volume is in use - [cid]", "inUse"],
  [409, "rpc error: code = AlreadyExists desc = name conflicts with an existing object: service x already exists", "conflict"],
  [409, "Container x is not running", "conflict"],
  [409, "removal of container x is already in progress", "conflict"],
  [500, "rpc error: code = Unknown desc = update out of sequence", "conflict"],
  [400, "invalid reference format", "invalid"],
  [403, "bridge is a pre-defined network and cannot be removed", "invalid"],
  [503, "This node is not a swarm manager. Use docker swarm init", "notManager"],
  [406, "This node is not part of a swarm", "notManager"],
  [500, "OCI runtime exec failed: cannot exec in a stopped state", "server"],
  [503, "the engine is shutting down", "server"]
]

const pulls: ReadonlyArray<readonly [string, string | undefined]> = [
  ["pull access denied for x, repository does not exist or may require 'docker login': denied: requested access to the resource is denied", "missing"],
  ["manifest for x:1 not found: manifest unknown: manifest unknown", "missing"],
  ['failed to resolve reference "registry.example/x:1": registry.example/x:1: not found', "missing"],
  ["no matching manifest for linux/arm64/v8 in the manifest list entries", "missing"],
  ["unauthorized: authentication required", "denied"],
  ['Get "https://registry.example/v2/x/manifests/1": no basic auth credentials', "denied"],
  ['Get "https://registry.example/v2/": dial tcp: lookup registry.example on 192.0.2.1:53: no such host', "unreachable"],
  ['Get "https://registry.example/v2/": dial tcp 192.0.2.1:443: connect: connection refused', "unreachable"],
  ['Get "https://registry.example/v2/": net/http: TLS handshake timeout', "unreachable"],
  ['Get "https://registry.example/v2/": tls: failed to verify certificate: x509: certificate signed by unknown authority', "unreachable"],
  ['Get "https://registry.example/v2/": EOF', "unreachable"],
  ["received unexpected HTTP status: 502 Bad Gateway", "server"],
  ["toomanyrequests: You have reached your pull rate limit", "server"],
  ["write /var/lib/docker/tmp/x: no space left on device", undefined]
]

describe("Docker's words", () => {
  it.each(refusals)("HTTP %i: %s: %s", (status, words, reason) => {
    const json = refusal(call, status, JSON.stringify({ message: words }))
    const plain = refusal(call, status, `${words}\n`)
    assert.deepStrictEqual([json.reason, plain.reason, json.seen, plain.seen], [reason, reason, words, words])
  })

  it.each(pulls)("DEP-10: a pull: %s", (words, reason) => {
    assert.strictEqual(pullRefusal("x:1", words)?.reason, reason)
  })

  it("an answer without words is told by its status", () => {
    assert.include(refusal(call, 500, "").message, "HTTP 500")
  })
})
