/** The sandbox on Linux: one process that unshares its namespaces and runs dockerd in them (see scripts.ts). */
import { randomBytes } from "node:crypto"
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

/** Removes what dead sandboxes left; waits until the processes of the one called `name` are gone, if one is given. */
const sweep = (sandboxes: string, name: string) =>
  run({
    command: "sh",
    args: ["-c", sweepScript, "ccci-sweep", sandboxes, name],
    attempted: `removing dead sandboxes from ${sandboxes}`,
    limit: "2 minutes"
  })

/** Starts the one process, whose folder is `sandboxes/name`. The scope kills it, waits until all that lived in it is gone, and removes the folder. */
const start = Effect.fn("sandbox.start")(function* (sandboxes: string, name: string, engine: string) {
  const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
  yield* Effect.addFinalizer(() => Effect.ignore(sweep(sandboxes, name)))
  const handle = yield* spawner.spawn(
    ChildProcess.make("sh", ["-c", outsideScript, "ccci-sandbox", `${sandboxes}/${name}`, engine, insideScript], {
      // The life line: closed by the kernel when this process ends.
      stdin: { stream: "pipe", endOnDone: false },
      env: { PATH: systemPath, HOME: "/root", LANG: "C" },
      // The script leaves this session itself; a group of the spawner's would be waited for until init has reaped it, a second and more.
      detached: false,
      killSignal: "SIGKILL"
    })
  )
  const made = yield* handle.stdout.pipe(Stream.runHead, Effect.timeout("30 seconds"))
  if (Option.isSome(made)) return handle
  const seen = yield* handle.stderr.pipe(Stream.decodeText(), Stream.mkString)
  return yield* new SandboxUnavailable({ reason: `its folder cannot be made: ${tail(seen)}` })
})

/** A sandbox's name: eight hex digits that are never used twice. */
const newName = () => randomBytes(4).toString("hex")

const available = Effect.fn("Sandbox.available")(function* (cache: string) {
  yield* checkMachine()
  if (!cache.startsWith("/") || Buffer.byteLength(`${cache}/sandboxes/${newName()}/docker.sock`) > socketPathLimit) {
    return yield* new SandboxUnavailable({ reason: `CCCI_CACHE_DIR must be an absolute path of at most 75 bytes, and is ${cache}` })
  }
})

const acquire = Effect.fn("Sandbox.acquire")(function* (cache: string, say: (line: string) => Effect.Effect<void>) {
  yield* available(cache)
  const files = yield* FileSystem.FileSystem
  const sandboxes = `${cache}/sandboxes`
  const name = newName()
  const directory = `${sandboxes}/${name}`
  const engine = yield* ensureEngine(cache, say)
  yield* files.makeDirectory(sandboxes, { recursive: true, mode: 0o700 })
  yield* sweep(sandboxes, "")
  yield* say("starting a private Docker engine and swarm")
  const handle = yield* start(sandboxes, name, engine)
  const dockerHost = `unix://${directory}/docker.sock`
  const dockerCli = `${engine}/client/docker`
  const env = {
    DOCKER_HOST: dockerHost,
    DOCKER_CONFIG: `${directory}/client`,
    PATH: `${engine}/client:${process.env["PATH"] ?? systemPath}`
  }
  const log = files.readFileString(`${directory}/log`).pipe(
    Effect.orElseSucceed(() => ""),
    Effect.map(tail)
  )

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
      available: Effect.provideService(available(cache), ChildProcessSpawner.ChildProcessSpawner, spawner),
      acquire: ({ say }) =>
        acquire(cache, say).pipe(
          Effect.catchTags({ PlatformError: unexpected, TimeoutError: unexpected }),
          Effect.provideService(FileSystem.FileSystem, files),
          Effect.provideService(ChildProcessSpawner.ChildProcessSpawner, spawner)
        )
    })
  })
)
