/** LIFE: how a run ends, told apart. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Process } from "../../src/layers/simulated/kernel/processes.ts"
import { judgement, limits, onCall, scenario, statuses } from "./scenario.ts"
import { forEver } from "./actors.ts"

describe("how a run ends", () => {
  it.each([
    ["SIGTERM", 143],
    ["SIGINT", 130],
    ["SIGHUP", 129]
  ] as const)("LIFE-3: %s interrupts the run; it is torn down; exit code %i", (signal, code) => {
    const made = scenario({
      functional: {
        default: () =>
          Effect.andThen(
            Effect.sync(() => made.world.signal(slot.process, signal)),
            forEver
          )
      }
    })
    const slot = made.start({ stages: ["install", "custom"] })
    made.finish([slot.process])
    assert.deepStrictEqual(judgement(slot.result()), ["stopped", code])
    assert.deepStrictEqual(made.left(), [])
  })

  it("LIFE-4: the deadline ends the run in the same way, with a line of its own; exit 142", () => {
    const made = scenario({ settings: { limits: limits({ work: 120 }) }, functional: { default: () => Effect.sleep("10 minutes") } })
    const result = made.run({ stages: ["install", "custom"] })
    assert.deepStrictEqual(judgement(result), ["stopped", 142])
    assert.isTrue(made.events.some((event) => event._tag === "Warning" && /deadline of 2m is reached/.test(event.text)))
    assert.deepStrictEqual(made.left(), [])
  })

  it("LIFE-5: a second signal during teardown does not abort it; the exit code is the first cause's", () => {
    const made = scenario({
      functional: {
        default: () =>
          Effect.andThen(
            Effect.sync(() => made.world.signal(slot.process, "SIGTERM")),
            forEver
          )
      },
      driver: onCall((call, world, text) => {
        if (/Docker\.remove (service|volume)/.test(text)) world.signal(call.process, "SIGINT")
        return undefined
      })
    })
    const slot = made.start({ stages: ["install", "custom"] })
    made.finish([slot.process])
    assert.deepStrictEqual(judgement(slot.result()), ["stopped", 143])
    assert.deepStrictEqual(made.left(), [])
  })

  it("LIFE-5: a signal that comes first when all tiers are over, in teardown, changes nothing", () => {
    const made = scenario({
      driver: onCall((call, world, text) => {
        if (/Docker\.remove service/.test(text)) world.signal(call.process, "SIGTERM")
        return undefined
      })
    })
    const result = made.run({ stages: ["install"] })
    assert.deepStrictEqual([judgement(result)[0], statuses(result)], ["green", ["install pass"]])
    assert.deepStrictEqual(made.left(), [])
  })

  it("LIFE-6, LIFE-3: a stop in the middle of a hook ends the hook's child first", () => {
    const hooks: Array<Process> = []
    const made = scenario({
      installSteps: ({ process }) => {
        hooks.push(process)
        return Effect.andThen(
          Effect.sync(() => process.parent !== undefined && made.world.signal(process.parent, "SIGTERM")),
          forEver
        )
      }
    })
    const slot = made.start({ stages: ["install"] })
    made.finish([slot.process])
    assert.deepStrictEqual(judgement(slot.result()), ["stopped", 143])
    assert.deepStrictEqual(
      hooks.map(({ ended }) => ended?.signal),
      ["SIGTERM"],
      "gracefully, not by its mark"
    )
    assert.deepStrictEqual(made.left(), [])
  })
})
