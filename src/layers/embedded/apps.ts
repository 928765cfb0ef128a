/** `abra app ls`, `abra app new` and `abra recipe versions`. */
import { Effect, Option, Result } from "effect"
import { parseEnv, setKey } from "../../model/envFile.ts"
import type { Domain, RecipeName } from "../../model/names.ts"
import { byVersion, isVersion } from "../../model/versions.ts"
import type { AbraApp } from "../../services/Abra.ts"
import { Files } from "../../services/Files.ts"
import { Git } from "../../services/Git.ts"
import { checkoutOf, recipeOf, refuse, serverDirectory, smallFile } from "./app.ts"

/** Apps of the configured server. A file that cannot be read is an app all the same, of an unknown recipe: whoever cleans up must see it (JAN-1). */
export const listApps = Effect.gen(function* () {
  const files = yield* Files
  const directory = yield* serverDirectory
  const names = yield* files.list(directory).pipe(
    Effect.catchIf(
      (error) => error.code === "ENOENT",
      () => Effect.succeed<ReadonlyArray<string>>([])
    )
  )
  const apps: Array<AbraApp> = []
  for (const name of names) {
    if (!name.endsWith(".env") || name.startsWith(".")) continue
    const text = yield* Effect.result(files.readText(`${directory}/${name}`, smallFile))
    if (Result.isFailure(text) && text.failure.code === "ENOENT") continue
    const recipe = Result.isSuccess(text) ? recipeOf(parseEnv(text.success).values) : Option.none()
    apps.push({ domain: name.slice(0, -".env".length), recipe: Option.getOrElse(recipe, () => "") })
  }
  return apps
})

/** Published versions, oldest first. */
export const publishedVersions = Effect.fn("embedded.publishedVersions")(function* (recipe: RecipeName) {
  const git = yield* Git
  const tags = yield* git.tags(yield* checkoutOf(recipe))
  return tags
    .filter(({ name }) => isVersion(name))
    .map(({ name, commit, annotated }) => ({ version: name, commit, annotated }))
    .sort((left, right) => byVersion(left.version, right.version))
})

/** `.env`s hold what an operator would not show. */
const envMode = 0o600

/** Makes the app's `.env`. The checkout is at the latest version afterwards, as abra leaves it. */
export const createApp = Effect.fn("embedded.createApp")(function* (recipe: RecipeName, domain: Domain) {
  const files = yield* Files
  const git = yield* Git
  const checkout = yield* checkoutOf(recipe)
  const directory = yield* serverDirectory
  if (Option.isNone(yield* files.stat(directory))) return yield* refuse("invalid", `no such server: ${directory} does not exist`)
  const path = `${directory}/${domain}.env`
  if (Option.isSome(yield* files.stat(path))) return yield* refuse("invalid", `${path} already exists`)
  const latest = (yield* publishedVersions(recipe)).at(-1)
  if (latest !== undefined) yield* git.checkout(checkout, latest.commit)
  const samplePath = `${checkout}/.env.sample`
  if (Option.isNone(yield* files.stat(samplePath))) return yield* refuse("invalid", `${samplePath} does not exist`)
  const sample = (yield* files.readText(samplePath, smallFile)).replaceAll(`${recipe}.example.com`, domain)
  const key = parseEnv(sample).values["RECIPE"] === undefined ? "TYPE" : "RECIPE"
  const text = setKey(sample, key, latest === undefined ? recipe : `${recipe}:${latest.version}`)
  if (Result.isFailure(text)) return yield* refuse("invalid", text.failure.message)
  yield* files.writeAtomic(path, text.success, envMode)
})
