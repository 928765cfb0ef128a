/** The sandbox on Linux: one process that unshares its namespaces and runs dockerd in them (see scripts.ts). */
import { existsSync, watch } from "node:fs"
import { Config, Effect, FileSystem, Layer, Option, Stream } from "effect"
import { ChildProcess, ChildProcessSpawner } from "effect/process"
import { Sandbox, SandboxError, SandboxUnavailable } from "../../../services/Sandbox.ts"
import { run, tail } from "./command.ts"
import { ensureEngine } from "./engine.ts"
import { checkMachine } from "./machine.ts"
import { insideScript, outsideScript, sweepScript } from "./scripts.ts"

/** Programs of the base system, wherever the user's own PATH points. */
const systemPath = "/usr/sbin:/usr/bin:/sbin:/bin"

/** The longest path that a socket's address can hold. */
const socketPathLimit = 107

/** Completes once `name` exists in `directory`, which is watched before the first look, so that no creation is missed. */
const awaitFile = (directory: string, name: string) =>
  Effect.callback<void, SandboxError>((resume) => {
    const end = (result: Effect.Effect<void, SandboxError>) => {
      watcher.close()
      resume(result)
    }
    const look = () => existsSync(`${directory}/${name}`) && end(Effect.void)
    const watcher = watch(directory, look)
    watcher.on("error", (error) => end(Effect.fail(new SandboxError({ attempted: `watching ${directory}`, seen: error.message }))))
    look()
    return Effect.sync(() => watcher.close())
  })

/** Removes what dead sandboxes left; waits for the processes of `slot` to be gone, if one is given. */
const sweep = (sandboxes: string, slot: string) =>
  run({
    command: "sh",
    args: ["-c", sweepScript, "ccci-sweep", sandboxes, slot],
    attempted: `removing dead sandboxes from ${sandboxes}`,
    limit: "2 minutes"
  })

/** Starts the one process, and tells its folder. The scope kills it, waits until all that lived in it is gone, and removes the folder. */
const start = Effect.fn("sandbox.start")(function* (sandboxes: string, engine: string) {
  const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
  let slot = ""
  yield* Effect.addFinalizer(() => Effect.suspend(() => Effect.ignore(sweep(sandboxes, slot))))
  const handle = yield* spawner.spawn(
    ChildProcess.make("sh", ["-c", outsideScript, "ccci-sandbox", sandboxes, engine, insideScript], {
      stdin: { stream: "pipe", endOnDone: false },
      env: { PATH: systemPath, HOME: "/root", LANG: "C" },
      // The script leaves this session itself; a group of the spawner's would be waited for until init has reaped it, a second and more.
      detached: false,
      killSignal: "SIGKILL"
    })
  )
  const line = yield* handle.stdout.pipe(Stream.decodeText(), Stream.splitLines, Stream.runHead, Effect.timeout("10 seconds"))
  if (Option.isNone(line)) {
    const seen = yield* handle.stderr.pipe(Stream.decodeText(), Stream.mkString)
    return yield* new SandboxUnavailable({ reason: tail(seen) })
  }
  slot = line.value.slice(sandboxes.length + 1)
  return { handle, directory: line.value }
}, Effect.uninterruptible)

const acquire = Effect.fn("Sandbox.acquire")(function* (cache: string, say: (line: string) => Effect.Effect<void>) {
  yield* checkMachine()
  const files = yield* FileSystem.FileSystem
  const sandboxes = `${cache}/sandboxes`
  if (!cache.startsWith("/") || Buffer.byteLength(`${sandboxes}/00/docker.sock`) > socketPathLimit) {
    return yield* new SandboxUnavailable({ reason: `CCCI_CACHE_DIR must be an absolute path of at most 80 bytes, and is ${cache}` })
  }
  const engine = yield* ensureEngine(cache, say)
  yield* files.makeDirectory(sandboxes, { recursive: true, mode: 0o700 })
  yield* sweep(sandboxes, "")
  yield* say("starting a private Docker engine and swarm")
  const { handle, directory } = yield* start(sandboxes, engine)
  const dockerHost = `unix://${directory}/docker.sock`
  const dockerCli = `${engine}/client/docker`
  const env = {
    DOCKER_HOST: dockerHost,
    DOCKER_CONFIG: `${directory}/client`,
    PATH: `${engine}/client:${process.env["PATH"] ?? systemPath}`
  }
  const log = files.readFileString(`${directory}/log`).pipe(Effect.orElseSucceed(() => ""), Effect.map(tail))

  const up = Effect.gen(function* () {
    yield* awaitFile(directory, "docker.sock")
    const address = (yield* files.readFileString(`${directory}/address`)).trim()
    const attempted = "docker swarm init"
    const args = ["swarm", "init", "--advertise-addr", address]
    const { code, stderr } = yield* run({ command: dockerCli, args, attempted, env, limit: "1 minute" })
    if (code !== 0) return yield* new SandboxError({ attempted, seen: `${stderr}\n${yield* log}` })
    return address
  })
  const ended = Effect.gen(function* () {
    const code = yield* Effect.orElseSucceed(handle.exitCode, () => 137)
    const seen = yield* log
    return yield* code === 3
      ? new SandboxUnavailable({ reason: `the kernel refuses it: ${seen}` })
      : new SandboxError({ attempted: "starting dockerd", seen: `it ended with exit code ${code}\n${seen}` })
  })
  const late = log.pipe(Effect.flatMap((seen) => Effect.fail(new SandboxError({ attempted: "starting dockerd", seen: `not ready within a minute\n${seen}` }))))
  const address = yield* Effect.raceFirst(up, ended).pipe(Effect.timeoutOrElse({ duration: "1 minute", orElse: () => late }))
  return { dockerHost, dockerCli, env, address, directory: `${directory}/shared`, pid: handle.pid }
})

/** Sandboxes of this machine; the engine's programs and the running sandboxes are in CCCI_CACHE_DIR. */
export const layer = Layer.effect(
  Sandbox,
  Effect.gen(function* () {
    const cache = yield* Config.String("CCCI_CACHE_DIR").pipe(Config.withDefault("/var/cache/ccci"), Effect.orDie)
    const files = yield* FileSystem.FileSystem
    const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
    const unexpected = (error: { readonly message: string }) => Effect.fail(new SandboxError({ attempted: "starting it", seen: error.message }))
    return Sandbox.of({
      acquire: ({ say }) =>
        acquire(cache, say).pipe(
          Effect.catchTags({ PlatformError: unexpected, TimeoutError: unexpected }),
          Effect.provideService(FileSystem.FileSystem, files),
          Effect.provideService(ChildProcessSpawner.ChildProcessSpawner, spawner)
        )
    })
  })
)
