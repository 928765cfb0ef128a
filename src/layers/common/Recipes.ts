/** A site's tests folders on files and modules: everything that can be wrong in one is said before anything is deployed (spec 04). */
import { Effect, Layer, Option, Result } from "effect"
import { parseYaml } from "../../model/composeTree.ts"
import type { RecipeName } from "../../model/names.ts"
import type { RecipeContext, RecipeDefinition } from "../../recipe.ts"
import { Files } from "../../services/Files.ts"
import { Modules } from "../../services/Modules.ts"
import { RecipeError, Recipes, type LoadedRecipe } from "../../services/Recipes.ts"
import { Settings } from "../../services/Settings.ts"
import { functionalTests } from "./functionalTests.ts"
import { checkDefinition, checkEnv, checkProbes, type Misfit } from "./recipeSchema.ts"

const hooks: ReadonlySet<string> = new Set([
  ...["Install", "Upgrade", "Backup", "Restore"].flatMap((operation) => [`pre${operation}`, `post${operation}`]),
  "backupVerify",
  "canary.write",
  "canary.damage",
  "canary.read"
])

/** A field that may be a function of the context: called, and what it returns checked. */
const valueOf =
  <A>(file: string, recipe: RecipeName, field: string, given: unknown, absent: A, check: (input: unknown) => Result.Result<A, Misfit>) =>
  (context: RecipeContext): Effect.Effect<A, RecipeError> => {
    const wrong = (where: string, seen: string) => new RecipeError({ recipe, file, field: where, seen })
    if (given === undefined) return Effect.succeed(absent)
    const returned = typeof given !== "function" ? Result.succeed(given) : Result.try((): unknown => Reflect.apply(given, undefined, [context]))
    if (Result.isFailure(returned)) return Effect.fail(wrong(field, `its function threw: ${String(returned.failure)}`))
    return Effect.fromResult(Result.mapError(check(returned.success), (misfit) => wrong(misfit.field, `its function returned something else: ${misfit.seen}`)))
  }

/** A definition and what is derived from it. */
const definitionOf = (recipe: RecipeName, file: string, definition: RecipeDefinition) => ({
  definition,
  extraEnv: valueOf(file, recipe, "extraEnv", definition.extraEnv, {}, checkEnv("extraEnv")),
  upgradeExtraEnv: valueOf(file, recipe, "upgradeExtraEnv", definition.upgradeExtraEnv, {}, checkEnv("upgradeExtraEnv")),
  readyProbes: valueOf(file, recipe, "readyProbes", definition.readyProbes, [], checkProbes("readyProbes"))
})

/** A recipe without a folder is tested generically, with the defaults. */
const generic = (recipe: RecipeName): LoadedRecipe => ({
  name: recipe,
  folder: Option.none(),
  ...definitionOf(recipe, "", {}),
  overlay: Option.none(),
  installSteps: Option.none(),
  setupCustomTests: Option.none(),
  ops: Option.none(),
  functional: []
})

export const layer = Layer.effect(
  Recipes,
  Effect.gen(function* () {
    const files = yield* Files
    const modules = yield* Modules
    const { testsDir } = yield* Settings

    const tests = functionalTests(files, modules)

    const load = Effect.fn("Recipes.load")(function* (recipe: RecipeName) {
      if (Option.isNone(testsDir)) return generic(recipe)
      const folder = `${testsDir.value}/${recipe}`
      const wrong = (file: string, field: string, seen: string) => new RecipeError({ recipe, file, field, seen })
      const unreadable = (error: { readonly message: string }) => wrong(folder, "", error.message)
      if (Option.isNone(yield* files.stat(folder).pipe(Effect.mapError(unreadable)))) return generic(recipe)

      /** The path of a file of the folder, if it is there. */
      const there = Effect.fnUntraced(function* (name: string) {
        const path = `${folder}/${name}`
        return Option.isSome(yield* files.stat(path).pipe(Effect.mapError(unreadable))) ? Option.some(path) : Option.none<string>()
      })

      const script = Effect.fnUntraced(function* (name: string) {
        const path = yield* there(name)
        if (Option.isNone(path)) return path
        const stat = yield* Effect.flatMap(files.realPath(path.value), files.stat).pipe(Effect.mapError(unreadable))
        if (Option.exists(stat, ({ kind, mode }) => kind === "file" && (mode & 0o111) !== 0)) return path
        return yield* wrong(path.value, "", "it is not executable: chmod +x")
      })

      const overlay = Effect.gen(function* () {
        const path = yield* there("compose.ccci.yml")
        if (Option.isNone(path)) return path
        const tree = parseYaml(yield* files.readText(path.value).pipe(Effect.mapError(unreadable)))
        return Result.isSuccess(tree) ? path : yield* wrong(path.value, "", tree.failure)
      })

      const definition = Effect.gen(function* () {
        const path = yield* there("recipe.ts")
        if (Option.isNone(path)) return definitionOf(recipe, `${folder}/recipe.ts`, {})
        const exported = yield* modules.load(path.value).pipe(Effect.mapError((error) => wrong(path.value, "", error.seen)))
        if (!Object.hasOwn(exported, "default")) return yield* wrong(path.value, "default", "the definition must be the default export")
        const checked = checkDefinition(exported["default"])
        if (Result.isFailure(checked)) return yield* wrong(path.value, checked.failure.field, checked.failure.seen)
        return definitionOf(recipe, path.value, checked.success)
      })

      const ops = Effect.gen(function* () {
        const path = yield* there("ops.ts")
        if (Option.isNone(path)) return Option.none()
        const file = path.value
        const { functions } = yield* modules.describe(file).pipe(Effect.mapError((error) => wrong(file, "", error.seen)))
        const unknown = functions.find((name) => !hooks.has(name))
        if (unknown !== undefined) return yield* wrong(file, unknown, `there is no such hook; the hooks are ${[...hooks].join(", ")}`)
        const canary = [...hooks].filter((name) => name.startsWith("canary."))
        const missing = canary.find((name) => !functions.includes(name))
        if (missing !== undefined && canary.some((name) => functions.includes(name)))
          return yield* wrong(file, missing, "a canary needs write, damage and read")
        return Option.some({ file, functions })
      })

      const loaded: LoadedRecipe = {
        name: recipe,
        folder: Option.some(folder),
        ...(yield* definition),
        overlay: yield* overlay,
        installSteps: yield* script("install_steps.sh"),
        setupCustomTests: yield* script("setup_custom_tests.sh"),
        ops: yield* ops,
        functional: yield* tests(recipe, `${folder}/functional`, "site")
      }
      if (loaded.definition.backupVerify === true && !Option.exists(loaded.ops, ({ functions }) => functions.includes("backupVerify"))) {
        return yield* wrong(`${folder}/recipe.ts`, "backupVerify", "ops.ts must export backupVerify")
      }
      return loaded
    })

    return Recipes.of({ load, tests })
  })
)
