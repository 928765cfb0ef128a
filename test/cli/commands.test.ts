import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option, Ref } from "effect"
import { janitorExitCode, janitorLines } from "../../src/cli/janitor.ts"
import { lockLines } from "../../src/cli/locks.ts"
import { Domain, RecipeName } from "../../src/model/names.ts"
import type { JanitorCandidate } from "../../src/programs/types.ts"
import { Abra } from "../../src/services/Abra.ts"
import { Files, FilesError } from "../../src/services/Files.ts"
import { Guards, ParentGone } from "../../src/services/Guards.ts"
import { Lock } from "../../src/services/Lock.ts"
import { RecipeError, Recipes } from "../../src/services/Recipes.ts"
import type { LoadedRecipe } from "../../src/services/Recipes.ts"
import { RunStore, RunStoreError } from "../../src/services/RunStore.ts"
import type { StopCause } from "../../src/services/Stop.ts"
import { cli } from "../support/cli.ts"

const site = ["--base-domain", "ci.example.org", "--gateway", "127.0.0.1"]
const domain = Domain.make("cust-1a2b3c.ci.example.org")

const loaded = (over: Partial<LoadedRecipe> = {}): LoadedRecipe => ({
  name: RecipeName.make("custom-html"),
  folder: Option.none(),
  definition: {},
  extraEnv: () => Effect.succeed({}),
  upgradeExtraEnv: () => Effect.succeed({}),
  readyProbes: () => Effect.succeed([]),
  overlay: Option.none(),
  installSteps: Option.none(),
  setupCustomTests: Option.none(),
  ops: Option.none(),
  functional: [],
  ...over
})

describe("ccci run", () => {
  it.effect("exit 3 and words when the engine does not answer: the machine's fault, the recipe was not judged", () =>
    Effect.gen(function* () {
      const { code, stdout, stderr } = yield* cli(["run", "custom-html", ...site], { world: Layer.mock(Recipes, { load: () => Effect.succeed(loaded()) }) })
      assert.strictEqual(code, 3, stdout)
      assert.match(stdout, /Not judged: the machine is at fault, not the recipe\. .*connect ENOENT/)
      assert.match(stdout, /results +\/runs\/manual-4711-abcd1234/)
      assert.strictEqual(stderr, "")
    })
  )
  it.effect("exit 2 when the tests folder is wrong", () =>
    Effect.gen(function* () {
      const wrong = new RecipeError({ recipe: "custom-html", file: "/tests/custom-html/recipe.ts", field: "healthPth", seen: "unknown field" })
      const { code, stdout } = yield* cli(["run", "custom-html", ...site], { world: Layer.mock(Recipes, { load: () => Effect.fail(wrong) }) })
      assert.strictEqual(code, 2)
      assert.match(stdout, /the configuration is at fault.*recipe\.ts, field healthPth: unknown field/)
    })
  )
  it.effect("[6.3] a token in the source's URL is in nothing that is printed", () =>
    Effect.gen(function* () {
      const src = "https://me:t0ken%21x@example.org/x.git"
      const told = new RecipeError({ recipe: "custom-html", file: "f", field: "", seen: `cannot read ${src} (t0ken!x)` })
      const { stdout, stderr } = yield* cli(["run", "custom-html", "--src", src, ...site], { world: Layer.mock(Recipes, { load: () => Effect.fail(told) }) })
      assert.include(stdout, "cannot read https://me:[redacted]@example.org/x.git ([redacted])")
      assert.notInclude(stdout + stderr, "t0ken")
    })
  )
  it.effect("exit 3 and words when there is not even a directory to record the run in", () =>
    Effect.gen(function* () {
      const error = new RunStoreError({ attempted: "claim the run directory", path: "/runs/x", seen: "EROFS" })
      const { code, stderr } = yield* cli(["run", "custom-html", ...site], { world: Layer.mock(RunStore, { create: () => Effect.fail(error) }) })
      assert.strictEqual(code, 3)
      assert.match(stderr, /^ccci: Could not claim the run directory \/runs\/x: EROFS/)
    })
  )
  it.effect("LIFE-1, LIFE-2: guards are the first thing; a parent that is gone: nothing else happens", () =>
    Effect.gen(function* () {
      const created = yield* Ref.make(0)
      const world = Layer.mergeAll(
        Layer.succeed(Guards, { install: () => Effect.fail(new ParentGone({ expected: "17", seen: 1 })) }),
        Layer.mock(RunStore, {
          create: () =>
            Effect.andThen(
              Ref.update(created, (count) => count + 1),
              Effect.never
            )
        }),
        Layer.mock(Abra, { implementation: "embedded", version: "0" })
      )
      const { code, stderr } = yield* cli(["run", "custom-html", ...site], { world })
      assert.deepStrictEqual([code, yield* Ref.get(created)], [3, 0])
      assert.match(stderr, /Refusing to start/)
    })
  )
  it.effect("LIFE-4: the watchdog's budget is work and teardown together", () =>
    Effect.gen(function* () {
      const budget = yield* Ref.make("")
      const world = Layer.mergeAll(
        Layer.succeed(Guards, { install: (duration) => Ref.set(budget, String(duration)) }),
        Layer.mock(Recipes, { load: () => Effect.succeed(loaded()) })
      )
      yield* cli(["run", "custom-html", ...site, "--set", "limits.work=5m", "--set", "limits.teardown=90s"], { world })
      assert.strictEqual(yield* Ref.get(budget), "390000 millis")
    })
  )
  it.effect.each([
    ["SIGTERM", 143],
    ["SIGINT", 130],
    ["SIGHUP", 129]
  ] as const)("LIFE-3: %s: exit code of the cause, and the results are written all the same", ([stop, expected]) =>
    Effect.gen(function* () {
      const { code, stdout } = yield* cli(["run", "custom-html", ...site], { stop, world: Layer.mock(Recipes, { load: () => Effect.never }) })
      assert.strictEqual(code, expected)
      assert.match(stdout, new RegExp(`Not judged. Stopped by ${stop}`))
    })
  )
  it.effect("CCCI_QUICK is no quick lane in secret: it is said that the run is a full one", () =>
    Effect.gen(function* () {
      const { stdout, stderr } = yield* cli(["run", "custom-html", ...site, "--json"], {
        env: { CCCI_QUICK: "1" },
        world: Layer.mock(Recipes, { load: () => Effect.succeed(loaded()) })
      })
      assert.strictEqual(stdout, "")
      assert.match(stderr, /level +0 of 4/)
    })
  )
})

describe("ccci janitor: its exit code says what it could not do (JAN-7)", () => {
  const one = (outcome: JanitorCandidate["outcome"]): JanitorCandidate => ({ domain, outcome, detail: "", residue: [] })
  it.each<readonly [ReadonlyArray<JanitorCandidate["outcome"]>, ReadonlyArray<string>, StopCause | undefined, number]>([
    [[], [], undefined, 0],
    [["held", "reaped", "wouldReap", "left"], [], undefined, 0],
    [["reaped"], ["could not list volumes"], undefined, 3],
    [["reaped", "failed"], ["w"], undefined, 4],
    [["reaped"], ["w"], "SIGTERM", 143],
    [["failed"], [], "SIGTERM", 4]
  ])("%j, warnings %j, stop %s: exit %i", (outcomes, warnings, stop, expected) => {
    assert.strictEqual(janitorExitCode({ candidates: outcomes.map(one), warnings, prunedRuns: [] }, Option.fromUndefinedOr(stop)), expected)
  })
  it.effect("an engine that does not answer: exit 3, and what could not be looked at is said; no gateway is needed", () =>
    Effect.gen(function* () {
      const { code, stdout, asked } = yield* cli(["janitor", "--dry-run"])
      assert.deepStrictEqual([code, asked[0]?.purpose], [3, "janitor"])
      assert.match(stdout, /Nothing to reap[\s\S]*warning +Docker engine: could not list: connect ENOENT/)
    })
  )
  it.effect("--json prints the report and nothing else", () =>
    Effect.gen(function* () {
      const { stdout } = yield* cli(["janitor", "--dry-run", "--json"])
      assert.deepInclude(JSON.parse(stdout), { candidates: [], prunedRuns: [] })
    })
  )
  it("what is wrong stands last, with what remains", () => {
    const failed: JanitorCandidate = { ...one("failed"), detail: "in use", residue: [{ kind: "volume", name: "v" }] }
    const lines = janitorLines({ candidates: [failed, one("reaped")], warnings: ["w"], prunedRuns: ["a", "b"] }).map(({ text }) => text)
    assert.deepStrictEqual(lines, [
      `reaped      ${domain}`,
      "pruned      2 old run directories",
      "warning     w",
      `FAILED      ${domain}: in use`,
      "            volume v"
    ])
  })
})

describe("ccci locks", () => {
  const holders = [
    { path: "/run/lock/cc-ci-app-cust-1a2b3c.ci.example.org.lock", pid: Option.some(17), command: Option.some("node \u001b[2J"), since: 0 },
    { path: "/run/lock/other.lock", pid: Option.none(), command: Option.none(), since: 60_000 }
  ]
  it("a line each: domain, for how long, who; control characters are shown", () => {
    const [first, second] = lockLines(holders, 90_000).map(({ text }) => text)
    assert.match(first ?? "", /^cust-1a2b3c\.ci\.example\.org +for 1 min 30 s +pid 17 {2}node \\x1b\[2J$/)
    assert.match(second ?? "", /^other\.lock +for 30\.0 s +a process that is not seen from here$/)
  })
  it.effect("--json", () =>
    Effect.gen(function* () {
      const { code, stdout } = yield* cli(["locks", "--json"], { world: Layer.mock(Lock, { holders: () => Effect.succeed(holders) }) })
      assert.strictEqual(code, 0)
      assert.deepStrictEqual(JSON.parse(stdout)[1], {
        domain: "other.lock",
        path: "/run/lock/other.lock",
        pid: null,
        command: null,
        since: "1970-01-01T00:01:00.000Z"
      })
    })
  )
})

describe("ccci recipe (spec 04)", () => {
  const tests = ["--tests-dir", "/tests"]
  it.effect("check says what there is", () =>
    Effect.gen(function* () {
      const functional = [
        { name: "functional/login.ts", file: "/tests/custom-html/functional/login.ts", kind: "typescript", requires: ["deps"], origin: "site" }
      ] as const
      const recipe = loaded({ folder: Option.some("/tests/custom-html"), definition: { healthPath: "/" }, functional })
      const { code, stdout } = yield* cli(["recipe", "check", "custom-html", ...tests], { world: Layer.mock(Recipes, { load: () => Effect.succeed(recipe) }) })
      assert.strictEqual(code, 0)
      for (const part of [/nothing is wrong in \/tests\/custom-html/, /sets healthPath/, /functional +1 test/, /functional\/login\.ts \(requires deps\)/])
        assert.match(stdout, part)
    })
  )
  it.effect("check names the file and the field, exit 2", () =>
    Effect.gen(function* () {
      const wrong = new RecipeError({ recipe: "custom-html", file: "/tests/custom-html/recipe.ts", field: "deps", seen: "expected a list" })
      const { code, stderr } = yield* cli(["recipe", "check", "custom-html", ...tests], { world: Layer.mock(Recipes, { load: () => Effect.fail(wrong) }) })
      assert.deepStrictEqual([code, stderr], [2, "ccci: Recipe custom-html: /tests/custom-html/recipe.ts, field deps: expected a list"])
    })
  )
  it.effect("LIFE-3: a stop ends a check that hangs in a module", () =>
    Effect.gen(function* () {
      const { code } = yield* cli(["recipe", "check", "custom-html", ...tests], { stop: "SIGINT", world: Layer.mock(Recipes, { load: () => Effect.never }) })
      assert.strictEqual(code, 130)
    })
  )
  const writing = Effect.fnUntraced(function* (existing: boolean) {
    const written = yield* Ref.make<ReadonlyArray<string>>([])
    const world = Layer.mock(Files, {
      makeDirectory: () => Effect.void,
      makeDirectoryExclusive: (path) => (existing ? Effect.fail(new FilesError({ attempted: "make", path, code: "EEXIST" })) : Effect.void),
      writeAtomic: (path) => Ref.update(written, (before) => [...before, path])
    })
    const { code, stdout, stderr } = yield* cli(["recipe", "new", "custom-html", ...tests], { world })
    return { code, stdout, stderr, written: yield* Ref.get(written) }
  })
  it.effect("new writes a folder to begin with", () =>
    Effect.gen(function* () {
      const { code, stdout, written } = yield* writing(false)
      assert.strictEqual(code, 0)
      assert.deepStrictEqual(written, ["/tests/custom-html/recipe.ts", "/tests/custom-html/ops.ts", "/tests/custom-html/functional/front-page.ts"])
      assert.match(stdout, /ccci recipe check custom-html/)
    })
  )
  it.effect("new never touches a folder that is there", () =>
    Effect.gen(function* () {
      const { code, stderr, written } = yield* writing(true)
      assert.deepStrictEqual([code, written], [2, []])
      assert.match(stderr, /\/tests\/custom-html: it is there already, and was not touched/)
    })
  )
  it.effect("new without a tests folder says how to set one", () =>
    Effect.gen(function* () {
      const { code, stderr } = yield* cli(["recipe", "new", "custom-html"])
      assert.strictEqual(code, 2)
      assert.match(stderr, /CCCI_TESTS_DIR/)
    })
  )
})
