/** The sandbox on Linux: one process that unshares its namespaces and runs dockerd in them. */
import { existsSync, watch } from "node:fs"
import { Effect, FileSystem, Layer, Option, Stream } from "effect"
import { ChildProcess, ChildProcessSpawner } from "effect/process"
import { Sandbox, SandboxError, SandboxUnavailable } from "../../../services/Sandbox.ts"
import type { SandboxEngine } from "../../../services/Sandbox.ts"
import { run, tail } from "./command.ts"
import { cacheDirectory, ensureEngine } from "./engine.ts"
import { insideScript, outsideScript, sweepScript } from "./scripts.ts"

/** Programs of the base system, wherever the user's own PATH points. */
const systemPath = "/usr/sbin:/usr/bin:/sbin:/bin"

/** Fails where no sandbox can be had whatever is fetched. */
const checkMachine = Effect.fn("sandbox.checkMachine")(function* () {
  const no = (reason: string) => Effect.fail(new SandboxUnavailable({ reason }))
  if (process.platform !== "linux") return yield* no(`this is ${process.platform}, and it needs Linux`)
  if (process.getuid?.() !== 0) return yield* no("it needs root, for namespaces and mounts")
  const namespaces = ["--net", "--mount", "--pid", "--fork", "--kill-child", "--propagation", "private"]
  const tries: ReadonlyArray<readonly [string, ReadonlyArray<string>]> = [
    ["apt-get", ["--version"]],
    ["dpkg-deb", ["--version"]],
    ["flock", ["--version"]],
    ["setpriv", ["--pdeathsig", "KILL", "true"]],
    ["unshare", [...namespaces, "mount", "-t", "tmpfs", "tmpfs", "/run"]]
  ]
  for (const [command, args] of tries) {
    const attempted = `${command} ${args.join(" ")}`
    const outcome = yield* run({ command, args, attempted, limit: "10 seconds" }).pipe(Effect.catch((error) => no(error.message)))
    if (outcome.code !== 0) return yield* no(`\`${attempted}\` failed: ${outcome.stderr}`)
  }
})

/** Completes once `name` exists in `directory`, which is watched before the first look, so that no creation is missed. */
const awaitFile = (directory: string, name: string) =>
  Effect.callback<void, SandboxError>((resume) => {
    const look = () => {
      if (!existsSync(`${directory}/${name}`)) return
      watcher.close()
      resume(Effect.void)
    }
    const watcher = watch(directory, look)
    watcher.on("error", (error) => resume(Effect.fail(new SandboxError({ attempted: `watching ${directory}`, seen: error.message }))))
    look()
    return Effect.sync(() => watcher.close())
  })

/** Starts the one process. The scope kills it, waits for all that lived in it, and removes its folder; a SIGKILL of this process does the first two. */
const start = Effect.fn("sandbox.start")(function* (sandboxes: string, engine: string) {
  const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
  const sweep = (slot: string) =>
    run({
      command: "sh",
      args: ["-c", sweepScript, "ccci-sweep", sandboxes, slot],
      attempted: `removing dead sandboxes from ${sandboxes}`,
      limit: "2 minutes"
    }).pipe(Effect.ignore)
  let slot = ""
  yield* sweep(slot)
  yield* Effect.addFinalizer(() => Effect.suspend(() => sweep(slot)))
  const handle = yield* spawner.spawn(
    ChildProcess.make(
      "setpriv",
      ["--pdeathsig", "KILL", "sh", "-c", outsideScript, "ccci-sandbox", String(process.pid), sandboxes, engine, insideScript],
      { stdin: "ignore", killSignal: "SIGKILL", forceKillAfter: "5 seconds", env: { PATH: systemPath, HOME: "/root", LANG: "C" } }
    )
  )
  const line = yield* handle.stdout.pipe(Stream.decodeText(), Stream.splitLines, Stream.runHead)
  if (Option.isNone(line)) {
    const seen = yield* handle.stderr.pipe(Stream.decodeText(), Stream.mkString)
    return yield* new SandboxError({ attempted: "making its namespaces", seen: tail(seen) })
  }
  const [directory = "", address = ""] = line.value.split(" ")
  slot = directory.slice(sandboxes.length + 1)
  return { handle, directory, address }
})

const acquire = Effect.fn("Sandbox.acquire")(function* (options: { readonly say: (line: string) => Effect.Effect<void> }) {
  yield* checkMachine()
  const files = yield* FileSystem.FileSystem
  const cache = yield* cacheDirectory
  const engine = yield* ensureEngine(cache, options.say)
  const sandboxes = `${cache}/sandboxes`
  yield* files.makeDirectory(sandboxes, { recursive: true, mode: 0o700 })
  yield* options.say("starting a private Docker engine")
  const { handle, directory, address } = yield* start(sandboxes, engine)
  const dockerHost = `unix://${directory}/docker.sock`
  const dockerCli = `${engine}/client/docker`
  const env = {
    DOCKER_HOST: dockerHost,
    DOCKER_CONFIG: `${directory}/client`,
    PATH: `${engine}/client:${process.env["PATH"] ?? systemPath}`
  }
  const up = Effect.gen(function* () {
    yield* awaitFile(directory, "docker.sock")
    const attempted = "docker swarm init"
    const outcome = yield* run({ command: dockerCli, args: ["swarm", "init", "--advertise-addr", address], attempted, env, limit: "1 minute" })
    if (outcome.code !== 0) return yield* new SandboxError({ attempted, seen: outcome.stderr })
  })
  const ended = Effect.andThen(
    Effect.ignore(handle.exitCode),
    Effect.fail(new SandboxError({ attempted: "starting dockerd", seen: "it ended" }))
  )
  yield* Effect.raceFirst(up, ended).pipe(
    Effect.timeoutOrElse({
      duration: "1 minute",
      orElse: () => Effect.fail(new SandboxError({ attempted: "starting dockerd", seen: "not ready within 1 minute" }))
    }),
    Effect.catch((error) =>
      files.readFileString(`${directory}/dockerd.log`).pipe(
        Effect.orElseSucceed(() => ""),
        Effect.flatMap((log) => Effect.fail(new SandboxError({ attempted: error.attempted, seen: `${error.seen}\n${tail(log)}` })))
      )
    )
  )
  const engineUp: SandboxEngine = { dockerHost, dockerCli, env, address, directory: `${directory}/shared`, pid: handle.pid }
  return engineUp
})

/** Sandboxes on this machine, in the cache of CCCI_CACHE_DIR. */
export const layer = Layer.effect(
  Sandbox,
  Effect.gen(function* () {
    const context = yield* Effect.context<FileSystem.FileSystem | ChildProcessSpawner.ChildProcessSpawner>()
    return Sandbox.of({
      acquire: (options) =>
        acquire(options).pipe(
          Effect.catchTags({
            PlatformError: (error) => Effect.fail(new SandboxError({ attempted: "preparing its folders and process", seen: error.message })),
            ConfigError: (error) => Effect.fail(new SandboxUnavailable({ reason: error.message }))
          }),
          Effect.provide(context)
        )
    })
  })
)
