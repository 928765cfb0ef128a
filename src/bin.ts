#!/usr/bin/env node
/** The executable: signals first (LIFE-1), then the command line in the live world, which is loaded only when a command needs it. */
import { Effect, Layer } from "effect"
import { main } from "./cli/main.ts"
import { runMain } from "./layers/live/runMain.ts"
import * as Screen from "./layers/live/Screen.ts"
import type { WorldOptions } from "./services/Backend.ts"
import { Backend } from "./services/Backend.ts"

const live = Effect.promise(() => import("./layers/live.ts"))
const place = Effect.flatMap(
  Effect.promise(() => import("./layers/live/Settings.ts")),
  (settings) => settings.place
)
const exampleSite = Layer.unwrap(
  Effect.map(
    Effect.promise(() => import("./layers/live/sandbox/site.ts")),
    ({ layer }) => layer
  )
)
const backend = Layer.succeed(Backend, {
  exampleSite,
  simulate: (program, options) =>
    Effect.flatMap(
      Effect.promise(() => import("./layers/simulated.ts")),
      ({ simulate }) => simulate(program, options)
    ),
  world: (options: WorldOptions) => Layer.unwrap(Effect.map(live, ({ world }) => world(options))),
  place
})

runMain(main(process.argv.slice(2)).pipe(Effect.provide(Layer.merge(backend, Screen.layer))))
