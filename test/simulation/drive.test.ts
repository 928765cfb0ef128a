/** A simulated world driven from a program of the real one. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { inWorld, makeExample } from "../../src/layers/simulated.ts"
import { layer as stopLayer } from "../../src/layers/live/Stop.ts"
import { Stop } from "../../src/services/Stop.ts"
import { ccciRun, leftIn, nothingLeft } from "../support/exampleRuns.ts"

const runIt = (world: ReturnType<typeof makeExample>["world"], pace = 0) => inWorld(world, { name: "ccci run" }, ccciRun(world), { pace })

describe("inWorld", () => {
  it.live("gives what the program ended with", () =>
    Effect.gen(function* () {
      const { world } = makeExample()
      const { verdict } = yield* runIt(world)
      assert.strictEqual(verdict.exit.code, 0)
    })
  )

  it.live("LIFE-3: a stop of the outer program is a signal to the inner one, which is torn down", () =>
    Effect.gen(function* () {
      const { world } = makeExample()
      const stop = yield* Stop
      world.timeline.after(2000, undefined, "in the middle of it", () => void Effect.runFork(stop.request("SIGTERM")))
      const { verdict } = yield* runIt(world)
      assert.strictEqual(verdict.exit.code, 143)
      assert.deepStrictEqual(leftIn(world), nothingLeft)
    }).pipe(Effect.provide(stopLayer))
  )

  it.live("an interrupt waits for the teardown", () =>
    Effect.gen(function* () {
      const { world } = makeExample()
      const fiber = yield* Effect.forkChild(runIt(world, 1))
      while (world.swarm.services.size === 0) yield* Effect.yieldNow
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(leftIn(world), nothingLeft)
    })
  )
})
