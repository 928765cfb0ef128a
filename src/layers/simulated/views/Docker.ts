/** The engine API as one process of the world calls it: each function one call through the seam, with the engine's own refusals. */
import { Duration, Effect, Layer, Option, Result, Stream } from "effect"
import { Docker, DockerError, stackLabel } from "../../../services/Docker.ts"
import type { NodeEngine } from "../../../services/Docker.ts"
import type { Process } from "../kernel/processes.ts"
import type { Fault } from "../seam.ts"
import { archiveFromFile, archiveToFile, containerOn, createExec, execById, logOf, startExec } from "../swarm/execs.ts"
import { killContainer, removeContainer } from "../swarm/containers.ts"
import { createFile, createNetwork, createVolume, removeFile, removeNetwork, removeVolume } from "../swarm/objects.ts"
import { createService, removeService, updateService } from "../swarm/services.ts"
import { specOf } from "../swarm/spec.ts"
import type { SwarmExec } from "../swarm/state.ts"
import { refuse } from "../swarm/Swarm.ts"
import type { Refusal, Swarm } from "../swarm/Swarm.ts"
import { watchOf } from "../swarm/tasks.ts"
import type { World } from "../World.ts"
import { follow } from "./events.ts"
import { pull } from "./pull.ts"
import { currentTasksOf, shownContainer, shownNode, shownResource, shownService, shownTask } from "./shown.ts"

const reasons: ReadonlyArray<Refusal["reason"]> = [
  "unreachable",
  "notFound",
  "inUse",
  "conflict",
  "invalid",
  "notManager",
  "server",
  "timeout",
  "protocol",
  "file"
]

/** A driver's fault as the engine's: its code is a reason of DockerError's, else a broken connection. */
const refusalOf = ({ code, seen }: Fault): Refusal => refuse(reasons.find((reason) => reason === code) ?? "protocol", seen ?? `injected: ${code}`)

/** One call to an engine. */
export type EngineCall = <A>(operation: string, subject: string, step: () => Result.Result<A, Refusal>) => Effect.Effect<A, DockerError>

/** Calls of one process to the engine. */
export const engineCallOf =
  (world: World, process: Process): EngineCall =>
  (operation, subject, step) => {
    const failed = ({ reason, status, seen }: Refusal) => new DockerError({ operation, subject, reason, status, seen })
    return world.call(
      process,
      { service: "Docker", operation, subject, remote: true },
      () => Result.mapError(step(), failed),
      (fault) => failed(refusalOf(fault))
    )
  }

const ofStack = <A extends { readonly labels: Readonly<Record<string, string>> }>(objects: ReadonlyArray<A>, stack: string | undefined) =>
  stack === undefined ? objects : objects.filter(({ labels }) => labels[stackLabel] === stack)

/** What one node's engine answers. */
const nodeEngine = (swarm: Swarm, nodeId: string, call: EngineCall): NodeEngine => {
  const { chance } = swarm.world
  const list = <A>(operation: string, subject: string, all: () => ReadonlyArray<A>) => call(operation, subject, () => Result.succeed(chance.shuffle(all())))
  const taskOf = (taskId: string) => swarm.tasks.get(taskId)
  return {
    info: call("ask about the engine", "", () =>
      Result.succeed({ version: swarm.engineVersion, apiVersion: swarm.apiVersion, nodeId, swarm: "active", manager: nodeId === swarm.manager.id })
    ),
    containers: (stack) =>
      list("list containers", stack ?? "", () => ofStack([...swarm.containers.values()].filter((one) => one.nodeId === nodeId).map(shownContainer), stack)),
    volumes: list("list volumes", "", () =>
      [...swarm.volumes.values()].filter((one) => one.nodeId === nodeId).map(({ name, labels }) => ({ id: name, name, labels }))
    ),
    killContainer: (id) =>
      call("kill container", id, () =>
        Result.flatMap(containerOn(swarm, nodeId, id), (container) => {
          if (container.state !== "running") return Result.fail(refuse("conflict", `Cannot kill container: ${id}: Container ${container.id} is not running`))
          const task = taskOf(container.taskId)
          killContainer(swarm, container, task === undefined ? watchNobody : watchOf(swarm, task))
          return Result.succeed(undefined)
        })
      ),
    removeContainer: (id) =>
      call("remove container", id, () =>
        Result.map(containerOn(swarm, nodeId, id), (container) => {
          const task = taskOf(container.taskId)
          removeContainer(swarm, container, task === undefined ? watchNobody : watchOf(swarm, task))
        })
      ),
    removeVolume: (name) => call("remove volume", name, () => removeVolume(swarm, nodeId, name))
  }
}

/** Containers outlive their task records: then nobody watches. */
const watchNobody = { started: () => undefined, healthy: () => undefined, unhealthy: () => undefined, ended: () => undefined }

const ended = (world: World, process: Process, exec: SwarmExec) =>
  world.wait<void>(process, (resume) => {
    const tell = () => resume(undefined)
    if (exec.state === "ended") tell()
    exec.watchers.add(tell)
    return () => exec.watchers.delete(tell)
  })

/** Docker of one process; `reach` names the nodes whose own endpoints are configured besides the manager's (TEAR-7). */
export const dockerLayer = (world: World, process: Process, reach: ReadonlyArray<string> = []) => {
  const { swarm } = world
  const call = engineCallOf(world, process)
  const list = <A>(operation: string, subject: string, all: () => ReadonlyArray<A>) =>
    call(operation, subject, () => Result.succeed(world.chance.shuffle(all())))
  const here = swarm.manager.id
  const secrets = { kind: "secret", objects: swarm.secrets } as const
  const configs = { kind: "config", objects: swarm.configs } as const
  const resources = (objects: ReadonlyMap<string, { readonly id: string; readonly name: string; readonly labels: Readonly<Record<string, string>> }>) => () =>
    [...objects.values()].map(shownResource)
  return Layer.succeed(
    Docker,
    Docker.of({
      ...nodeEngine(swarm, here, call),
      endpoint: "simulated:///engine",
      others: new Map(reach.map((nodeId) => [nodeId, nodeEngine(swarm, nodeId, call)])),
      nodes: list("list nodes", "", () => swarm.nodes.map(shownNode)),
      services: (stack) =>
        list("list services", stack ?? "", () =>
          ofStack(
            [...swarm.services.values()].map((service) => shownService(swarm, service)),
            stack
          )
        ),
      tasks: (stack) => list("list tasks", stack ?? "", () => ofStack([...swarm.tasks.values()].map(shownTask), stack)),
      currentTasks: (of) =>
        call("list current tasks", "stack" in of ? of.stack : of.service, () => {
          const one = "service" in of ? swarm.service(of.service) : undefined
          if ("service" in of && one === undefined) return Result.fail(refuse("notFound", `service ${of.service} not found`))
          const services = one === undefined ? [...swarm.services.values()] : [one]
          const current = services.flatMap(({ id }) => currentTasksOf(swarm, id)).map(shownTask)
          return Result.succeed(world.chance.shuffle("stack" in of ? ofStack(current, of.stack) : current))
        }),
      networks: list("list networks", "", resources(swarm.networks)),
      secrets: list("list secrets", "", resources(swarm.secrets)),
      configs: list("list configs", "", resources(swarm.configs)),
      removeService: (id) => call("remove service", id, () => removeService(swarm, id)),
      removeNetwork: (id) => call("remove network", id, () => removeNetwork(swarm, id)),
      removeSecret: (id) => call("remove secret", id, () => removeFile(swarm, secrets, id)),
      removeConfig: (id) => call("remove config", id, () => removeFile(swarm, configs, id)),
      createService: (spec) => call("create service", spec.name, () => createService(swarm, specOf(spec))),
      updateService: (id, version, spec) => call("update service", spec.name, () => updateService(swarm, id, version, specOf(spec))),
      createNetwork: (name, labels, options) => call("create network", name, () => createNetwork(swarm, name, labels, options)),
      createVolume: (name, labels) => call("create volume", name, () => createVolume(swarm, here, name, labels)),
      createSecret: (name, value, labels) => call("create secret", name, () => createFile(swarm, secrets, name, value, labels)),
      createConfig: (name, text, labels) => call("create config", name, () => createFile(swarm, configs, name, text, labels)),
      hasImage: (reference) => call("look for image", reference, () => Result.succeed(swarm.imageOn(here, reference) !== undefined)),
      pull: (reference, timeLimit) => pull(world, process, call, reference, timeLimit),
      execCreate: (container, argv) => call("prepare a command in container", container, () => createExec(swarm, here, container, argv)),
      execStart: (id, timeLimit) =>
        call("run command", id, () => startExec(swarm, id)).pipe(
          Effect.tap((exec) => ended(world, process, exec)),
          Effect.map(({ stdout, stderr }) => ({ stdout, stderr })),
          Effect.timeoutOrElse({
            duration: timeLimit,
            orElse: () =>
              Effect.fail(new DockerError({ operation: "run command", subject: id, ...refuse("timeout", `no end within ${Duration.toSeconds(timeLimit)} s`) }))
          })
        ),
      execExitCode: (id) => call("look at command", id, () => Result.map(execById(swarm, id), ({ code }) => Option.fromUndefinedOr(code))),
      serviceLog: (id, lines) => call("read the log of service", id, () => logOf(swarm, id, lines)),
      archiveToFile: (container, path, file) => call(`copy ${path} out of container`, container, () => archiveToFile(swarm, here, container, path, file)),
      archiveFromFile: (container, directory, file) =>
        call(`unpack ${file} into ${directory} of container`, container, () => archiveFromFile(swarm, here, container, directory, file)),
      events: Stream.unwrap(follow(world, process, call))
    })
  )
}
