/**
 * Uses Modules in plain Node, as ccci does. Arguments: `load <file>` prints the exports as JSON (functions as their results); `call <file>` calls the default
 * export and prints the outcome; what is logged goes to stdout as `log: ...`.
 */
import { Effect, Layer, Predicate } from "effect"
import * as LiveModules from "../../../src/layers/live/Modules.ts"
import { runMain } from "../../../src/layers/live/runMain.ts"
import { Modules } from "../../../src/services/Modules.ts"
import { layerPlainRedaction } from "../../support/plainRedaction.ts"

const [verb = "", file = ""] = process.argv.slice(2)

const say = (value: unknown) => Effect.sync(() => process.stdout.write(`${JSON.stringify(value)}\n`))

const call = (modules: Modules["Service"]) =>
  modules.call({
    file,
    export: "default",
    facts: { domain: "a", stack: "a", recipe: "a", stage: "custom", operation: "test", baseUrl: "https://a", gateway: { address: "a", port: 1 }, deps: {} },
    services: {
      exec: () => Effect.never,
      http: () => Effect.never,
      env: () => Effect.never,
      secret: () => Effect.never,
      log: (line) => Effect.sync(() => process.stdout.write(`log: ${line}\n`))
    },
    timeLimit: "1 hour",
    env: { CCCI_GIVEN: "given" }
  })

const run = Effect.gen(function* () {
  const modules = yield* Modules
  if (verb === "call") return yield* call(modules)
  const exports = yield* modules.load(file)
  return Object.fromEntries(Object.entries(exports).map(([name, value]) => [name, Predicate.isFunction(value) ? value() : value]))
})

runMain(
  run.pipe(
    Effect.catch((error) => Effect.succeed({ failed: error.message })),
    Effect.flatMap(say),
    Effect.as(0),
    Effect.provide(Layer.provide(LiveModules.layer, layerPlainRedaction))
  )
)
