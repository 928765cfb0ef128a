/** The example recipes as git repositories: each folder below `examples/recipes/<recipe>` is one commit, laid over the one before it. */
import { cpSync, existsSync, mkdirSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { ExampleError, call, examplesDirectory } from "./examples.ts"

/** A recipe's repository: its work tree, with the head checked out on `main`. */
export interface RecipeRepository {
  readonly recipe: string
  readonly directory: string
}

/** Nothing of the machine's git configuration, and one author: the same sources give the same commits everywhere. */
const environment = (hour: number) => {
  const date = `2024-01-01T${String(hour).padStart(2, "0")}:00:00Z`
  return {
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_AUTHOR_NAME: "Recipe Author",
    GIT_AUTHOR_EMAIL: "author@example.org",
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: "Recipe Author",
    GIT_COMMITTER_EMAIL: "author@example.org",
    GIT_COMMITTER_DATE: date
  }
}

/** Were this called from a git hook, these would make git work on the caller's repository. */
const elsewhere = ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"].flatMap((name) => ["-u", name])

const byVersion = (left: string, right: string) => (left === "head" ? 1 : right === "head" ? -1 : left.localeCompare(right, "en", { numeric: true }))

/** Makes the repository of one recipe below `target`: an annotated tag for each published version, the head on `main` and on two pull requests' refs. */
const makeRepository = Effect.fn("examples.makeRepository")(function* (sources: string, recipe: string, target: string) {
  const directory = join(target, recipe)
  const attempted = `making the repository of ${recipe}`
  if (existsSync(directory)) return yield* new ExampleError({ attempted, seen: `${directory} exists already` })
  const layers = readdirSync(join(sources, recipe)).sort(byVersion)
  const git = (hour: number, ...args: ReadonlyArray<string>) =>
    call({
      command: "env",
      args: [...elsewhere, "git", "-C", directory, "-c", "core.autocrlf=false", ...args],
      attempted,
      env: environment(hour),
      limit: "1 minute"
    })
  mkdirSync(directory, { recursive: true })
  yield* git(0, "init", "--quiet", "--initial-branch=main", "--template=")
  for (const [hour, layer] of layers.entries()) {
    cpSync(join(sources, recipe, layer), directory, { recursive: true })
    yield* git(hour, "add", "--all", "--force")
    yield* git(hour, "commit", "--quiet", "--message", layer === "head" ? "The next version" : `Version ${layer}`)
    if (layer !== "head") yield* git(hour, "tag", "--annotate", "--message", `Version ${layer}`, layer)
  }
  yield* git(0, "update-ref", "refs/pull/1/head", "HEAD")
  yield* git(0, "update-ref", "refs/pull/2/head", "HEAD")
  return { recipe, directory } satisfies RecipeRepository
})

/** Makes the repositories of all example recipes below `target`, where none of them may exist yet. */
export const makeRecipeRepositories = Effect.fn("examples.makeRecipeRepositories")(function* (target: string) {
  const sources = join(yield* examplesDirectory, "recipes")
  return yield* Effect.forEach(readdirSync(sources).sort(), (recipe) => makeRepository(sources, recipe, target))
})
