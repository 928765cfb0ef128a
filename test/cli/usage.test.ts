import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Option, Ref } from "effect"
import { Command } from "effect/cli"
import { layer as environment } from "../../src/cli/environment.ts"
import { requestOf, runFlags } from "../../src/cli/runFlags.ts"
import { stages } from "../../src/model/stages.ts"
import { version } from "../../src/model/version.ts"
import type { RunRequest } from "../../src/programs/types.ts"
import { cli } from "../support/cli.ts"

const site = ["--base-domain", "ci.example.org", "--gateway", "127.0.0.1:8443"]

describe("spec 03: usage and configuration errors exit 2, and say what is wrong on standard error", () => {
  it.effect.each<readonly [string, ReadonlyArray<string>, RegExp]>([
    ["an unknown command", ["rnu"], /Unknown subcommand "rnu"/],
    ["an unknown flag", ["run", "custom-html", "--stage", "install"], /--stage/],
    ["no recipe", ["run"], /Missing required argument: recipe/],
    ["a recipe that is no name", ["run", "../etc"], /recipe name such as custom-html/],
    ["a ref that is an option", ["run", "custom-html", "--ref=--upload-pack=x"], /no leading dash/],
    ["a stage that there is not", ["run", "custom-html", "--stages", "install,reinstall"], /Expected some of install,upgrade,backup,restore,custom.*reinstall/],
    ["no stage at all", ["run", "custom-html", "--stages", ","], /Expected some of install/],
    ["a pull request that is no number", ["run", "custom-html", "--pr", "seven"], /seven/],
    ["pull request 0", ["run", "custom-html", "--pr", "0"], /number of a pull request/],
    ["an argument too many", ["locks", "now"], /now/]
  ])("%s", ([, args, words]) =>
    Effect.gen(function* () {
      const { code, stdout, stderr, asked } = yield* cli(args)
      assert.strictEqual(code, 2)
      assert.match(stderr, words)
      assert.strictEqual(stdout, "")
      assert.deepStrictEqual(asked, [], "nothing of the world is touched")
    })
  )
  it.effect("settings that are missing or wrong are told together", () =>
    Effect.gen(function* () {
      const { code, stderr } = yield* cli(["run", "custom-html", "--abra", "magic"])
      assert.strictEqual(code, 2)
      for (const part of [/baseDomain is not set/, /gateway is not set/, /abra is "magic" \(from --abra\)/]) assert.match(stderr, part)
    })
  )
  it.effect("a setting by --set that there is not", () =>
    Effect.gen(function* () {
      const { code, stderr } = yield* cli(["run", "custom-html", ...site, "--set", "limits.wrk=1h"])
      assert.strictEqual(code, 2)
      assert.match(stderr, /limits\.wrk is "1h" \(from --set limits\.wrk\).*did you mean limits\.work/)
    })
  )
})

describe("help and version are answers: standard output, exit 0", () => {
  it.effect("--version", () =>
    Effect.gen(function* () {
      const { code, stdout } = yield* cli(["--version"])
      assert.deepStrictEqual([code, stdout], [0, `ccci v${version}`])
    })
  )
  it.effect.each([
    ["--help"],
    ["run", "--help"],
    ["janitor", "--help"],
    ["locks", "--help"],
    ["recipe", "--help"],
    ["recipe", "check", "--help"],
    ["recipe", "new", "--help"],
    ["demo", "--help"],
    []
  ])("%j", (...args) =>
    Effect.gen(function* () {
      const words = args.filter((one) => typeof one === "string")
      const { code, stdout, stderr } = yield* cli(words)
      assert.strictEqual(code, 0)
      assert.match(stdout, /USAGE/)
      assert.strictEqual(stderr, "")
    })
  )
})

describe("[3.3] what a run is asked", () => {
  const ask = Effect.fnUntraced(function* (args: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}) {
    const seen = yield* Ref.make(Option.none<RunRequest>())
    const place = { cwd: "/work/site", home: "/home/me", stateHome: "", root: false }
    const command = Command.make("run", runFlags, (input) => Ref.set(seen, Option.some(requestOf(input, place))))
    yield* Command.runWith(command, { version: "0" })(args).pipe(
      Effect.provide(environment),
      Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnv({ env }))
    )
    return yield* Effect.fromOption(yield* Ref.get(seen))
  })
  it.effect("defaults: all stages, nothing else", () =>
    Effect.gen(function* () {
      const none = Option.none()
      assert.deepStrictEqual(yield* ask(["custom-html"]), {
        recipe: (yield* ask(["custom-html"])).recipe,
        stages,
        ref: none,
        pr: none,
        src: none,
        base: none,
        skipFetch: false
      })
    })
  )
  const env = { RECIPE: "miniflux", REF: "refs/pull/7/head", PR: "7", SRC: "https://example.org/miniflux.git", STAGES: "upgrade install", CCCI_SKIP_FETCH: "1" }
  it.effect("the environment names of spec 00", () =>
    Effect.gen(function* () {
      const { recipe, stages: chosen, ref, pr, src, skipFetch } = yield* ask([], env)
      assert.deepStrictEqual(
        [recipe, chosen, Option.getOrNull(ref), Option.getOrNull(pr), Option.getOrNull(src), skipFetch],
        ["miniflux", ["install", "upgrade"], "refs/pull/7/head", 7, "https://example.org/miniflux.git", true]
      )
    })
  )
  it.effect("flags go before the environment, and empty variables do not count", () =>
    Effect.gen(function* () {
      const { recipe, ref, pr, stages: chosen } = yield* ask(["static", "--ref", "main", "--pr", "8", "--stages", "custom"], env)
      assert.deepStrictEqual([recipe, Option.getOrNull(ref), Option.getOrNull(pr), chosen], ["static", "main", 8, ["custom"]])
      const empty = yield* ask(["static"], { REF: "", PR: "", SRC: "", STAGES: "", CCCI_SKIP_FETCH: "" })
      assert.deepStrictEqual([empty.ref, empty.pr, empty.src, empty.stages, empty.skipFetch], [Option.none(), Option.none(), Option.none(), stages, false])
    })
  )
  it.effect.each([
    ["./custom-html", "/work/site/custom-html"],
    ["~/custom-html", "/home/me/custom-html"],
    ["git@example.org:me/custom-html", "git@example.org:me/custom-html"],
    ["ssh://git@example.org/custom-html", "ssh://git@example.org/custom-html"]
  ] as const)("a folder as the source is found from where the command was called: %s", ([given, expected]) =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* ask(["custom-html", "--src", given])).src, Option.some(expected))
    })
  )
  it.effect("settings flags and --set reach the world, the flag of its own before --set", () =>
    Effect.gen(function* () {
      const { asked } = yield* cli(["run", "custom-html", ...site, "--set", "limits.work=5m", "--set", "gateway=wrong", "--config", "my.json", "--json"])
      assert.deepStrictEqual(asked, [
        {
          purpose: "run",
          progress: "json",
          config: Option.some("my.json"),
          flags: { baseDomain: "ci.example.org", gateway: "127.0.0.1:8443", "limits.work": "5m" }
        }
      ])
    })
  )
})
