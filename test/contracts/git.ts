/** The laws of {@link Git} (RUN-3, RUN-4, RUN-5, DEP-5). */
import { assert, describe } from "@effect/vitest"
import { Effect, Option } from "effect"
import type { Layer, Scope } from "effect"
import { CommitId } from "../../src/model/names.ts"
import { Files } from "../../src/services/Files.ts"
import { Git } from "../../src/services/Git.ts"
import { errorOf, lawsOf } from "../support/contract.ts"
import type { Repository, Step } from "../support/repositories.ts"
import { Repositories } from "../support/repositories.ts"
import { Workspace } from "../support/workspace.ts"

/** Two releases on main, a pull request that no branch has, and a commit that nothing leads to. */
const history: ReadonlyArray<Step> = [
  { files: { "compose.yml": "one\n", "abra.sh": "export A=1\n" }, tags: [{ name: "1.0.0+1.22", annotated: true }] },
  { files: { "compose.yml": "two\n", "added.yml": "new\n" }, branch: "main", tags: [{ name: "2.0.0+1.26", annotated: false }] },
  { files: { "compose.yml": "feature\n" }, branch: "feature/x" },
  { files: { "compose.yml": "pull\n" }, parent: 1, refs: ["refs/pull/7/head"] },
  { files: { "compose.yml": "lost\n" }, parent: 1 }
]
const missing = CommitId.make("1234567890".repeat(4))

const at = (repository: Repository, index: number) => repository.commits[index] ?? missing

/** The recipe's repository, and a clone of it. */
const cloned = Effect.gen(function* () {
  const git = yield* Git
  const repositories = yield* Repositories
  const { path } = yield* Workspace
  const recipe = yield* repositories.make("recipe", history)
  const directory = `${path}/clone`
  yield* git.clone(recipe.source, directory)
  return { git, recipe, directory, files: yield* Files, path }
})

export type GitWorld = Git | Files | Repositories | Workspace

export const gitContract = <E>(name: string, layer: Layer.Layer<GitWorld, E>) =>
  describe(`Git contract: ${name}`, () => {
    const law: <E2>(title: string, body: Effect.Effect<void, E2, GitWorld | Scope.Scope>) => void = lawsOf(layer)

    law(
      "RUN-3: a clone has the head checked out, clean, and all tags",
      Effect.gen(function* () {
        const { directory, files, git, recipe } = yield* cloned
        assert.strictEqual(yield* git.head(directory), at(recipe, 1))
        assert.strictEqual(yield* files.readText(`${directory}/compose.yml`), "two\n")
        assert.deepStrictEqual(yield* git.status(directory), [])
        assert.deepStrictEqual(yield* git.tags(directory), [
          { name: "1.0.0+1.22", commit: at(recipe, 0), annotated: true },
          { name: "2.0.0+1.26", commit: at(recipe, 1), annotated: false }
        ])
      })
    )

    law(
      "a source that is no repository is told as such, and leaves no directory",
      Effect.gen(function* () {
        const git = yield* Git
        const files = yield* Files
        const { path } = yield* Workspace
        yield* files.makeDirectory(`${path}/empty`)
        for (const source of [`${path}/none`, `${path}/empty`]) {
          const error = yield* errorOf(git.clone(source, `${path}/clone`))
          assert.strictEqual(error.reason, "notARepository")
          assert.include(error.message, source)
        }
        assert.isTrue(Option.isNone(yield* files.stat(`${path}/clone`)))
      })
    )

    law(
      "a folder inside a repository is none itself",
      Effect.gen(function* () {
        const { directory, files, git } = yield* cloned
        yield* files.makeDirectory(`${directory}/inner`)
        assert.strictEqual((yield* errorOf(git.head(`${directory}/inner`))).reason, "notARepository")
        assert.strictEqual((yield* errorOf(git.resolve(`${directory}/inner`, "main"))).reason, "notARepository")
      })
    )

    law(
      "RUN-3: fetch brings a branch, a tag, a pull request, and a commit that nothing leads to",
      Effect.gen(function* () {
        const { directory, git, recipe } = yield* cloned
        const wanted = [
          ["feature/x", 2],
          ["1.0.0+1.22", 0],
          ["refs/pull/7/head", 3],
          [at(recipe, 4), 4]
        ] as const
        for (const [ref, index] of wanted) assert.strictEqual(yield* git.fetch(directory, recipe.source, ref), at(recipe, index), ref)
        assert.strictEqual(yield* git.head(directory), at(recipe, 1), "a fetch checks nothing out")
        yield* git.checkout(directory, at(recipe, 4))
        assert.strictEqual(yield* git.head(directory), at(recipe, 4))
      })
    )

    law(
      "fetch tells a ref that is not there, and a source that is not there",
      Effect.gen(function* () {
        const { directory, git, path, recipe } = yield* cloned
        for (const ref of ["nope", "refs/pull/8/head", missing, "main:refs/heads/evil"]) {
          assert.strictEqual((yield* errorOf(git.fetch(directory, recipe.source, ref))).reason, "missing", ref)
        }
        assert.isTrue(Option.isNone(yield* git.resolve(directory, "refs/heads/evil")))
        assert.strictEqual((yield* errorOf(git.fetch(directory, `${path}/none`, "main"))).reason, "notARepository")
      })
    )

    law(
      "RUN-3: tags come from the recipe's own repository, over those of a fork",
      Effect.gen(function* () {
        const { directory, git, recipe } = yield* cloned
        const repositories = yield* Repositories
        const fork = yield* repositories.make("fork", [
          {
            files: { "compose.yml": "fork\n" },
            branch: "main",
            tags: [
              { name: "2.0.0+1.26", annotated: true },
              { name: "9.9.9+fork", annotated: true }
            ]
          }
        ])
        yield* git.fetchTags(directory, fork.source)
        assert.strictEqual(Option.getOrUndefined(yield* git.resolve(directory, "refs/tags/2.0.0+1.26")), at(fork, 0))
        yield* git.fetchTags(directory, recipe.source)
        assert.deepStrictEqual(
          (yield* git.tags(directory)).map((tag) => [tag.name, tag.commit, tag.annotated]),
          [
            ["1.0.0+1.22", at(recipe, 0), true],
            ["2.0.0+1.26", at(recipe, 1), false],
            ["9.9.9+fork", at(fork, 0), true]
          ]
        )
      })
    )

    law(
      "resolve tells the commit of a tag of either kind, of a commit id, whole or short, and none of what is not there",
      Effect.gen(function* () {
        const { directory, git, recipe } = yield* cloned
        const resolved = yield* Effect.forEach(["1.0.0+1.22", "2.0.0+1.26", "HEAD", at(recipe, 0), at(recipe, 0).slice(0, 12), "nope", missing], (ref) =>
          Effect.map(git.resolve(directory, ref), Option.getOrUndefined)
        )
        assert.deepStrictEqual(resolved, [at(recipe, 0), at(recipe, 1), at(recipe, 1), at(recipe, 0), at(recipe, 0), undefined, undefined])
      })
    )

    law(
      "RUN-5: checkout is by force: over changed files, and over an untracked file that the commit tracks; others stay",
      Effect.gen(function* () {
        const { directory, files, git, recipe } = yield* cloned
        yield* git.checkout(directory, at(recipe, 0))
        assert.isTrue(Option.isNone(yield* files.stat(`${directory}/added.yml`)), "what the commit does not have is gone")
        yield* files.writeAtomic(`${directory}/added.yml`, "an overlay\n")
        yield* files.writeAtomic(`${directory}/compose.yml`, "changed\n")
        yield* files.writeAtomic(`${directory}/compose.ccci.yml`, "untracked\n")
        yield* git.checkout(directory, at(recipe, 1))
        assert.strictEqual(yield* git.head(directory), at(recipe, 1))
        assert.strictEqual(yield* files.readText(`${directory}/added.yml`), "new\n")
        assert.strictEqual(yield* files.readText(`${directory}/compose.yml`), "two\n")
        assert.strictEqual(yield* files.readText(`${directory}/compose.ccci.yml`), "untracked\n")
        assert.strictEqual((yield* errorOf(git.checkout(directory, missing))).reason, "missing")
      })
    )

    law(
      "status tells the paths that are changed, removed or untracked",
      Effect.gen(function* () {
        const { directory, files, git } = yield* cloned
        yield* files.writeAtomic(`${directory}/compose.yml`, "changed\n")
        yield* files.remove(`${directory}/abra.sh`)
        yield* files.writeAtomic(`${directory}/ein Grüß.yml`, "")
        assert.deepStrictEqual([...(yield* git.status(directory))].sort(), ["abra.sh", "compose.yml", "ein Grüß.yml"])
      })
    )

    law(
      "isAncestor: a commit is its own, and siblings are none",
      Effect.gen(function* () {
        const { directory, git, recipe } = yield* cloned
        const sibling = yield* git.fetch(directory, recipe.source, "refs/pull/7/head")
        yield* git.fetch(directory, recipe.source, "feature/x")
        assert.isTrue(yield* git.isAncestor(directory, at(recipe, 0), at(recipe, 1)))
        assert.isFalse(yield* git.isAncestor(directory, at(recipe, 1), at(recipe, 0)))
        assert.isTrue(yield* git.isAncestor(directory, at(recipe, 1), at(recipe, 1)))
        assert.isFalse(yield* git.isAncestor(directory, sibling, at(recipe, 2)))
        assert.strictEqual((yield* errorOf(git.isAncestor(directory, missing, at(recipe, 1)))).reason, "missing")
      })
    )
  })
