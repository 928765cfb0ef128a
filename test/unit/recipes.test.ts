import { assert, describe } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import { layer as recipesLayer } from "../../src/layers/common/Recipes.ts"
import { layer as filesLayer } from "../../src/layers/live/Files.ts"
import { RecipeName } from "../../src/model/names.ts"
import { Files } from "../../src/services/Files.ts"
import { ModuleError, Modules } from "../../src/services/Modules.ts"
import { Recipes } from "../../src/services/Recipes.ts"
import { Settings } from "../../src/services/Settings.ts"
import { errorOf, lawsOf } from "../support/contract.ts"
import { testSettings } from "../support/settings.ts"
import { layerWorkspace } from "../support/temporary.ts"
import { Workspace } from "../support/workspace.ts"

const name = RecipeName.make("blog")
const context = { domain: "blog-1a2b3c.ci.example.org", stack: "blog-1a2b3c_ci_example_org", recipe: "blog", baseUrl: "https://blog-1a2b3c.ci.example.org" }

/** What the modules of a test export, by file name: `recipe.ts` as values, others as names of functions. */
type Exports = Readonly<
  Record<
    string,
    { readonly exports?: Readonly<Record<string, unknown>>; readonly functions?: ReadonlyArray<string>; readonly requires?: ReadonlyArray<string> }
  >
>

const modulesOf = (modules: Exports) => {
  const find = (file: string) => modules[file.slice(file.lastIndexOf("/") + 1)]
  return Modules.of({
    load: (file) => Effect.fromNullishOr(find(file)?.exports).pipe(Effect.mapError(() => new ModuleError({ file, seen: "SyntaxError: here" }))),
    describe: (file) => Effect.succeed({ functions: find(file)?.functions ?? [], requires: find(file)?.requires ?? [] }),
    call: ({ file }) => Effect.fail(new ModuleError({ file, seen: "not in this test" }))
  })
}

/** Loads a folder that holds these files (a script's mode is 0755 unless it is named otherwise). */
const load = (texts: Readonly<Record<string, string>>, modules: Exports = {}, mode = 0o755) =>
  Effect.gen(function* () {
    const { path } = yield* Workspace
    const files = yield* Files
    const folder = `${path}/tests/blog`
    for (const [file, text] of Object.entries(texts)) {
      const target = `${folder}/${file}`
      yield* files.makeDirectory(target.slice(0, target.lastIndexOf("/")))
      yield* files.writeAtomic(target, text, text.startsWith("#!") ? mode : 0o644)
    }
    return yield* Effect.flatMap(Recipes, (recipes) => recipes.load(name)).pipe(
      Effect.provide(recipesLayer, { local: true }),
      Effect.provideService(Modules, modulesOf(modules)),
      Effect.provideService(Settings, testSettings(path))
    )
  })

const definition = (fields: unknown) => load({ "recipe.ts": "" }, { "recipe.ts": { exports: { default: fields } } })

describe("Recipes (spec 04)", () => {
  const law = lawsOf(Layer.merge(filesLayer, layerWorkspace))

  law(
    "a recipe without a folder is tested with the defaults",
    Effect.gen(function* () {
      const loaded = yield* load({})
      assert.deepStrictEqual([loaded.folder, loaded.definition, loaded.functional], [Option.none(), {}, []])
      assert.deepStrictEqual([yield* loaded.extraEnv(context), yield* loaded.readyProbes(context)], [{}, []])
    })
  )

  law(
    "a folder's files are found, and only they",
    Effect.gen(function* () {
      const loaded = yield* load(
        {
          "recipe.ts": "",
          "ops.ts": "",
          "compose.ccci.yml": "services: {}",
          "install_steps.sh": "#!/bin/sh",
          "setup_custom_tests.sh": "#!/bin/sh",
          "functional/login.ts": "",
          "functional/feed.sh": "#!/bin/sh\n# ccci: requires deps\n",
          "functional/types.d.ts": "",
          "functional/picture.json": "{}",
          "functional/.hidden": "#!/bin/sh"
        },
        {
          "recipe.ts": { exports: { default: { healthPath: "/up", expectedNa: { backup_restore: "no data" } } } },
          "ops.ts": { functions: ["preUpgrade", "canary.write", "canary.damage", "canary.read", "backupVerify"] },
          "login.ts": { functions: ["default"], requires: ["deps"] }
        }
      )
      const folder = Option.getOrThrow(loaded.folder)
      assert.deepStrictEqual(loaded.definition, { healthPath: "/up", expectedNa: { backup_restore: "no data" } })
      assert.deepStrictEqual(
        [loaded.overlay, loaded.installSteps, loaded.setupCustomTests],
        [Option.some(`${folder}/compose.ccci.yml`), Option.some(`${folder}/install_steps.sh`), Option.some(`${folder}/setup_custom_tests.sh`)]
      )
      assert.deepStrictEqual(loaded.functional, [
        { name: "functional/feed.sh", file: `${folder}/functional/feed.sh`, kind: "executable", requires: ["deps"], origin: "site" },
        { name: "functional/login.ts", file: `${folder}/functional/login.ts`, kind: "typescript", requires: ["deps"], origin: "site" }
      ])
    })
  )

  for (const [what, fields, field, seen] of [
    ["an unknown field", { healthPth: "/" }, "healthPth", "no such field"],
    ["an unknown rung", { expectedNa: { backup: "x" } }, "expectedNa.backup", "no such field"],
    ["an unknown field of a probe", { readyProbes: [{ kind: "tcp", port: 1, pth: "/" }] }, "readyProbes.0.pth", "no such field"],
    ["a wrong type", { deployTimeout: "900" }, "deployTimeout", "Expected"],
    ["a path without its slash", { healthPath: "up" }, "healthPath", "starts with /"],
    ["a status that is none", { healthOk: [20] }, "healthOk.0", "HTTP status"],
    ["no status at all", { healthOk: [] }, "healthOk", "at least one"],
    ["a time of nothing", { httpTimeout: 0 }, "httpTimeout", "seconds"],
    ["a reason without words", { expectedNa: { upgrade: "" } }, "expectedNa.upgrade", "words"],
    ["a variable of two lines", { extraEnv: { A: "1\n2" } }, "extraEnv.A", "one line"],
    ["a dependency that is no recipe", { deps: ["../x"] }, "deps.0", "recipe name"],
    ["no object", "x", "", "Expected"]
  ] as const) {
    law(
      `${what} is named with its file and field`,
      Effect.gen(function* () {
        const error = yield* errorOf(definition(fields))
        assert.strictEqual(error._tag, "RecipeError")
        if (error._tag !== "RecipeError") return
        assert.strictEqual(error.field, field)
        assert.include(error.message, seen)
        assert.match(error.message, /tests\/blog\/recipe\.ts/)
      })
    )
  }

  law(
    "fields that are functions are called with the context, and what they return is checked",
    Effect.gen(function* () {
      const loaded = yield* definition({
        extraEnv: ({ domain }: { domain: string }) => ({ URL: `https://${domain}` }),
        upgradeExtraEnv: () => ({ A: 1 }),
        readyProbes: () => {
          throw new Error("no probes today")
        }
      })
      assert.deepStrictEqual(yield* loaded.extraEnv(context), { URL: `https://${context.domain}` })
      const wrong = yield* errorOf(loaded.upgradeExtraEnv(context))
      assert.deepStrictEqual([wrong.field, wrong.file.endsWith("/recipe.ts")], ["upgradeExtraEnv.A", true])
      assert.include((yield* errorOf(loaded.readyProbes(context))).message, "no probes today")
    })
  )

  for (const [what, texts, modules, file, seen] of [
    ["a definition that does not load", { "recipe.ts": "" }, {}, "recipe.ts", "SyntaxError"],
    ["a definition that is not the default export", { "recipe.ts": "" }, { "recipe.ts": { exports: { definition: {} } } }, "recipe.ts", "default export"],
    ["a hook that is none", { "ops.ts": "" }, { "ops.ts": { functions: ["preInstal"] } }, "ops.ts", "preInstall"],
    ["half a canary", { "ops.ts": "" }, { "ops.ts": { functions: ["canary.write"] } }, "ops.ts", "write, damage and read"],
    [
      "backupVerify without its hook",
      { "recipe.ts": "" },
      { "recipe.ts": { exports: { default: { backupVerify: true } } } },
      "recipe.ts",
      "ops.ts must export"
    ],
    ["a test without a function", { "functional/a.ts": "" }, { "a.ts": { functions: ["helper"] } }, "functional/a.ts", "default export"],
    ["a requirement that is none", { "functional/a.sh": "#!/bin/sh\n# ccci: requires browser" }, {}, "functional/a.sh", "browser"],
    ["an overlay that is no YAML", { "compose.ccci.yml": "a: [" }, {}, "compose.ccci.yml", ""]
  ] as const) {
    law(
      `${what} is named`,
      Effect.gen(function* () {
        const error = yield* errorOf(load(texts, modules))
        assert.include(error.message, `tests/blog/${file}`)
        assert.include(error.message, seen)
      })
    )
  }

  for (const script of ["install_steps.sh", "setup_custom_tests.sh", "functional/a.sh"]) {
    law(
      `${script} that is not executable is said, not left out`,
      Effect.gen(function* () {
        assert.match((yield* errorOf(load({ [script]: "#!/bin/sh" }, {}, 0o644))).message, new RegExp(`${script}.*chmod`))
      })
    )
  }
})
