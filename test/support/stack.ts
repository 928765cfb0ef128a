/** A stack of a law's own, and the fixture image that its services run. */
import { Effect, Option } from "effect"
import { Docker, stackLabel } from "../../src/services/Docker.ts"
import type { ServiceSpec } from "../../src/services/Docker.ts"
import { present } from "./contract.ts"
import { eventually } from "./eventually.ts"
import { removeLabelled } from "./removal.ts"
import { Workspace } from "./workspace.ts"

/**
 * The image of all laws. It has one program, which every world must know:
 *
 *     fixture serve [PATH]       makes the file, where one is given, then runs until TERM, and ends with 0 at once
 *     fixture stubborn           runs, and ignores TERM
 *     fixture exit N [OUT [ERR]] writes OUT to stdout and ERR to stderr, and ends with N
 *     fixture read PATH          writes the file to stdout; 1 where there is none
 *     fixture write PATH TEXT    makes the file, with that text
 *     fixture remove PATH        removes the file
 */
export const fixtureImage = "ccci-test/fixture:1"

/** An image that no node has, at a registry that nobody can reach (RFC 2606). */
export const missingImage = "registry.invalid/ccci-test/missing:1"

/** A stack name that no other law uses; whatever carries its label is removed when the scope closes. */
export const ownStack = Effect.gen(function* () {
  const { path } = yield* Workspace
  const stack = `law-${path
    .slice(path.lastIndexOf("/") + 1)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, "")}`
  yield* Effect.addFinalizer(() => Effect.orDie(removeLabelled(stackLabel, stack)))
  return stack
})

/** A service of a stack: labelled as `docker stack deploy` labels it, running `fixture serve` where nothing else is said. */
export const specOf = (stack: string, name: string, more: Partial<ServiceSpec> = {}): ServiceSpec => ({
  image: fixtureImage,
  command: ["fixture", "serve"],
  stopGrace: "2 seconds",
  ...more,
  name: `${stack}_${name}`,
  labels: { [stackLabel]: stack, ...more.labels },
  containerLabels: { [stackLabel]: stack, ...more.containerLabels }
})

/** Creates it, and waits until all of its tasks run; gives the service's id. */
export const runService = Effect.fnUntraced(function* (spec: ServiceSpec) {
  const docker = yield* Docker
  const id = yield* docker.createService(spec)
  yield* runningTasks(id, spec.replicas ?? 1)
  return id
})

/** The service's tasks of its current spec, once that many run. */
export const runningTasks = (id: string, count: number) =>
  Effect.flatMap(Docker, (docker) =>
    Effect.map(
      eventually(`${count} running tasks`, docker.currentTasks({ service: id }), (tasks) => tasks.filter(({ state }) => state === "running").length === count),
      (tasks) => tasks.filter(({ state }) => state === "running")
    )
  )

/** The container of a service's only running task. */
export const containerOf = (id: string) =>
  Effect.map(runningTasks(id, 1), ([task]) =>
    present(
      Option.flatMap(Option.fromUndefinedOr(task), ({ containerId }) => containerId),
      "a container"
    )
  )

/** A service as it stands now. */
export const serviceNow = Effect.fnUntraced(function* (stack: string, id: string) {
  const docker = yield* Docker
  const services = yield* docker.services(stack)
  return present(Option.fromUndefinedOr(services.find((service) => service.id === id)), `service ${id} to be listed`)
})

/** Runs a command in a container to its end. */
export const execIn = Effect.fnUntraced(function* (container: string, ...argv: ReadonlyArray<string>) {
  const docker = yield* Docker
  const id = yield* docker.execCreate(container, argv)
  const output = yield* docker.execStart(id, "20 seconds")
  return { ...output, exitCode: present(yield* docker.execExitCode(id), "an exit code after the end of the output") }
})
