/** `ccci recipe check <recipe>`: everything that can be wrong with a tests folder, without a swarm (spec 04). */
import { Effect, Option } from "effect"
import { Command } from "effect/cli"
import { counted } from "../../programs/words.ts"
import { Backend } from "../../services/Backend.ts"
import type { LoadedRecipe } from "../../services/Recipes.ts"
import { Recipes } from "../../services/Recipes.ts"
import { Settings } from "../../services/Settings.ts"
import { failing, stoppable, usage } from "../ending.ts"
import { printLines } from "../print.ts"
import { recipeArgument } from "../runFlags.ts"
import { settingsFlags, settingsOptions } from "../settingsFlags.ts"

/** What the folder holds, a line each. */
export const checkLines = (
  { name, folder, overlay, installSteps, setupCustomTests, ops, functional, definition }: LoadedRecipe,
  testsDir: Option.Option<string>
) => {
  const plain = (text: string) => ({ tone: "plain" as const, text })
  if (Option.isNone(folder)) {
    const where = Option.match(testsDir, {
      onNone: () => "no tests folder is set (--tests-dir, CCCI_TESTS_DIR)",
      onSome: (path) => `${path} has no folder ${name}`
    })
    return [{ tone: "good" as const, text: `${name}: nothing is wrong. It is tested generically, with the defaults: ${where}.` }]
  }
  const file = (title: string, path: Option.Option<string>) => (Option.isNone(path) ? [] : [plain(`  ${title.padEnd(22)} ${path.value}`)])
  const fields = Object.keys(definition)
  return [
    { tone: "good" as const, text: `${name}: nothing is wrong in ${folder.value}` },
    plain(`  ${"recipe.ts".padEnd(22)} ${fields.length === 0 ? "sets nothing" : `sets ${fields.join(", ")}`}`),
    ...file("compose.ccci.yml", overlay),
    ...file("install_steps.sh", installSteps),
    ...file("setup_custom_tests.sh", setupCustomTests),
    ...(Option.isNone(ops) ? [] : [plain(`  ${"ops.ts".padEnd(22)} ${ops.value.functions.length === 0 ? "no hooks" : ops.value.functions.join(", ")}`)]),
    plain(`  ${"functional".padEnd(22)} ${functional.length === 0 ? "no tests" : counted(functional.length, "test")}`),
    ...functional.map((test) => plain(`    ${test.name}${test.requires.length === 0 ? "" : ` (requires ${test.requires.join(", ")})`}`))
  ]
}

export const check = Command.make(
  "check",
  { recipe: recipeArgument, settings: settingsFlags },
  Effect.fnUntraced(function* ({ recipe, settings }) {
    const backend = yield* Backend
    const world = backend.world({ ...settingsOptions(settings), purpose: "look", progress: "silent" })
    yield* Effect.gen(function* () {
      const recipes = yield* Recipes
      const { testsDir } = yield* Settings
      yield* printLines(checkLines(yield* recipes.load(recipe), testsDir))
    }).pipe(stoppable, Effect.provide(world), Effect.catchTags({ SettingsError: failing(usage), RecipeError: failing(usage) }))
  })
).pipe(
  Command.withDescription("Load a recipe's tests folder and say what is wrong with it: unknown fields, wrong types, missing files. Needs no swarm."),
  Command.withShortDescription("Check a recipe's tests, without a swarm"),
  Command.withExamples([{ command: "ccci recipe check custom-html --tests-dir tests", description: "Check one folder" }])
)
