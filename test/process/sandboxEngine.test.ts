/** Bringing the engine's programs, and saying why none can be had. */
import { spawn } from "node:child_process"
import { once } from "node:events"
import * as fs from "node:fs"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { afterEach, vi } from "vitest"
import { checkMachine } from "../../src/layers/live/sandbox/machine.ts"
import { fetchScript } from "../../src/layers/live/sandbox/scripts.ts"
import { errorOf } from "../support/contract.ts"
import { temporaryDirectory } from "../support/temporary.ts"

describe("Sandbox, where none can be had", () => {
  afterEach(() => {
    vi.restoreAllMocks()
    vi.unstubAllEnvs()
  })
  const reason = checkMachine().pipe(
    errorOf,
    Effect.provide(NodeServices.layer),
    Effect.map((error) => error.message)
  )

  it.live("says so without root", () =>
    Effect.gen(function* () {
      if (process.getuid === undefined) return
      vi.spyOn(process, "getuid").mockReturnValue(1000)
      assert.match(yield* reason, /needs (root|Linux)/)
    })
  )

  it.live.skipIf(process.platform !== "linux" || process.getuid?.() !== 0)("says which program is missing (needs root on Linux)", () =>
    Effect.gen(function* () {
      vi.stubEnv("PATH", "/nonexistent")
      assert.match(yield* reason, /No private Docker engine can be had here: .*apt-get/)
    })
  )
})

/** Stand-ins for apt and dpkg: what they "fetch" is a set of programs that do nothing, and each call is written down. */
const packageTools = {
  "apt-get": `echo "apt-get $*" >>"$LOG"; case "$*" in *--print-uris*) echo "'uri' x.deb 2000000 SHA256:0" ;; *update*) [ -z "$BROKEN" ] || { echo "E: no network"; exit 100; } ;; *) : >x.deb ;; esac`,
  "apt-cache": `echo " docker.io | 20 | source"; echo " runc | 1 | source"`,
  "dpkg-deb": `mkdir -p "$3/usr/bin" "$3/usr/sbin"; for p in bin/docker bin/containerd sbin/dockerd sbin/ip; do printf '#!/bin/sh\\n' >"$3/usr/$p"; chmod +x "$3/usr/$p"; done`
}

const fetching = (directory: string, more: Readonly<Record<string, string>> = {}) =>
  Effect.promise(async () => {
    const bin = `${directory}/bin`
    fs.mkdirSync(bin, { recursive: true })
    for (const [name, text] of Object.entries(packageTools)) fs.writeFileSync(`${bin}/${name}`, `#!/bin/sh\n${text}\n`, { mode: 0o755 })
    const env = { PATH: `${bin}:/usr/sbin:/usr/bin:/sbin:/bin`, LOG: `${directory}/calls`, BROKEN: "", ...more }
    const child = spawn("sh", ["-c", fetchScript, "fetch", `${directory}/cache`, `${directory}/cache/engine`, "docker.io", "runc", "unknown"], { env })
    const text = { out: "", err: "" }
    child.stdout.on("data", (chunk) => (text.out += chunk))
    child.stderr.on("data", (chunk) => (text.err += chunk))
    const [code] = await once(child, "close")
    return { code: Number(code), ...text }
  })

describe.skipIf(process.platform !== "linux")("Fetching the engine (needs Linux)", () => {
  it.live("two at once fetch once, and say what", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const [first, second] = yield* Effect.all([fetching(directory), fetching(directory)], { concurrency: 2 })
      assert.deepStrictEqual([first.code, second.code], [0, 0], first.err + second.err)
      assert.match(first.out + second.out, /fetching 2 MB of packages, to be unpacked, not installed: docker\.io runc/)
      assert.lengthOf(fs.readFileSync(`${directory}/calls`, "utf8").match(/update/g) ?? [], 1)
      assert.deepStrictEqual(fs.readdirSync(`${directory}/cache`).toSorted(), ["engine", "fetch.lock"])
      const third = yield* fetching(directory)
      assert.deepStrictEqual(third, { code: 0, out: "", err: "" })
    }).pipe(Effect.scoped)
  )

  it.live("where apt fails: exit code 3 with apt's words, and the next time works", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const broken = yield* fetching(directory, { BROKEN: "yes" })
      assert.strictEqual(broken.code, 3)
      assert.match(broken.err, /E: no network/)
      assert.deepStrictEqual(fs.readdirSync(`${directory}/cache`), ["fetch.lock"])
      assert.strictEqual((yield* fetching(directory)).code, 0)
    }).pipe(Effect.scoped)
  )
})
