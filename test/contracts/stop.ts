/** The laws of {@link Stop} (LIFE-3, LIFE-5). */
import { assert, describe } from "@effect/vitest"
import { Effect, Fiber, Option } from "effect"
import type { Layer } from "effect"
import { Stop } from "../../src/services/Stop.ts"
import { errorOf, lawsOf } from "../support/contract.ts"

export const stopContract = <E>(name: string, layer: Layer.Layer<Stop, E>) =>
  describe(`Stop contract: ${name}`, () => {
    const law = lawsOf(layer)

    law(
      "as long as nobody asks, there is no cause, and whoever waits waits on",
      Effect.gen(function* () {
        const stop = yield* Stop
        assert.deepStrictEqual(yield* stop.first, Option.none())
        assert.isTrue(Option.isNone(yield* Effect.timeoutOption(stop.requested, "10 millis")))
      })
    )

    law(
      "LIFE-5: the first cause wins, and later ones change nothing",
      Effect.gen(function* () {
        const stop = yield* Stop
        assert.isTrue(yield* stop.request("deadline"))
        assert.isFalse(yield* stop.request("SIGTERM"))
        assert.isFalse(yield* stop.request("deadline"))
        assert.deepStrictEqual(yield* stop.first, Option.some("deadline"))
        assert.strictEqual((yield* errorOf(stop.requested)).cause, "deadline")
      })
    )

    law(
      "all that wait are told, and those that come later too",
      Effect.gen(function* () {
        const stop = yield* Stop
        const waiting = yield* Effect.forEach([1, 2], () => Effect.forkScoped(errorOf(stop.requested)))
        yield* Effect.yieldNow
        yield* stop.request("SIGHUP")
        const causes = yield* Effect.forEach(waiting, Fiber.join)
        assert.deepStrictEqual(
          [...causes, yield* errorOf(stop.requested)].map(({ cause }) => cause),
          ["SIGHUP", "SIGHUP", "SIGHUP"]
        )
      })
    )

    law(
      "LIFE-3: work that races with it is interrupted, and its finalizers run",
      Effect.gen(function* () {
        const stop = yield* Stop
        const ended: Array<string> = []
        const work = Effect.onInterrupt(Effect.never, () => Effect.sync(() => void ended.push("torn down")))
        const fiber = yield* Effect.forkScoped(errorOf(Effect.raceFirst(work, stop.requested)))
        yield* Effect.yieldNow
        yield* stop.request("SIGINT")
        assert.deepStrictEqual([(yield* Fiber.join(fiber)).cause, ended], ["SIGINT", ["torn down"]])
      })
    )
  })
