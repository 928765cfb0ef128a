/** The engine's programs: Debian packages unpacked into a cache, never installed. */
import { Config, Effect, FileSystem, Option } from "effect"
import { SandboxError, SandboxUnavailable } from "../../../services/Sandbox.ts"
import { run } from "./command.ts"
import { fetchScript } from "./scripts.ts"

/** The engine, its client, what it calls, and the libraries of all of them; names that a release does not know are left out (exit 3 without docker.io). */
const packages = [
  "docker.io docker-cli containerd runc tini iptables iproute2 busybox-static",
  "libdevmapper1.02.1 libip4tc2 libip6tc2 libxtables12 libmnl0 libnftnl11 libnfnetlink0 libnetfilter-conntrack3",
  "libbpf1 libelf1 libelf1t64 libbsd0 libmd0 libcap2 libtirpc3 libtirpc3t64"
].flatMap((line) => line.split(" "))

/** Raised whenever the list of packages or the layout changes, so that an older cache is not taken for this one. */
const layout = 1

/** Where the cache is: CCCI_CACHE_DIR, or `/var/cache/ccci` (only root can have a sandbox). */
export const cacheDirectory = Config.String("CCCI_CACHE_DIR").pipe(Config.withDefault("/var/cache/ccci"))

/** Directory of the unpacked engine in the cache; fetched there if it is not yet. */
export const ensureEngine = Effect.fn("sandbox.ensureEngine")(function* (cache: string, say: (line: string) => Effect.Effect<void>) {
  const files = yield* FileSystem.FileSystem
  const release = yield* files.readFileString("/etc/os-release").pipe(Effect.option)
  const field = (name: string) =>
    Option.flatMap(release, (text) => Option.fromNullishOr(new RegExp(`^${name}="?([a-z0-9._-]+)"?$`, "m").exec(text)?.[1]))
  const name = [field("ID"), field("VERSION_ID")].map(Option.getOrElse(() => "unknown")).join("-")
  const target = `${cache}/engine/${name}-${layout}`
  const there = yield* files.exists(`${target}/usr/sbin/dockerd`).pipe(Effect.orElseSucceed(() => false))
  if (there) return target
  const attempted = `fetching the engine's packages into ${cache}`
  const outcome = yield* run({
    command: "sh",
    args: ["-c", fetchScript, "ccci-fetch", cache, target, ...packages],
    attempted,
    limit: "15 minutes",
    say
  })
  if (outcome.code === 3) return yield* new SandboxUnavailable({ reason: `apt cannot fetch the engine's packages: ${outcome.stderr}` })
  if (outcome.code !== 0) return yield* new SandboxError({ attempted, seen: `exit code ${outcome.code}: ${outcome.stderr}` })
  return target
})
