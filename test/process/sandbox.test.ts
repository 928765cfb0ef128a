import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import * as fs from "node:fs"
import { createInterface } from "node:readline"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, beforeAll, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Layer } from "effect"
import { afterAll } from "vitest"
import { ensureEngine } from "../../src/layers/live/sandbox/engine.ts"
import { layer } from "../../src/layers/live/sandbox/sandbox.ts"
import type { SandboxEngine } from "../../src/services/Sandbox.ts"
import { Sandbox } from "../../src/services/Sandbox.ts"

const quiet = { say: () => Effect.void }
const able = process.platform === "linux" && process.getuid?.() === 0

/** A cache of these tests' own, so that whatever is found in it was left by them; it borrows the engine of the machine's cache. */
const cache = fs.mkdtempSync("/tmp/ccci-")
const sandboxes = `${cache}/sandboxes`
const run = <A, E>(effect: Effect.Effect<A, E, Sandbox>) =>
  effect.pipe(Effect.provide(layer.pipe(Layer.provide([NodeServices.layer, ConfigProvider.layer(ConfigProvider.fromEnvRecord({ CCCI_CACHE_DIR: cache }))]))))

const docker = (engine: Pick<SandboxEngine, "dockerCli" | "env">, ...args: ReadonlyArray<string>) => {
  const { status, stdout, stderr } = spawnSync(engine.dockerCli, args, { env: { ...process.env, ...engine.env }, encoding: "utf8" })
  assert.strictEqual(status, 0, `docker ${args.join(" ")}: ${stderr}`)
  return stdout.trim()
}

/** Runs a web server in the engine, published in host mode on port 8080, that answers with `text`; tells when it is up. */
const serve = (engine: Pick<SandboxEngine, "dockerCli" | "env" | "directory">, text: string) => {
  const root = fs.readdirSync(cache).find((name) => name.startsWith("engine-")) ?? ""
  spawnSync("tar", ["-C", `${cache}/${root}`, "-cf", `${engine.directory}/image.tar`, "bin/busybox"])
  docker(engine, "import", `${engine.directory}/image.tar`, "busybox")
  fs.writeFileSync(`${engine.directory}/index.html`, text)
  const httpd = "/bin/busybox httpd -p 80 -h /www && echo up && exec /bin/busybox tail -f /dev/null"
  docker(
    engine,
    "run",
    "--detach",
    "--name",
    "web",
    "--publish",
    "8080:80",
    "--volume",
    `${engine.directory}:/www`,
    "busybox",
    "/bin/busybox",
    "sh",
    "-c",
    httpd
  )
  const answer = docker(engine, "exec", "web", "/bin/busybox", "sh", "-c", "until /bin/busybox wget -qO - http://127.0.0.1/; do :; done")
  assert.strictEqual(answer, text)
}

const page = (address: string) =>
  Effect.promise(() => fetch(`http://${address}:8080/`, { signal: AbortSignal.timeout(5_000) }).then((response) => response.text()))

/** The namespaces (pid and network) that all processes of a sandbox share; `pid` holds process 1 of them. */
const namespacesOf = (pid: number) => [fs.readlinkSync(`/proc/${pid}/ns/pid_for_children`), fs.readlinkSync(`/proc/${pid}/ns/net`)]

/** Commands of the processes that live in one of the namespaces; the dead, whom init has not reaped yet, have none. */
const processesIn = (namespaces: ReadonlyArray<string>) =>
  fs
    .readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const inside = ["pid", "net"].some((kind) => namespaces.includes(fs.readlinkSync(`/proc/${pid}/ns/${kind}`)))
        return inside ? [fs.readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0")[0] ?? ""] : []
      } catch {
        return []
      }
    })
    .filter((command) => command !== "")
    .map((path) => path.slice(path.lastIndexOf("/") + 1))

/** Every mount of every process that this sandbox's folder takes part in. */
const mountsOf = (directory: string) =>
  fs
    .readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return fs.readFileSync(`/proc/${pid}/mountinfo`, "utf8").split("\n")
      } catch {
        return []
      }
    })
    .filter((line) => line.includes(`${directory}/`))

/** The machine's end of the link to an address. */
const linkTo = (address: string) => {
  const [route] = JSON.parse(spawnSync("ip", ["-json", "route", "get", address], { encoding: "utf8" }).stdout)
  assert.match(route.dev, /^ccci\d+$/)
  return String(route.dev)
}

/** Completes once a link is gone: the kernel takes it away a little after the last process of its namespace. */
const linkGone = (link: string) =>
  Effect.promise(async () => {
    const monitor = spawn("ip", ["monitor", "link"], { stdio: ["ignore", "pipe", "ignore"] })
    const lines = createInterface(monitor.stdout)
    // Any change of the monitor's own making shows that it listens, whatever it missed before.
    spawnSync("ip", ["link", "set", "dev", "lo", "alias", "ccci-test"])
    spawnSync("ip", ["link", "set", "dev", "lo", "alias", ""])
    for await (const _ of lines) if (!fs.existsSync(`/sys/class/net/${link}`)) break
    monitor.kill()
  }).pipe(Effect.timeout("20 seconds"))

/** Control groups whose name has that of the sandbox in it. */
const cgroupsOf = (name: string) =>
  ["/sys/fs/cgroup", ...fs.readdirSync("/sys/fs/cgroup").map((hierarchy) => `/sys/fs/cgroup/${hierarchy}`)]
    .filter((at) => fs.statSync(at).isDirectory())
    .flatMap((at) => fs.readdirSync(at).filter((group) => group.includes(name)))

/** What lies where engines write whatever they are told. */
const machineFiles = () => [
  fs.readFileSync("/etc/resolv.conf", "utf8"),
  ...["/etc/docker", "/opt/containerd", "/var/lib/docker"].flatMap((at) => (fs.existsSync(at) ? [at, ...fs.readdirSync(at, { recursive: true })] : []))
]

/** Names of the sandboxes whose folder or lock is there. */
const left = () => [...new Set(fs.readdirSync(sandboxes).map((file) => file.replace(/\.lock$/, "")))]

/** Waits until no process holds the lock: the kernel drops it with the last one that lived in the sandbox. */
const allDead = (name: string) => assert.strictEqual(spawnSync("flock", ["--wait", "20", `${sandboxes}/${name}.lock`, "true"]).status, 0)

afterAll(() => fs.rmSync(cache, { recursive: true, force: true }))

describe.skipIf(!able)("Sandbox (needs root on Linux)", () => {
  beforeAll(async () => {
    const engine = await Effect.runPromise(ensureEngine("/var/cache/ccci", () => Effect.void).pipe(Effect.provide(NodeServices.layer)))
    fs.mkdirSync(sandboxes)
    fs.symlinkSync(engine, `${cache}/${engine.slice(engine.lastIndexOf("/") + 1)}`)
  }, 600_000)

  it.live("two run side by side, each a swarm of its own with the same port, and leave nothing", () =>
    Effect.gen(function* () {
      const before = machineFiles()
      const seen = yield* Effect.scoped(
        Effect.gen(function* () {
          const { acquire } = yield* Sandbox
          const engines = yield* Effect.all([acquire(quiet), acquire(quiet)], { concurrency: 2 })
          for (const [index, engine] of engines.entries()) {
            assert.strictEqual(docker(engine, "info", "--format", "{{.Swarm.LocalNodeState}} {{.Swarm.NodeAddr}}"), `active ${engine.address}`)
            serve(engine, `engine ${index}`)
          }
          const [first, second] = engines
          assert.strictEqual(yield* page(first.address), "engine 0")
          assert.strictEqual(yield* page(second.address), "engine 1")
          const namespaces = engines.flatMap(({ pid }) => namespacesOf(pid))
          assert.strictEqual(new Set(namespaces).size, 4)
          assert.includeMembers(processesIn(namespaces), ["dockerd", "containerd", "containerd-shim-runc-v2"])
          assert.isNotEmpty(mountsOf(sandboxes))
          assert.lengthOf(left(), 2)
          assert.isNotEmpty(left().flatMap(cgroupsOf))
          return { namespaces, names: left(), links: engines.map(({ address }) => linkTo(address)) }
        })
      )
      assert.deepStrictEqual(processesIn(seen.namespaces), [])
      assert.deepStrictEqual(mountsOf(sandboxes), [])
      assert.deepStrictEqual(left(), [])
      assert.deepStrictEqual(seen.names.flatMap(cgroupsOf), [])
      yield* Effect.forEach(seen.links, linkGone)
      assert.deepStrictEqual(machineFiles(), before)
    }).pipe(run)
  )

  /** A sandbox of another process, which stays up for as long as that one does. */
  const started = Effect.gen(function* () {
    const file = `${cache}/env`
    const starter = spawn(process.execPath, ["scripts/sandbox.ts", "--print-env", file], {
      env: { ...process.env, CCCI_CACHE_DIR: cache },
      stdio: ["pipe", "ignore", "pipe"]
    })
    yield* Effect.addFinalizer(() => Effect.sync(() => starter.kill("SIGKILL")))
    const said = yield* Effect.promise(async () => {
      for await (const line of createInterface(starter.stderr)) if (/ready|error/i.test(line)) return line
      return "nothing"
    })
    assert.match(said, /ready/)
    const env = Object.fromEntries([...fs.readFileSync(file, "utf8").matchAll(/^export (\w+)='(.*)'$/gm)].map(([, name, value]) => [name, value]))
    const engine = { dockerCli: "docker", env, directory: env["CCCI_SANDBOX_DIR"], address: env["CCCI_SANDBOX_ADDRESS"] }
    return { starter, engine, pid: Number(env["CCCI_SANDBOX_PID"]) }
  })

  it.live("SIGKILL of the starter takes engine, containers, mounts and link away; the next start removes the data", () =>
    Effect.gen(function* () {
      const { starter, engine, pid } = yield* started
      serve(engine, "to be killed")
      const [name = ""] = left()
      const directory = `${sandboxes}/${name}`
      const namespaces = namespacesOf(pid)
      const link = linkTo(engine.address)
      assert.includeMembers(processesIn(namespaces), ["dockerd", "containerd", "containerd-shim-runc-v2"])
      assert.isNotEmpty(mountsOf(directory))

      const exit = once(starter, "exit")
      starter.kill("SIGKILL")
      yield* Effect.promise(() => exit)
      allDead(name)
      assert.deepStrictEqual(processesIn(namespaces), [])
      assert.deepStrictEqual(mountsOf(directory), [])
      yield* linkGone(link)

      assert.deepStrictEqual(left(), [name])
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* (yield* Sandbox).acquire(quiet)
          assert.lengthOf(left(), 1)
          assert.notInclude(left(), name)
        })
      )
      assert.deepStrictEqual(left(), [])
      assert.deepStrictEqual(cgroupsOf(name), [])
    }).pipe(Effect.scoped, run)
  )

  it.live("SIGKILL of the one process takes all of it away, whatever its starter does", () =>
    Effect.gen(function* () {
      const { starter, pid } = yield* started
      const [name = ""] = left()
      const namespaces = namespacesOf(pid)
      // A starter that is stopped notices nothing, and closes nothing.
      starter.kill("SIGSTOP")
      process.kill(pid, "SIGKILL")
      allDead(name)
      assert.deepStrictEqual(processesIn(namespaces), [])
    }).pipe(Effect.scoped)
  )

  it.live("the engine's death ends its sandbox", () =>
    Effect.gen(function* () {
      const engine = yield* (yield* Sandbox).acquire(quiet)
      const namespaces = namespacesOf(engine.pid)
      const [name = ""] = left()
      process.kill(Number(spawnSync("pgrep", ["-f", `^dockerd .*${name}/`], { encoding: "utf8" }).stdout), "SIGKILL")
      allDead(name)
      assert.deepStrictEqual(processesIn(namespaces), [])
    }).pipe(Effect.scoped, run)
  )

  it.live("an interrupt in the middle of a start leaves nothing", () =>
    Effect.gen(function* () {
      const begun = Effect.callback<void>((resume) => {
        const watcher = fs.watch(sandboxes, (_, file) => file?.endsWith(".lock") === false && resume(Effect.void))
        return Effect.sync(() => watcher.close())
      })
      const start = Effect.scoped(Effect.flatMap(Sandbox, ({ acquire }) => acquire(quiet)))
      const first = yield* Effect.raceFirst(Effect.as(start, "up"), Effect.as(begun, "begun"))
      assert.strictEqual(first, "begun")
      assert.deepStrictEqual(left(), [])
      assert.deepStrictEqual(mountsOf(sandboxes), [])
    }).pipe(run)
  )

  it.live("names that nobody has are refused at once, and so are images", () =>
    Effect.gen(function* () {
      const engine = yield* (yield* Sandbox).acquire(quiet)
      const { status, stderr } = spawnSync(engine.dockerCli, ["pull", "nowhere"], { env: { ...process.env, ...engine.env }, encoding: "utf8", timeout: 4_000 })
      assert.strictEqual(status, 1)
      assert.match(stderr, /no such host/)
    }).pipe(Effect.scoped, run)
  )
})
