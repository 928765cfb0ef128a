/** `ccci recipe new <recipe>`: a tests folder to begin with. */
import { Effect } from "effect"
import { Command } from "effect/cli"
import { newRecipe } from "../../programs/newRecipe.ts"
import { Backend } from "../../services/Backend.ts"
import { failing, infrastructure, stoppable, usage } from "../ending.ts"
import { printLines } from "../print.ts"
import { recipeArgument } from "../runFlags.ts"
import { settingsFlags, settingsOptions } from "../settingsFlags.ts"

export const make = Command.make(
  "new",
  { recipe: recipeArgument, settings: settingsFlags },
  Effect.fnUntraced(function* ({ recipe, settings }) {
    const backend = yield* Backend
    const world = backend.world({ ...settingsOptions(settings), purpose: "look", progress: "silent" })
    yield* Effect.gen(function* () {
      const { folder, files } = yield* newRecipe(recipe)
      yield* printLines([
        { tone: "good", text: `Wrote ${folder}` },
        ...files.map((name) => ({ tone: "plain" as const, text: `  ${name}` })),
        { tone: "plain", text: `Next: ccci recipe check ${recipe}, then ccci run ${recipe}` }
      ])
    }).pipe(
      stoppable,
      Effect.provide(world),
      Effect.catchTags({ SettingsError: failing(usage), RecipeError: failing(usage), FilesError: failing(infrastructure) })
    )
  })
).pipe(
  Command.withDescription("Write a tests folder with a definition, a data canary and a first functional test. An existing folder is never touched."),
  Command.withShortDescription("Begin a recipe's tests"),
  Command.withExamples([{ command: "ccci recipe new custom-html --tests-dir tests", description: "Writes tests/custom-html/" }])
)
