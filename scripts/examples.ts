/**
 * The examples, for those who develop ccci.
 *
 *     node scripts/examples.ts images [NAME...]      makes images (default: all) into CCCI_CACHE_DIR, and loads them where DOCKER_HOST is set
 *     node scripts/examples.ts recipes DIRECTORY     makes the recipes' git repositories below DIRECTORY, and prints their paths
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Console, Effect } from "effect"
import { buildImages, imagesOf, loadImages } from "../src/layers/live/sandbox/images.ts"
import { makeRecipeRepositories } from "../src/layers/live/sandbox/recipesRepo.ts"

const images = Effect.fn(function* (names: ReadonlyArray<string>) {
  const archives = yield* buildImages(names.length > 0 ? names : Object.values(imagesOf).flat(), (line) => Console.error(line))
  for (const { name, archive } of archives) yield* Console.log(`${name}\t${archive}`)
  if (process.env["DOCKER_HOST"] !== undefined) yield* loadImages({ dockerCli: "docker", env: {} }, archives)
})

const recipes = Effect.fn(function* (target: string) {
  for (const { directory } of yield* makeRecipeRepositories(target)) yield* Console.log(directory)
})

const main = Effect.suspend(() => {
  const [command, ...rest] = process.argv.slice(2)
  if (command === "images") return Effect.as(images(rest), 0)
  if (command === "recipes" && rest[0] !== undefined && rest.length === 1) return Effect.as(recipes(rest[0]), 0)
  return Effect.as(Console.error("usage: examples.ts images [NAME...] | examples.ts recipes DIRECTORY"), 2)
})

main.pipe(
  Effect.catch((error) => Effect.as(Console.error(error.message), 1)),
  Effect.tap((code) => Effect.sync(() => (process.exitCode = code))),
  Effect.provide(NodeServices.layer),
  NodeRuntime.runMain({ disableErrorReporting: true })
)
