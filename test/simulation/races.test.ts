/** Rows of the race matrix with whole runs (spec 01); the exhaustive search over the lock core is the explorer's. */
import { assert, describe, it } from "@effect/vitest"
import { advance, launch, runToEnd, runUntilEnded } from "../../src/layers/simulated.ts"
import { makeExample } from "../../src/layers/simulated/example/world.ts"
import type { Process } from "../../src/layers/simulated/kernel/processes.ts"
import { reboot } from "../../src/layers/simulated/kernel/reboot.ts"
import type { Call } from "../../src/layers/simulated/seam.ts"
import { goOn } from "../../src/layers/simulated/seam.ts"
import type { World } from "../../src/layers/simulated/World.ts"
import { ccciJanitor, ccciRun, leftIn, nothingLeft } from "../support/exampleRuns.ts"
import { unwrapped } from "../support/unwrapped.ts"

const start = (world: World, name: string) => launch(world, { name }, ccciRun(world))

const codeOf = ({ exit }: Process) => {
  const result = exit?._tag === "Success" ? exit.value : undefined
  return typeof result === "object" && result !== null && "verdict" in result ? JSON.stringify(result.verdict).slice(0, 60) : exit
}

const green = '{"ok":true,"exit":{"class":"green","code":0}'

/** Runs until the first call that is meant, and stops the world there. */
const runUntilCall = (world: World, isMeant: (call: Call) => boolean): Process => {
  const found: { process: Process | undefined } = { process: undefined }
  world.driver = {
    onCall: (call, within) => {
      if (found.process !== undefined) return { _tag: "Park" }
      if (!isMeant(call)) return goOn.onCall(call, within)
      found.process = call.process
      return { _tag: "Park" }
    }
  }
  while (found.process === undefined) if (!world.drain() && !world.timeline.fire()) throw new Error("no such call")
  return found.process
}

/** What was stopped goes on. */
const goOnAll = (world: World) => {
  world.driver = goOn
  for (const call of [...world.seam.parked.values()]) call.settle({ _tag: "Go" })
}

const janitorPass = (world: World) => unwrapped(runToEnd(world, { name: "ccci janitor" }, ccciJanitor(world)))

describe("the race matrix", () => {
  it("LOCK-5: two runs of one domain serialise, and both are green", () => {
    const { world } = makeExample()
    const [one, two] = [start(world, "one"), start(world, "two")]
    runUntilEnded(world, [one, two])
    assert.deepStrictEqual(
      [codeOf(one), codeOf(two)].map((code) => String(code).startsWith(green)),
      [true, true]
    )
    assert.deepStrictEqual(leftIn(world), nothingLeft)
  })

  it("JAN-3: a janitor leaves a live run alone", () => {
    const { world } = makeExample()
    const run = start(world, "run")
    world.timeline.after(5000, undefined, "a janitor comes", () => void launch(world, { name: "janitor" }, ccciJanitor(world)))
    runUntilEnded(world, [run])
    assert.isTrue(String(codeOf(run)).startsWith(green))
    assert.deepStrictEqual(leftIn(world), nothingLeft)
  })

  it("JAN-9: a deploy that outlives its killed run is ended before the reap, and nothing comes of it later", () => {
    const { world } = makeExample()
    world.parentDeathSignal = false
    const run = start(world, "run")
    const child = runUntilCall(world, ({ operation, process }) => operation === "create service" && process !== run)
    assert.isTrue(child.name.startsWith("docker stack deploy"))
    world.signal(run, "SIGKILL")
    assert.strictEqual(child.state, "running")
    world.driver = goOn
    janitorPass(world)
    assert.strictEqual(child.state, "gone")
    advance(world, 600_000)
    assert.deepStrictEqual(leftIn(world), nothingLeft)
  })

  it("JAN-10: a call of a dead client that lands after its death is reaped all the same", () => {
    const { world } = makeExample()
    const run = start(world, "run")
    runUntilCall(world, ({ operation, process }) => operation === "create service" && process !== run)
    world.signal(run, "SIGKILL")
    world.driver = goOn
    const [late] = [...world.seam.adrift.values()]
    world.timeline.after(1500, undefined, "the call lands", () => late?.settle({ _tag: "Go" }))
    janitorPass(world)
    advance(world, 600_000)
    assert.deepStrictEqual(leftIn(world), nothingLeft)
  })

  it.each([true, false])("reboot (lock directory emptied: %s): what survives in the swarm is reaped at once", (emptyLockDir) => {
    const { world } = makeExample()
    start(world, "run")
    runUntilCall(world, ({ operation }) => operation === "request")
    reboot(world, { emptyLockDir })
    world.driver = goOn
    assert.notDeepEqual(leftIn(world), nothingLeft)
    janitorPass(world)
    assert.deepStrictEqual(leftIn(world), nothingLeft)
  })

  it("a run that was killed while another waits: the waiter clears what it left, and is green", () => {
    const { world } = makeExample()
    const first = start(world, "first")
    runUntilCall(world, ({ operation }) => operation === "request")
    goOnAll(world)
    const second = start(world, "second")
    world.timeline.after(1000, undefined, "the first is killed", () => world.signal(first, "SIGKILL"))
    runUntilEnded(world, [second])
    assert.isTrue(String(codeOf(second)).startsWith(green))
    assert.deepStrictEqual(leftIn(world), nothingLeft)
  })
})
