/** What a review broke in how runs end: stops that come at a bad moment. */
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { advance } from "../../src/layers/simulated.ts"
import { writeAtomic } from "../../src/layers/simulated/kernel/fileCalls.ts"
import { count, domainOf, history, judgement, onCall, places, scenario, statuses } from "./scenario.ts"
import type { Scenario } from "./scenario.ts"
import { forEver } from "./actors.ts"

const installOnly = { stages: ["install"] } as const
const tiers = ["install", "upgrade", "custom"] as const

/** A recipe whose deploy makes a network, a config and two services. */
const several = history({
  head: {
    services: "  db:\n    image: example/web:2\n    networks: [internal]\n",
    app: "    configs: [{ source: conf, target: /conf }]\n",
    sections: "configs:\n  conf:\n    name: ${STACK_NAME}_conf\n    file: conf\n"
  },
  headFiles: { conf: "x" }
})

/** What the run's results say, as they lie on the disk. */
const results = (made: Scenario): { readonly exit: unknown; readonly headline: string } => {
  const runs = made.world.tree.directory(places.runsDir)
  const names = Result.isSuccess(runs) ? [...runs.success.entries.keys()] : []
  return JSON.parse(made.read(`${places.runsDir}/${names[0]}/results.json`))
}

describe("attacks on the end of a run", () => {
  it.each(["network", "config", "service"])(
    "LIFE-3, JAN-10: SIGTERM while a request of the docker client's for a %s is on its way: it is waited for, and nothing appears after the word clean",
    (kind) => {
      const made = scenario({ history: several })
      let asked = false
      made.world.driver = onCall((_call, world, text) => {
        if (asked || !text.startsWith(`Docker.create ${kind}`)) return undefined
        asked = true
        world.timeline.after(100, undefined, "SIGTERM", () => world.signal(slot.process, "SIGTERM"))
        return { _tag: "Delay", ms: 900 }
      })
      const slot = made.start(installOnly)
      made.finish([slot.process])
      assert.deepStrictEqual(judgement(slot.result()), ["stopped", 143])
      advance(made.world, 60_000)
      assert.deepStrictEqual([asked, made.left()], [true, []])
    }
  )

  it("DEP-11, JAN-10: likewise where the deploy reached its time limit", () => {
    const made = scenario({ history: several, definition: { deployTimeout: 40 } })
    made.world.driver = onCall((_call, _world, text) => (text.startsWith("Docker.create config") ? { _tag: "Delay", ms: 41_500 } : undefined))
    assert.deepStrictEqual(judgement(made.run(installOnly)), ["red", 1])
    advance(made.world, 60_000)
    assert.deepStrictEqual(made.left(), [])
  })

  it("LIFE-3: an embedding program that interrupts a run in mid-tier has stopped it: torn down, exit 130, no defect", () => {
    const made = scenario({ functional: { default: () => forEver } })
    const { process } = made.start({ stages: ["install", "custom"] })
    made.world.timeline.after(20_000, undefined, "the embedder interrupts", () => process.fiber?.interruptUnsafe())
    made.finish([process])
    assert.deepStrictEqual(results(made).exit, { class: "stopped", code: 130 })
    assert.deepStrictEqual(made.left(), [])
  })

  it("LOCK-1: a run whose lock file is lost again and again is still stopped at once", () => {
    const made = scenario()
    const domain = domainOf(made)
    let lost = 0
    made.world.driver = onCall((call, world, text) => {
      if (text.startsWith("Lock.fstat") && call.subject.includes(domain) && ++lost < 100) writeAtomic(world.tree, call.subject, "")
      return undefined
    })
    const slot = made.start(installOnly)
    made.world.timeline.after(3_000, undefined, "SIGTERM", () => world.signal(slot.process, "SIGTERM"))
    const { world } = made
    made.finish([slot.process])
    assert.deepStrictEqual([judgement(slot.result()), slot.result().facts.deploys.count], [["stopped", 143], 0])
    assert.isTrue(lost > 2 && lost < 20, `${lost} tries`)
    assert.strictEqual(count(world, /Lock\.unlink .*cc-ci-app-/), 0)
  })

  it("LIFE-3: wherever SIGTERM comes, each tier that began is recorded, once, and the stop is the run's end or was too late", () => {
    const appended = (made: Scenario) => count(made.world, /Files\.append to /)
    const stopAt = (line: number) => {
      const made = scenario()
      const slot = made.start({ stages: tiers })
      made.world.driver = onCall((_call, world, text) => {
        if (!text.startsWith("Files.append to ")) return undefined
        if (appended(made) === line) world.signal(slot.process, "SIGTERM")
        // What is written takes a moment: that is when the stop arrives.
        return { _tag: "Delay", ms: 1 }
      })
      made.finish([slot.process])
      return { made, result: slot.result() }
    }
    const whole = stopAt(-1)
    assert.strictEqual(judgement(whole.result)[0], "green")
    for (const line of linesAt(whole.made)) {
      const { made, result } = stopAt(line)
      const stages = result.facts.stages.map(({ stage: name }) => name)
      const begun = made.events.flatMap((event) => (event._tag === "StageStarted" && tiers.some((tier) => tier === event.stage) ? [event.stage] : []))
      assert.deepStrictEqual(stages, begun, `line ${line}: ${statuses(result).join()}`)
      assert.oneOf(judgement(result)[0], ["stopped", "green"], `line ${line}`)
      assert.deepStrictEqual(made.left(), [], `line ${line}`)
    }
  })
})

/** Lines of the logs, by their number among all, at which a tier's end is written down (there it once was recorded twice), and those next to them. */
const linesAt = (made: Scenario): ReadonlyArray<number> => {
  const lines = made.world.seam.trace.filter(({ call }) => call.service === "Files" && call.operation === "append to")
  const ends = tiers.map((name) => lines.findLastIndex(({ call }) => call.subject.endsWith(`/logs/${name}.log`)))
  return ends.flatMap((at) => [at - 6, at - 2, at - 1, at, at + 1])
}
