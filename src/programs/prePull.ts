/** Pulling before the deploy (DEP-10): a pull that fails is a clear pull error here, instead of a deploy that "did not converge" later. */
import { Effect, Option, Result } from "effect"
import { parseAbraSh } from "../model/abraSh.ts"
import { composeFiles, imagesOf, readCompose } from "../model/compose.ts"
import { Docker } from "../services/Docker.ts"
import { Files } from "../services/Files.ts"
import { Settings } from "../services/Settings.ts"
import { remark, step, type App } from "./app.ts"
import { readAppEnv } from "./appEnv.ts"

/** The app's compose files as one, with its `.env` put in; or why they cannot be resolved. */
export const resolvedCompose = Effect.fn("resolvedCompose")(function* (app: App) {
  const files = yield* Files
  const { checkout } = app.source
  const env = yield* readAppEnv(app)
  const exports = yield* files.readText(`${checkout}/abra.sh`).pipe(Effect.orElseSucceed(() => ""))
  const values = { ...env, ...parseAbraSh(exports, env), STACK_NAME: app.stack, DOMAIN: app.domain }
  const named = composeFiles(env).filter((name) => !name.includes("/"))
  const read = yield* Effect.result(Effect.forEach(named, (name) => Effect.map(files.readText(`${checkout}/${name}`), (text) => ({ name, text }))))
  return Result.flatMap(read, (texts) => readCompose(texts, values))
})

/** Images that the compose files name; none, said, where they cannot be resolved: then the deploy will pull. */
const images = Effect.fnUntraced(function* (app: App) {
  const compose = yield* resolvedCompose(app)
  if (Result.isSuccess(compose)) return imagesOf(compose.success)
  yield* remark(app.record, `The images to pull cannot be told (${compose.failure.message}); the deploy will pull them`)
  return []
})

/** Pulls what is absent, a few at a time; what is there is left as it is. */
export const prePull = Effect.fn("prePull")(function* (app: App) {
  const docker = yield* Docker
  const { limits, concurrency } = yield* Settings
  const pull = Effect.fnUntraced(function* (image: string) {
    if (yield* docker.hasImage(image)) return Option.none<string>()
    yield* step(`Pulling ${image}`)
    yield* docker.pull(image, limits.pull)
    return Option.some(image)
  })
  const wanted = yield* images(app)
  const pulled = yield* Effect.forEach(wanted, pull, { concurrency: concurrency.pulls })
  yield* step(`Images: ${wanted.length} wanted, ${pulled.filter(Option.isSome).length} pulled`)
})
