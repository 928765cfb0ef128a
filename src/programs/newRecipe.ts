/** A tests folder to begin with (spec 04): small, whole, and green as it is for an app that answers at `/`. */
import { Effect, Option } from "effect"
import type { RecipeName } from "../model/names.ts"
import { Files } from "../services/Files.ts"
import { RecipeError } from "../services/Recipes.ts"
import { Settings } from "../services/Settings.ts"

const definition = `import type { RecipeDefinition } from "ccci/recipe"

export default {
  // Where the app answers, and with what.
  healthPath: "/",
  healthOk: [200, 301, 302]
  // What a stateless app cannot show; the reason is said in every result:
  // expectedNa: { backup_restore: "it keeps no data" }
} satisfies RecipeDefinition
`

const ops = `import type { Hook } from "ccci/recipe"

/** Called once the app is installed and answers. The others: preInstall, and pre and post of Upgrade, Backup, Restore. */
export const postInstall: Hook = async ({ domain, log }) => log(\`\${domain} is installed\`)

/*
 * A data canary: what "read" returns must survive the upgrade, and after "damage" come back by the restore. Write what your users would miss, where
 * the app keeps it (a volume that is backed up), through the app's own interface if you can.
 *
 * import type { Canary, HookContext } from "ccci/recipe"
 *
 * const shell = async ({ exec }: HookContext, command: string): Promise<string> => {
 *   const { exitCode, stdout, stderr } = await exec("app", ["sh", "-c", command])
 *   if (exitCode !== 0) throw new Error(stderr)
 *   return stdout.trim()
 * }
 *
 * export const canary: Canary = {
 *   write: async (context) => void (await shell(context, "echo written > /data/canary")),
 *   damage: async (context) => void (await shell(context, "echo damaged > /data/canary")),
 *   read: (context) => shell(context, "cat /data/canary")
 * }
 */
`

const test = `import type { HookContext } from "ccci/recipe"

/** The front page is there, and says something. */
export default async ({ http, log }: HookContext): Promise<void> => {
  const { status, body } = await http("/")
  log(\`\${status}, \${body.length} characters\`)
  if (status >= 400) throw new Error(\`GET / answered \${status}\`)
}
`

const skeleton: ReadonlyArray<readonly [name: string, text: string]> = [
  ["recipe.ts", definition],
  ["ops.ts", ops],
  ["functional/front-page.ts", test]
]

/** Writes `<tests dir>/<recipe>/`, whole or not at all seen by others: the folder must not be there. */
export const newRecipe = Effect.fn("newRecipe")(function* (recipe: RecipeName) {
  const { testsDir } = yield* Settings
  const files = yield* Files
  if (Option.isNone(testsDir)) {
    return yield* new RecipeError({
      recipe,
      file: "its tests folder",
      field: "",
      seen: "no tests folder is set: give --tests-dir, or CCCI_TESTS_DIR, or testsDir in ccci.config.json"
    })
  }
  const folder = `${testsDir.value}/${recipe}`
  yield* files.makeDirectory(testsDir.value)
  yield* files.makeDirectoryExclusive(folder).pipe(
    Effect.catchIf(
      (error) => error.code === "EEXIST",
      () => Effect.fail(new RecipeError({ recipe, file: folder, field: "", seen: "it is there already, and was not touched" }))
    )
  )
  yield* files.makeDirectory(`${folder}/functional`)
  yield* Effect.forEach(skeleton, ([name, text]) => files.writeAtomic(`${folder}/${name}`, text), { discard: true })
  return { folder, files: skeleton.map(([name]) => name) }
})
