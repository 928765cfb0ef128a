/** Commands in containers, and files to and from them. */
import { Result, Schema } from "effect"
import { fileAt, writeAtomic } from "../kernel/fileCalls.ts"
import { filesOf, runIn } from "./inside.ts"
import type { SwarmContainer, SwarmExec } from "./state.ts"
import { refuse } from "./Swarm.ts"
import type { Refusal, Swarm } from "./Swarm.ts"

type Answer<A> = Result.Result<A, Refusal>

/** A container of one node, by id or name. */
export const containerOn = (swarm: Swarm, nodeId: string, key: string): Answer<SwarmContainer> => {
  const found = [...swarm.containers.values()].find((container) => container.nodeId === nodeId && (container.id === key || container.name === key))
  return found === undefined ? Result.fail(refuse("notFound", `No such container: ${key}`)) : Result.succeed(found)
}

export const createExec = (swarm: Swarm, nodeId: string, key: string, argv: ReadonlyArray<string>): Answer<string> =>
  Result.flatMap(containerOn(swarm, nodeId, key), (container) => {
    if (container.state !== "running") return Result.fail(refuse("conflict", `Container ${container.id} is not running`))
    const exec: SwarmExec = { id: swarm.id(64), container, argv, state: "created", code: undefined, watchers: new Set(), stdout: "", stderr: "" }
    swarm.execs.set(exec.id, exec)
    return Result.succeed(exec.id)
  })

export const execById = (swarm: Swarm, id: string): Answer<SwarmExec> => {
  const exec = swarm.execs.get(id)
  return exec === undefined ? Result.fail(refuse("notFound", `No such exec instance: ${id}`)) : Result.succeed(exec)
}

/** Starts it: what it does to the container's files it does now; its answer comes when it has ended. A container's end cuts it: 137, no output. */
export const startExec = (swarm: Swarm, id: string): Answer<SwarmExec> =>
  Result.flatMap(execById(swarm, id), (exec) => {
    if (exec.container.state !== "running") return Result.fail(refuse("conflict", `Container ${exec.container.id} is not running`))
    if (exec.state !== "created") return Result.fail(refuse("conflict", `Error: Exec command ${id} is already running`))
    exec.state = "running"
    const ran = runIn(swarm, exec.container, exec.argv)
    if (ran._tag === "Never") return Result.succeed(exec)
    swarm.later(ran.duration ?? swarm.lag(swarm.lags.exec), `exec ${exec.argv[0] ?? ""}`, () => {
      if (exec.state !== "running") return
      exec.state = "ended"
      exec.code = ran.code
      exec.stdout = ran.stdout ?? ""
      exec.stderr = ran.stderr ?? ""
      for (const watcher of [...exec.watchers]) watcher()
    })
    return Result.succeed(exec)
  })

/** A tar file of the simulated world: the files by their path in the archive, as JSON. */
const Archive = Schema.fromJsonString(Schema.Struct({ simulatedTar: Schema.Record(Schema.String, Schema.String) }))
const decodeArchive = Schema.decodeUnknownResult(Archive)

/** A path of a container as a new tar file of mode 0600; entries start with the path's last name, as the engine has it. */
export const archiveToFile = (swarm: Swarm, nodeId: string, key: string, path: string, file: string): Answer<void> =>
  Result.gen(function* () {
    const files = filesOf(swarm, yield* containerOn(swarm, nodeId, key))
    const wanted = path.replace(/\/\.?$/, "")
    const found = files.below(wanted === "" ? "/" : wanted)
    const isMount = (yield* containerOn(swarm, nodeId, key)).template.volumes.some(({ target }) => target === wanted)
    if (found.length === 0 && !isMount) return yield* Result.fail(refuse("notFound", `Could not find the file ${path} in container ${key}`))
    // `/data/.` means what is in the folder, `/data` the folder itself.
    const base = path.endsWith("/.") ? "." : wanted.slice(wanted.lastIndexOf("/") + 1)
    const entries = Object.fromEntries(found.map((one): [string, string] => [`${base}${one.slice(wanted.length)}`, files.read(one) ?? ""]))
    const taken = Result.isSuccess(swarm.world.tree.lookup(file, false))
    if (taken) return yield* Result.fail(refuse("file", `EEXIST: file already exists, open '${file}'`))
    yield* Result.mapError(writeAtomic(swarm.world.tree, file, JSON.stringify({ simulatedTar: entries }), 0o600), (code) =>
      refuse("file", `${code}: open '${file}'`)
    )
  })

/** Unpacks such a file into a directory of a container; the directory must be there: a mount, one of the system's, or one with files. */
export const archiveFromFile = (swarm: Swarm, nodeId: string, key: string, directory: string, file: string): Answer<void> =>
  Result.gen(function* () {
    const tar = yield* Result.mapError(fileAt(swarm.world.tree, file), (code) => refuse("file", `${code}: open '${file}'`))
    const container = yield* containerOn(swarm, nodeId, key)
    const files = filesOf(swarm, container)
    const into = directory.replace(/\/\.?$/, "")
    const isThere =
      ["", "/tmp", "/etc", "/var", "/run", "/usr"].includes(into) ||
      container.template.volumes.some(({ target }) => target === into) ||
      files.below(into).some((path) => path !== into)
    if (!isThere) return yield* Result.fail(refuse("notFound", `Could not find the file ${directory} in container ${key}`))
    const { simulatedTar } = yield* Result.mapError(decodeArchive(tar.text), () => refuse("invalid", "archive/tar: invalid tar header"))
    for (const [path, text] of Object.entries(simulatedTar)) files.write(`${into}/${path.replace(/^\.\//, "")}`, text)
  })

/** Last lines of a service's containers' logs, oldest container first. */
export const logOf = (swarm: Swarm, key: string, lines: number): Answer<string> => {
  const service = swarm.service(key)
  if (service === undefined) return Result.fail(refuse("notFound", `service ${key} not found`))
  const all = swarm.tasksOf(service.id).flatMap(({ container }) => container?.log ?? [])
  return Result.succeed(
    all
      .slice(-lines)
      .map((line) => `${line}\n`)
      .join("")
  )
}
