/** Whole runs in the simulated world: the same programs as on Linux, from fetch to verdict. */
import { assert, describe, it } from "@effect/vitest"
import { Exit } from "effect"
import { launch, runToEnd, runUntilEnded } from "../../src/layers/simulated.ts"
import type { Example, ExampleOptions } from "../../src/layers/simulated/example/world.ts"
import { makeExample } from "../../src/layers/simulated/example/world.ts"
import type { Call } from "../../src/layers/simulated/seam.ts"
import { goOn } from "../../src/layers/simulated/seam.ts"
import type { World } from "../../src/layers/simulated/World.ts"
import { ccciJanitor, ccciRun, leftIn, nothingLeft, watching } from "../support/exampleRuns.ts"

const runExample = (options: ExampleOptions = {}) => {
  const example = makeExample(options)
  const exit = runToEnd(example.world, { name: "ccci run" }, ccciRun(example.world))
  if (Exit.isFailure(exit)) throw new Error(`the run ended without a result: ${exit.cause}`)
  return { ...example, result: exit.value }
}

/** Does something at the nth call of the world (from 0). */
const atCall = (n: number, act: (call: Call, world: World) => void) => watching((call, world) => (call.id === n ? act(call, world) : undefined))

const judgement = ({
  result
}: {
  readonly result: { readonly verdict: { readonly exit: { readonly class: string; readonly code: number }; readonly level: number } }
}) => [result.verdict.exit.class, result.verdict.exit.code, result.verdict.level] as const

describe("whole runs in the simulated world", () => {
  it("a green run passes all tiers, and leaves nothing but its results", () => {
    const example = runExample()
    assert.deepStrictEqual(judgement(example), ["green", 0, 4])
    assert.strictEqual(example.result.facts.backend, "simulated")
    assert.deepStrictEqual(
      example.result.facts.stages.map(({ stage, status }) => `${stage} ${status}`),
      ["install pass", "upgrade pass", "backup pass", "restore pass", "custom pass"]
    )
    assert.deepStrictEqual(leftIn(example.world), nothingLeft)
    assert.strictEqual(example.world.tree.lookup(`${example.result.directory}/results.json`, true)._tag, "Success")
  })

  it.each(["sick", "crashes", "missing"] as const)("a red run: the head is %s", (head) => {
    const example = runExample({ head })
    assert.deepStrictEqual(judgement(example).slice(0, 2), ["red", 1])
    const upgrade = example.result.facts.stages.find(({ stage }) => stage === "upgrade")
    assert.strictEqual(upgrade?.status, "fail")
    assert.deepStrictEqual(leftIn(example.world), nothingLeft)
  })

  it("a seed decides everything: the same calls with the same answers, twice", () => {
    const traceOf = ({ world }: Example) =>
      world.seam.trace.map(({ at, call, result, note }) => `${at} ${call.process.pid} ${call.service}.${call.operation} ${call.subject} ${result._tag} ${note}`)
    const [one, two, other] = [runExample({ seed: 3 }), runExample({ seed: 3 }), runExample({ seed: 4 })].map(traceOf)
    assert.deepStrictEqual(one, two)
    assert.notDeepEqual(one, other)
  })

  const calls = runExample().world.seam.trace.length

  it(`SIGTERM at any call: torn down, exit code 143 (every 43rd of ${calls})`, () => {
    for (let n = 3; n < calls; n += 43) {
      const example = makeExample({ driver: atCall(n, ({ process }, world) => world.signal(process.parent ?? process, "SIGTERM")) })
      const exit = runToEnd(example.world, { name: "ccci run" }, ccciRun(example.world))
      assert.deepStrictEqual(leftIn(example.world), nothingLeft, `call ${n}`)
      assert.isTrue(Exit.isSuccess(exit) && (exit.value.verdict.exit.code === 143 || exit.value.facts.stopCause._tag === "None"), `call ${n}`)
    }
  }, 60_000)

  it(`SIGKILL at any call, then one janitor pass: nothing is left (every 37th of ${calls})`, () => {
    for (let n = 2; n < calls; n += 37) {
      const { world } = makeExample()
      world.driver = { onCall: (call) => (call.id === n ? { _tag: "Kill", applied: n % 2 === 0 } : goOn.onCall(call, world)) }
      const process = launch(world, { name: "ccci run" }, ccciRun(world))
      runUntilEnded(world, [process])
      world.driver = goOn
      const pass = runToEnd(world, { name: "ccci janitor" }, ccciJanitor(world))
      assert.isTrue(Exit.isSuccess(pass))
      assert.deepStrictEqual(leftIn(world), nothingLeft, `call ${n}`)
    }
  }, 60_000)
})
