/** What a repository brings along never runs, and what belongs to others can still be read. */
import { assert, describe } from "@effect/vitest"
import { Effect, Layer } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import * as LiveGit from "../../src/layers/live/Git.ts"
import * as LiveProcesses from "../../src/layers/live/Processes.ts"
import { Git } from "../../src/services/Git.ts"
import { errorOf, lawsOf } from "../support/contract.ts"
import { git as plainGit, layerGitRepositories } from "../support/gitRepositories.ts"
import { layerPlainRedaction } from "../support/plainRedaction.ts"
import { Repositories } from "../support/repositories.ts"
import { layerWorkspace } from "../support/temporary.ts"
import { Workspace } from "../support/workspace.ts"

const layerGit = LiveGit.layer.pipe(Layer.provide(LiveProcesses.layer), Layer.provide(layerPlainRedaction))
const law = lawsOf(Layer.merge(layerGit, Layer.provideMerge(layerGitRepositories, layerWorkspace)))
const history = [{ files: { a: "a\n" } }, { files: { a: "b\n" }, branch: "main" }]

/** A script that leaves a file named `ran` in the workspace. */
const trap = (workspace: string, file: string) => {
  fs.mkdirSync(path.dirname(file), { recursive: true })
  fs.writeFileSync(file, `#!/bin/sh\ntouch ${workspace}/ran\n`, { mode: 0o755 })
  return file
}

const folderOfAnother = Effect.gen(function* () {
  const repositories = yield* Repositories
  const recipe = yield* repositories.make("recipe", history)
  if (process.getuid?.() !== 0) return recipe // Only root can give files away.
  for (const name of fs.readdirSync(recipe.source, { recursive: true, encoding: "utf8" })) fs.lchownSync(path.join(recipe.source, name), 65534, 65534)
  fs.lchownSync(recipe.source, 65534, 65534)
  return recipe
})

describe("Git, live", () => {
  law(
    "hooks and monitors of a checkout never run",
    Effect.gen(function* () {
      const git = yield* Git
      const repositories = yield* Repositories
      const { path: workspace } = yield* Workspace
      const recipe = yield* repositories.make("recipe", history)
      for (const hook of ["post-checkout", "reference-transaction", "post-index-change"]) trap(workspace, `${recipe.source}/.git/hooks/${hook}`)
      plainGit(recipe.source, "config", "core.fsmonitor", trap(workspace, `${recipe.source}/.git/monitor`))
      for (const commit of recipe.commits) yield* git.checkout(recipe.source, commit)
      assert.deepStrictEqual(yield* git.status(recipe.source), [])
      assert.notInclude(fs.readdirSync(workspace), "ran")
      plainGit(recipe.source, "status")
      assert.include(fs.readdirSync(workspace), "ran", "the trap works")
    })
  )

  law(
    "an ext:: transport is refused",
    Effect.gen(function* () {
      const git = yield* Git
      const { path: workspace } = yield* Workspace
      const error = yield* errorOf(git.clone(`ext::${trap(workspace, `${workspace}/transport`)}`, `${workspace}/clone`))
      assert.include(error.seen, "not allowed")
      assert.notInclude(fs.readdirSync(workspace), "ran")
    })
  )

  law(
    "a source that looks like an option is none",
    Effect.gen(function* () {
      const git = yield* Git
      const { path: workspace } = yield* Workspace
      const recipe = yield* folderOfAnother
      const option = `--upload-pack=touch ${workspace}/ran`
      for (const error of [yield* errorOf(git.clone(option, `${workspace}/clone`)), yield* errorOf(git.fetch(recipe.source, option, "main"))]) {
        assert.include(error.message, option)
      }
      assert.notInclude(fs.readdirSync(workspace), "ran")
    })
  )

  law(
    "RUN-3: a local folder of another user is cloned and fetched from",
    Effect.gen(function* () {
      const git = yield* Git
      const { path: workspace } = yield* Workspace
      const recipe = yield* folderOfAnother
      yield* git.clone(recipe.source, `${workspace}/clone`)
      assert.strictEqual(yield* git.fetch(`${workspace}/clone`, recipe.source, "main"), yield* git.head(recipe.source))
      assert.deepStrictEqual(yield* git.status(recipe.source), [])
    })
  )

  law(
    "an unreachable remote is told as such, without its password",
    Effect.gen(function* () {
      const git = yield* Git
      const { path: workspace } = yield* Workspace
      const error = yield* errorOf(git.clone("https://user:hunter2@localhost:1/recipe.git", `${workspace}/clone`))
      assert.strictEqual(error.reason, "unreachable")
      assert.include(error.message, "https://localhost:1/recipe.git")
      assert.notInclude(JSON.stringify(error), "hunter2")
    })
  )
})
