/**
 * The functional tests of a folder: TypeScript with a default export, and executables. What looks like a test and cannot run is never left out silently: in a
 * site's folder it is an error; of those that a recipe brings it is a test all the same, which fails when it is to run, beside the others.
 */
import { Effect, Option } from "effect"
import type { RecipeName } from "../../model/names.ts"
import type { Files } from "../../services/Files.ts"
import type { Modules } from "../../services/Modules.ts"
import { RecipeError, type FunctionalTestFile } from "../../services/Recipes.ts"

/** What a test may say that it requires. */
const requirements: ReadonlySet<string> = new Set(["deps"])
/** Lines at the top of an executable in which it may say so. */
const headLines = 20
/** A bigger file is no script: it says nothing of itself. */
const scriptLimit = 1024 * 1024
/** Files that are looked at side by side. */
const atOnce = 4

const requirementsOf = (text: string): ReadonlyArray<string> =>
  text
    .split("\n", headLines)
    .flatMap((line) => /^\s*(?:#|\/\/)\s*ccci:\s*requires\s+(.+)$/.exec(line)?.[1]?.split(/[\s,]+/) ?? [])
    .filter((word) => word !== "")

export const functionalTests = (files: Files["Service"], modules: Modules["Service"]) =>
  Effect.fn("Recipes.tests")(function* (recipe: RecipeName, folder: string, origin: FunctionalTestFile["origin"]) {
    const wrong = (file: string, field: string, seen: string) => new RecipeError({ recipe, file, field, seen })
    const unreadable = (error: { readonly message: string }) => wrong(folder, "", error.message)
    const prefix = origin === "site" ? "functional" : "ccci/functional"

    const describe = Effect.fnUntraced(function* (file: string) {
      const { functions, requires } = yield* modules.describe(file).pipe(Effect.mapError((error) => wrong(file, "", error.seen)))
      if (!functions.includes("default"))
        return yield* wrong(file, "default", "a test is a function, the file's default export (helpers belong beside the folder)")
      return requires
    })
    const typescript = (file: string) => (origin === "site" ? describe(file) : Effect.orElseSucceed(describe(file), () => []))

    /** None for what is no test: a picture, a note. */
    const executable = Effect.fnUntraced(function* (file: string, mode: number, size: number) {
      const text = size > scriptLimit ? "" : yield* files.readText(file, scriptLimit).pipe(Effect.mapError(unreadable))
      if ((mode & 0o111) !== 0) return Option.some(requirementsOf(text))
      if (!text.startsWith("#!")) return Option.none()
      return origin === "site" ? yield* wrong(file, "", "it is a script, but not executable: chmod +x") : Option.some(requirementsOf(text))
    })

    const names = yield* files.list(folder).pipe(
      Effect.catchIf(
        (error) => error.code === "ENOENT",
        () => Effect.succeed<ReadonlyArray<string>>([])
      ),
      Effect.mapError(unreadable)
    )
    const look = Effect.fnUntraced(function* (name: string) {
      const file = `${folder}/${name}`
      const stat = yield* Effect.flatMap(files.realPath(file), files.stat).pipe(Effect.mapError(unreadable))
      if (name.startsWith(".") || name.endsWith(".d.ts") || Option.isNone(stat) || stat.value.kind !== "file") return []
      const kind = /\.m?ts$/.test(name) ? "typescript" : "executable"
      const requires = kind === "typescript" ? Option.some(yield* typescript(file)) : yield* executable(file, stat.value.mode, stat.value.size)
      if (Option.isNone(requires)) return []
      const unknown = requires.value.find((requirement) => !requirements.has(requirement))
      if (unknown !== undefined)
        return yield* wrong(file, "requires", `${unknown} is nothing that a test can require; it can require ${[...requirements].join(", ")}`)
      return [{ name: `${prefix}/${name}`, file, kind, requires: requires.value, origin } satisfies FunctionalTestFile]
    })
    // Side by side, since each may start a child; what is said of several that are wrong is about the first by name.
    const looks = yield* Effect.forEach(names, (name) => Effect.result(look(name)), { concurrency: atOnce })
    return (yield* Effect.forEach(looks, Effect.fromResult)).flat()
  })
