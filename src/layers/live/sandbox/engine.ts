/** The engine's programs: packages of this machine's own sources, unpacked into a cache and never installed. */
import { Effect, FileSystem } from "effect"
import { SandboxError, SandboxUnavailable } from "../../../services/Sandbox.ts"
import { run } from "./command.ts"
import { fetchScript } from "./scripts.ts"

/** The engine, its client, what they call, and what these need beyond libraries that apt itself needs. Names differ between releases: unknown ones are left out. */
const packages = [
  "docker.io docker-cli containerd runc tini iptables iproute2 busybox-static",
  "libdevmapper1.02.1 libip4tc2 libip6tc2 libxtables12 libmnl0 libnftnl11 libnfnetlink0 libnetfilter-conntrack3",
  "libbpf1 libelf1 libelf1t64 libbsd0 libcap2"
].flatMap((line) => line.split(" "))

/** Changed whenever the packages or the layout change, so that an older cache is not taken for this one. */
const edition = `2-${process.arch}`

/** Path of the engine in the cache, fetched if it is not there; `say` gets a sentence for each step. */
export const ensureEngine = Effect.fn("sandbox.ensureEngine")(function* (cache: string, say: (line: string) => Effect.Effect<void>) {
  const files = yield* FileSystem.FileSystem
  const target = `${cache}/engine-${edition}`
  if (yield* files.exists(target)) return target
  const attempted = `fetching the engine's packages into ${cache}`
  const { code, stderr } = yield* run({
    command: "sh",
    args: ["-c", fetchScript, "ccci-fetch", cache, target, ...packages],
    attempted,
    env: { LC_ALL: "C" },
    limit: "15 minutes",
    say
  })
  if (code === 3) return yield* new SandboxUnavailable({ reason: `its packages cannot be fetched: ${stderr}` })
  if (code !== 0) return yield* new SandboxError({ attempted, seen: `exit code ${code}: ${stderr}` })
  return target
})
