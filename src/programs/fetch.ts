/** The run's own trees (RUN-2 to RUN-5): an abra directory of its own, the recipe fetched into it, and the way back to its head. */
import { Effect, Option } from "effect"
import type { RecipeName } from "../model/names.ts"
import { Files } from "../services/Files.ts"
import { Git } from "../services/Git.ts"
import { Recipes } from "../services/Recipes.ts"
import type { RunDirectory } from "../services/RunStore.ts"
import { Settings } from "../services/Settings.ts"
import type { Source } from "./app.ts"
import { Failed } from "./failed.ts"
import type { RunRequest } from "./types.ts"

const configuration = (headline: string, hint: string) => new Failed({ class: "configuration", headline, hint, evidence: [] })

/** RUN-2: `servers/` and `catalogue/` are the canonical ones, `recipes/` is the run's own. */
export const makeAbraDir = Effect.fn("makeAbraDir")(function* (directory: RunDirectory) {
  const files = yield* Files
  const { abraDir, server } = yield* Settings
  const servers = yield* files.stat(`${abraDir}/servers/${server}`)
  if (Option.isNone(servers)) {
    return yield* configuration(
      `abra's directory ${abraDir} has no servers/${server}`,
      "CI runners change HOME: set ABRA_DIR (or the setting abraDir) to the directory that holds servers/, or make it: abra server add, or mkdir -p."
    )
  }
  yield* files.makeDirectory(`${directory.abraDir}/recipes`)
  yield* files.symlink(`${abraDir}/servers`, `${directory.abraDir}/servers`)
  if (Option.isSome(yield* files.stat(`${abraDir}/catalogue`))) yield* files.symlink(`${abraDir}/catalogue`, `${directory.abraDir}/catalogue`)
})

/** Where a recipe comes from without `--src`: the setting `recipeSource`, else what abra has staged. */
export const recipeSource = Effect.fn("recipeSource")(function* (recipe: RecipeName) {
  const files = yield* Files
  const { abraDir, recipeSource: template } = yield* Settings
  if (Option.isSome(template)) return Option.some(template.value.replaceAll("{recipe}", recipe))
  const staged = `${abraDir}/recipes/${recipe}`
  return Option.isSome(yield* files.stat(staged)) ? Option.some(staged) : Option.none<string>()
})

const isLocal = (source: string): boolean => source.startsWith("/")

/** RUN-3: fetches the recipe at the wanted ref, and remembers what its head is (RUN-4) and which tests it ships. */
export const fetchRecipe = Effect.fn("fetchRecipe")(function* (request: RunRequest, directory: RunDirectory) {
  const git = yield* Git
  const { abraDir } = yield* Settings
  const checkout = `${directory.abraDir}/recipes/${request.recipe}`
  const own = yield* recipeSource(request.recipe)
  const ref = Option.orElse(request.ref, () => Option.map(request.pr, (number) => `refs/pull/${number}/head`))

  if (request.skipFetch) return yield* takeFolder(request, directory, `${abraDir}/recipes/${request.recipe}`, own)
  const source = Option.orElse(request.src, () => own)
  if (Option.isNone(source)) {
    return yield* configuration(
      `No source for the recipe ${request.recipe}: neither --src nor the setting recipeSource is given, and ${abraDir}/recipes/${request.recipe} does not exist`,
      "Give --src with a folder or git URL, or set recipeSource to a folder or URL with {recipe} in it."
    )
  }
  if (isLocal(source.value) && Option.isNone(ref)) return yield* takeFolder(request, directory, source.value, own)
  yield* git.clone(
    Option.getOrElse(own, () => source.value),
    checkout
  )
  if (Option.isSome(ref) || Option.isSome(request.src)) {
    const commit = yield* git.fetch(
      checkout,
      source.value,
      Option.getOrElse(ref, () => "HEAD")
    )
    yield* git.checkout(checkout, commit)
  }
  return yield* remember(request, directory, checkout, Option.none())
})

/**
 * A local folder: its commits by a clone, which never writes into it (its `.git` may be another repository's, as in a worktree), and, where it is dirty, a copy
 * of its work tree, which is laid over the clone whenever the head is wanted.
 */
const takeFolder = Effect.fnUntraced(function* (request: RunRequest, directory: RunDirectory, folder: string, own: Option.Option<string>) {
  const files = yield* Files
  const git = yield* Git
  if (Option.isNone(yield* files.stat(`${folder}/.git`))) {
    return yield* configuration(`${folder} is no git repository`, "Give --src with the recipe's repository: a folder with a .git in it, or a git URL.")
  }
  const checkout = `${directory.abraDir}/recipes/${request.recipe}`
  yield* git.clone(folder, checkout)
  if (Option.isSome(own) && own.value !== folder) yield* git.fetchTags(checkout, own.value)
  if ((yield* git.status(folder)).length === 0) return yield* remember(request, directory, checkout, Option.none())
  const dirtyTree = `${directory.abraDir}/head`
  yield* files.copyTree(folder, dirtyTree)
  yield* files.remove(`${dirtyTree}/.git`)
  return yield* remember(request, directory, checkout, Option.some(dirtyTree))
})

const remember = Effect.fnUntraced(function* (request: RunRequest, directory: RunDirectory, checkout: string, dirtyTree: Option.Option<string>) {
  const files = yield* Files
  const git = yield* Git
  const recipes = yield* Recipes
  const head = yield* git.head(checkout)
  const shipped = `${Option.getOrElse(dirtyTree, () => checkout)}/ccci`
  const snapshot = `${directory.abraDir}/tests`
  if (Option.isSome(yield* files.stat(shipped))) yield* files.copyTree(shipped, snapshot)
  const tests = yield* recipes.tests(request.recipe, `${snapshot}/functional`, "recipe").pipe(
    // The site did not write them: what is wrong with them is the recipe's.
    Effect.mapError((error) => new Failed({ class: "recipe", headline: error.message, hint: "Mend the recipe's own tests, in ccci/functional.", evidence: [] }))
  )
  return { checkout, head, dirtyTree, tests } satisfies Source
})

/** RUN-5: back to the head, by force: an untracked overlay may be a tracked file there. */
export const checkoutHead = Effect.fn("checkoutHead")(function* (source: Source) {
  const files = yield* Files
  const git = yield* Git
  yield* git.checkout(source.checkout, source.head)
  if (Option.isNone(source.dirtyTree)) return
  const tree = source.dirtyTree.value
  const tracked = (yield* files.list(source.checkout)).filter((name) => name !== ".git")
  yield* Effect.forEach(tracked, (name) => files.remove(`${source.checkout}/${name}`), { discard: true })
  yield* Effect.forEach(yield* files.list(tree), (name) => files.copyTree(`${tree}/${name}`, `${source.checkout}/${name}`), { discard: true })
})
