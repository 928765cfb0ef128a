/** What a review broke in hooks and tests: whose fault they are, what they are told, how often they run. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import { HookThrew, sourceOf } from "../../src/layers/simulated/kernel/modules.ts"
import { install } from "../../src/layers/simulated/kernel/programs.ts"
import type { SimulatedContext } from "../../src/layers/simulated/kernel/modules.ts"
import { count, history, judgement, onCall, places, recipe, scenario, stage, statuses, told } from "./scenario.ts"
import type { ScenarioOptions } from "./scenario.ts"

const custom = { stages: ["install", "custom"] } as const
const upgraded = { stages: ["install", "upgrade"] } as const

type Told = Readonly<Record<string, string>>

/** A recipe that ships an executable and a TypeScript test, a site that has one of each, and what all of them were told. */
const telling = (options: ScenarioOptions = {}) => {
  const told = new Map<string, Told>()
  const noted = (name: string) => () =>
    Effect.sync(() => void told.set(name, [...made.world.processes.table.values()].find((one) => one.name === "hook default")?.environment ?? {}))
  const headFiles = { "ccci/functional/theirs.sh": "#!theirs\n", "ccci/functional/theirs.ts": sourceOf("theirs") }
  const made = scenario({
    ...options,
    history: history({ headFiles }),
    functional: { default: noted("site module") },
    settings: { depsFile: Option.some("/srv/deps.json"), concurrency: { tests: 1, pulls: 1 } }
  })
  made.world.modules.set("theirs", { default: noted("their module") })
  const program = (name: string) => (invocation: { readonly process: { readonly environment: Told } }) =>
    Effect.sync(() => (told.set(name, invocation.process.environment), 0))
  made.world.programs.set("theirs", program("their program"))
  install(made.world, `${places.testsDir}/${recipe}/functional/ours.sh`, program("site program"))
  return { ...made, told }
}

describe("attacks on hooks and tests", () => {
  it("a recipe's own code is not told where the site keeps its apps and secrets; the site's is (spec 04)", () => {
    const { run, told: environments } = telling()
    assert.deepStrictEqual(judgement(run(custom)), ["green", 0])
    const secret = ["ABRA_DIR", "CCCI_APP_ENV", "CCCI_DEPS_FILE"]
    const known = (name: string) => secret.filter((key) => environments.get(name)?.[key] !== undefined)
    for (const name of ["their program", "their module"]) {
      assert.deepStrictEqual(known(name), [], name)
      assert.isDefined(environments.get(name)?.["CCCI_APP_DOMAIN"], name)
      assert.isDefined(environments.get(name)?.["CCCI_APP_LOCK"], "JAN-9 finds it all the same")
    }
    for (const name of ["site program", "site module"]) assert.deepStrictEqual(known(name), secret, name)
  })

  it("a recipe's own test that does not load is that test's failure: red, and the others still run (spec 04)", () => {
    const ran: Array<string> = []
    const headFiles = {
      "ccci/functional/broken.ts": "import { nowhere } from 'nowhere'\n",
      "ccci/functional/none.ts": sourceOf("none"),
      "ccci/functional/gone.sh": "#!no-such-interpreter\n",
      "ccci/functional/theirs.ts": sourceOf("theirs")
    }
    const made = scenario({ history: history({ headFiles }), functional: { default: () => Effect.sync(() => ran.push("site")) } })
    made.world.modules.set("theirs", { default: () => Effect.sync(() => ran.push("theirs")) })
    made.world.modules.set("none", { helper: () => Effect.void })
    // Written into the folder, it is not executable.
    made.put(`${places.recipes}/${recipe}/ccci/functional/plain.sh`, "#!theirs\n")
    const result = made.run({ ...custom, src: Option.some(`${places.recipes}/${recipe}`) })
    assert.deepStrictEqual(
      [statuses(result), judgement(result)],
      [
        ["install pass", "custom fail"],
        ["red", 1]
      ]
    )
    assert.sameMembers(ran, ["site", "theirs"])
    assert.sameMembers(
      result.facts.tests.map(({ name, status }) => `${name} ${status}`),
      [
        "functional/page.ts pass",
        "ccci/functional/broken.ts fail",
        "ccci/functional/gone.sh fail",
        "ccci/functional/none.ts fail",
        "ccci/functional/plain.sh fail",
        "ccci/functional/theirs.ts pass"
      ]
    )
    const broken = result.facts.tests.find(({ name }) => name.endsWith("broken.ts"))
    assert.match(broken?.reason ?? "", /stands for no module/)
  })

  it.each<readonly [string, ScenarioOptions, RegExp]>([
    ["preInstall", { ops: { preInstall: () => Effect.fail(new HookThrew({ message: "no realm" })) } }, /Hook preInstall failed[^]*no realm/],
    [
      "install_steps.sh",
      { installSteps: ({ output }) => Effect.sync(() => (output.write("stderr", "no realm\n"), 3)) },
      /Hook install_steps failed[^]*no realm/
    ]
  ])("UPG-1b: a %s that fails is the site's own failure, no fault of the published version: red, and the head is not tried instead", (_, options, words) => {
    const result = scenario(options).run(upgraded)
    assert.deepStrictEqual(
      [statuses(result), judgement(result)],
      [
        ["install fail", "upgrade skip"],
        ["red", 1]
      ]
    )
    assert.isTrue(Option.isNone(Option.getOrThrow(result.facts.base).broken))
    assert.match(stage(result, "install")?.reason ?? "", words)
    assert.notMatch(told(result), /base-broken|is broken/)
  })

  it.each(["notFound", "conflict", "server"])("EXEC-2: a command that ended well never runs twice because its exit code cannot be read (%s)", (code) => {
    const insert = ({ exec }: SimulatedContext) => exec("app", ["printf", "%s", "inserted"])
    const driver = onCall((_call, world, text) =>
      /Docker\.look at command/.test(text) && count(world, /Docker\.look at command/) === 0 ? { _tag: "Fail", fault: { code } } : undefined
    )
    const { run, world } = scenario({ functional: { default: insert }, driver })
    const result = run(custom)
    assert.strictEqual(count(world, /Docker\.run command/), 1)
    assert.match(told(result), /lost its answer/)
  })
})
