/** What a run could have left in a world: for oracles and tests. */
import { Result } from "effect"
import { endedStates } from "./swarm/state.ts"
import type { World } from "./World.ts"

/** Everything that belongs to stacks, apps, locks and processes; what was there before is for the caller to subtract. Sorted. */
export const remains = (world: World, abraDir: string, server = "default"): ReadonlyArray<string> => {
  const { swarm, tree, lockDir } = world
  const names = (directory: string) => {
    const found = tree.directory(directory)
    return Result.isSuccess(found) ? [...found.success.entries.keys()] : []
  }
  return [
    ...[...swarm.services.values()].map(({ spec }) => `service ${spec.name}`),
    ...[...swarm.tasks.values()].filter(({ state }) => !endedStates.has(state)).map(({ service, slot }) => `task ${service.name}.${slot}`),
    ...[...swarm.containers.values()].map(({ name, state }) => `container ${name} ${state}`),
    ...[...swarm.volumes.values()].map(({ name }) => `volume ${name}`),
    ...[...swarm.networks.values()].map(({ name, leaked }) => `network ${name}${leaked === 0 ? "" : ` with ${leaked} leaked addresses`}`),
    ...[...swarm.secrets.values()].map(({ name }) => `secret ${name}`),
    ...[...swarm.configs.values()].map(({ name }) => `config ${name}`),
    ...names(`${abraDir}/servers/${server}`).map((name) => `env ${name}`),
    ...names(lockDir).map((name) => `lock file ${name}`),
    ...[...world.processes.table.values()].map(({ name, pid }) => `process ${name} ${pid}`)
  ].sort()
}
