/** Removing what tests made, by a label that all of it carries. */
import { Effect } from "effect"
import { Docker } from "../../src/services/Docker.ts"
import type { Container } from "../../src/services/Docker.ts"
import { eventually } from "./eventually.ts"

type Labelled = { readonly labels: Readonly<Record<string, string>> }

/** States in which a task never runs again. */
const ended: ReadonlySet<string> = new Set(["complete", "failed", "shutdown", "rejected", "orphaned", "remove"])

const none = (seen: ReadonlyArray<unknown>) => seen.length === 0

/** Removes all that carries the label with that value, in the order that leaves nothing (TEAR-1), killing what runs. */
export const removeLabelled = Effect.fnUntraced(function* (label: string, value: string) {
  const docker = yield* Docker
  const mine = <A extends Labelled, E>(list: Effect.Effect<ReadonlyArray<A>, E>) =>
    Effect.map(list, (objects) => objects.filter(({ labels }) => labels[label] === value))
  const each = <A extends Labelled, E>(list: Effect.Effect<ReadonlyArray<A>, E>, act: (object: A) => Effect.Effect<void, unknown>) =>
    Effect.tap(mine(list), (objects) => Effect.forEach(objects, (object) => Effect.ignore(act(object)), { concurrency: 4 }))
  const untilNone = <A extends Labelled, E>(what: string, list: Effect.Effect<ReadonlyArray<A>, E>, act: (object: A) => Effect.Effect<void, unknown>) =>
    eventually(`no ${what} with ${label}=${value}`, each(list, act), none)

  const containers = docker.containers()
  const kill = each(containers, ({ id, state }: Container) => (state === "running" ? docker.killContainer(id) : Effect.void))
  const tasks = Effect.map(docker.tasks(), (all) => all.filter(({ state }) => !ended.has(state)))
  yield* untilNone("services", docker.services(), ({ id }) => docker.removeService(id))
  yield* eventually("no tasks", Effect.andThen(kill, mine(tasks)), none)
  yield* untilNone("containers", containers, ({ id }) => docker.removeContainer(id))
  yield* untilNone("networks", docker.networks, ({ id }) => docker.removeNetwork(id))
  yield* untilNone("configs", docker.configs, ({ id }) => docker.removeConfig(id))
  yield* untilNone("secrets", docker.secrets, ({ id }) => docker.removeSecret(id))
  yield* untilNone("volumes", docker.volumes, ({ name }) => docker.removeVolume(name))
})
