/** Processes beside a run: one that holds its lock, one that a dead run left behind. */
import { start } from "../../src/layers/simulated/fibers.ts"
import { assert } from "@effect/vitest"
import { Effect, Result } from "effect"
import type { Process } from "../../src/layers/simulated/kernel/processes.ts"
import { createVolume } from "../../src/layers/simulated/swarm/objects.ts"
import type { World } from "../../src/layers/simulated/World.ts"
import { tryAppLock } from "../../src/programs/appLock.ts"
import { stackLabel } from "../../src/services/Docker.ts"
import { Domain } from "../../src/model/names.ts"
import { lockFile } from "./scenario.ts"
import type { Scenario } from "./scenario.ts"

export const domain = Domain.make("shop-1a2b3c.ci.example.org")
export const file = lockFile(domain)

/** A process that holds a domain's lock until it is killed. */
export const holder = (made: Scenario, path = file): Process => {
  const process = made.world.spawn({ name: "holder" })
  const opened = made.world.tree.find(path, true)
  assert.isDefined(opened)
  return start(
    made.world,
    process,
    Effect.gen(function* () {
      const attempt = yield* tryAppLock(path)
      assert.strictEqual(attempt._tag, "Acquired")
      return yield* made.world.wait<number>(process, () => () => undefined)
    }).pipe(Effect.provide(made.layerOf(process)))
  )
}

export const forEver = Effect.forever(Effect.sleep("1 second"))

/** Lets what can run run, without letting time go by. */
export const settle = (world: World) => {
  world.drain()
  return world
}

/** A marked process of a dead run, which makes a volume some seconds later unless it is ended. */
export const straggler = (made: Scenario, of: Domain, lockDirectory = lockDirId(made.world)): Process => {
  const { world } = made
  const process = world.spawn({ name: "abra app deploy", environment: { CCCI_APP_LOCK: `${lockDirectory}:${of}`, CCCI_RUN_TOKEN: "dead" } })
  const stack = of.replaceAll(".", "_")
  return start(
    world,
    process,
    Effect.sleep("5 seconds").pipe(
      Effect.andThen(Effect.sync(() => void createVolume(world.swarm, world.swarm.manager.id, `${stack}_late`, { [stackLabel]: stack })))
    )
  )
}

export const lockDirId = (world: World): string => {
  const found = world.tree.lookup(world.lockDir, true)
  return Result.isSuccess(found) ? `${found.success.device}:${found.success.number}` : ""
}

export const outcomes = ({ candidates }: { readonly candidates: ReadonlyArray<{ readonly domain: string; readonly outcome: string }> }) =>
  candidates.map((one) => `${one.domain} ${one.outcome}`)
