import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import { join } from "node:path"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { parse } from "yaml"
import { examplesDirectory } from "../../src/layers/live/sandbox/examples.ts"
import { imagesOf } from "../../src/layers/live/sandbox/images.ts"
import { makeRecipeRepositories } from "../../src/layers/live/sandbox/recipesRepo.ts"
import { errorOf } from "../support/contract.ts"
import { temporaryDirectory } from "../support/temporary.ts"

const git = (directory: string, ...args: ReadonlyArray<string>) => execFileSync("git", ["-C", directory, ...args], { encoding: "utf8" }).trim()
const lines = (text: string) => text.split("\n").filter((line) => line !== "")
const provided = Effect.provide(NodeServices.layer)
const repositories = Effect.flatMap(temporaryDirectory, (target) => makeRecipeRepositories(target))

/** The texts of a commit's compose files. */
const composeFiles = (directory: string, commit: string) =>
  lines(git(directory, "ls-tree", "--name-only", commit))
    .filter((name) => /^compose.*\.yml$/.test(name))
    .map((name) => git(directory, "show", `${commit}:${name}`))

const versionLabel = (directory: string, commit: string) =>
  /"coop-cloud\.\$\{STACK_NAME\}\.version=([^"]+)"/.exec(composeFiles(directory, commit).join("\n"))?.[1]

describe("example recipes", () => {
  it.live("each has two published versions with annotated tags, and a head that is newer than both", () =>
    Effect.gen(function* () {
      for (const { directory } of yield* repositories) {
        const tags = lines(git(directory, "tag", "--sort=version:refname"))
        assert.lengthOf(tags, 2)
        for (const tag of tags) {
          assert.match(tag, /^\d+\.\d+\.\d+\+.+$/)
          assert.strictEqual(git(directory, "cat-file", "-t", tag), "tag")
          git(directory, "merge-base", "--is-ancestor", tag, "main")
          assert.strictEqual(versionLabel(directory, tag), tag)
        }
        const head = versionLabel(directory, "main") ?? ""
        assert.notInclude(tags, head)
        assert.isAbove(head.localeCompare(tags[1] ?? "", "en", { numeric: true }), 0)
        assert.strictEqual(git(directory, "status", "--porcelain"), "")
        assert.strictEqual(git(directory, "rev-parse", "refs/pull/1/head"), git(directory, "rev-parse", "HEAD"))
      }
    }).pipe(Effect.scoped, provided)
  )

  it.live("the same sources give the same commits", () =>
    Effect.gen(function* () {
      const heads = Effect.map(repositories, (all) => all.map(({ directory }) => git(directory, "show-ref")))
      assert.deepStrictEqual(yield* heads, yield* heads)
    }).pipe(Effect.scoped, provided)
  )

  it.live("an existing folder is never taken over", () =>
    Effect.gen(function* () {
      const target = yield* temporaryDirectory
      fs.mkdirSync(join(target, "static"))
      assert.match((yield* errorOf(makeRecipeRepositories(target))).message, /static exists already/)
    }).pipe(Effect.scoped, provided)
  )

  it.live("their images are those that are made for them, and every compose file is YAML whose services say dnsrr", () =>
    Effect.gen(function* () {
      const made = new Map<string, ReadonlyArray<string>>(Object.entries(imagesOf))
      const script = fs.readFileSync(join(yield* examplesDirectory, "images", "build.sh"), "utf8")
      for (const { recipe, directory } of yield* repositories) {
        const used = ["0.1.0", "0.2.0", "main"].flatMap((version) => {
          const commit = version === "main" ? version : (lines(git(directory, "tag", "--list", `${version}+*`))[0] ?? version)
          return composeFiles(directory, commit).flatMap((text) => {
            const { services } = parse(text)
            return Object.values<{ image?: string; deploy?: { endpoint_mode?: string } }>(services).flatMap(({ image, deploy }) => {
              if (image !== undefined) assert.strictEqual(deploy?.endpoint_mode, "dnsrr")
              return image === undefined ? [] : [image.replace("ccci-example/", "")]
            })
          })
        })
        assert.sameMembers([...new Set(used)], [...(made.get(recipe) ?? [])])
        for (const image of used) assert.include(script, image)
      }
    }).pipe(Effect.scoped, Effect.provide(Layer.mergeAll(NodeServices.layer)))
  )
})
