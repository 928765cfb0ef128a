/** The live Stop: one Deferred, the first cause wins. */
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber, Layer, Option } from "effect"
import { layer, StrayDefects } from "../../src/layers/live/Stop.ts"
import { Stop, stopExitCode } from "../../src/services/Stop.ts"

const fresh = Effect.provide(Layer.fresh(layer))

describe("Stop, live", () => {
  it.effect("LIFE-5: the first cause wins, and everybody who waits is told of that one", () =>
    Effect.gen(function* () {
      const stop = yield* Stop
      assert.deepStrictEqual(yield* stop.first, Option.none())
      const early = yield* Effect.forkChild(Effect.flip(stop.requested), { startImmediately: true })
      assert.isTrue(yield* stop.request("SIGTERM"))
      assert.isFalse(yield* stop.request("SIGINT"))
      assert.isFalse(yield* stop.request("deadline"))
      for (const stopped of [yield* Fiber.join(early), yield* Effect.flip(stop.requested)]) assert.strictEqual(stopped.cause, "SIGTERM")
      assert.deepStrictEqual(yield* stop.first, Option.some("SIGTERM"))
    }).pipe(fresh)
  )

  it.effect("a stray defect ends the run as what it is, unless it had a cause already", () =>
    Effect.gen(function* () {
      const stop = yield* Stop
      const strays = yield* StrayDefects
      assert.isTrue(yield* strays.report(new Error("stray")))
      assert.isFalse(yield* stop.request("SIGTERM"))
      const exit = yield* Effect.exit(stop.requested)
      assert.isTrue(Exit.isFailure(exit) && Cause.hasDies(exit.cause))
      assert.deepStrictEqual(yield* stop.first, Option.none())
      yield* Effect.gen(function* () {
        const other = yield* Stop
        yield* other.request("SIGINT")
        assert.isFalse(yield* Effect.flatMap(StrayDefects, ({ report }) => report(new Error("too late"))))
        assert.strictEqual((yield* Effect.flip(other.requested)).cause, "SIGINT")
      }).pipe(fresh)
    }).pipe(fresh)
  )

  it.effect("LIFE-6c: each run of one process has a Stop of its own", () =>
    Effect.gen(function* () {
      const one = yield* Stop
      const other = yield* Effect.provide(Effect.service(Stop), Layer.fresh(layer))
      yield* one.request("SIGTERM")
      assert.deepStrictEqual(yield* other.first, Option.none())
    }).pipe(fresh)
  )

  it("the exit codes are those of spec 03", () => {
    assert.deepStrictEqual(stopExitCode, { SIGHUP: 129, SIGINT: 130, stdoutClosed: 141, deadline: 142, SIGTERM: 143 })
  })
})
