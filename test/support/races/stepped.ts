/** ccci itself, its command line and its endings, in a world that can be held at any step. */
import { Effect, Layer } from "effect"
import { main } from "../../../src/cli/main.ts"
import { runMain } from "../../../src/layers/live/runMain.ts"
import * as Screen from "../../../src/layers/live/Screen.ts"
import { place } from "../../../src/layers/live/Settings.ts"
import { Backend } from "../../../src/services/Backend.ts"
import { ExampleSite } from "../../../src/services/ExampleSite.ts"
import { steppedWorld } from "./steppedWorld.ts"

const backend = Layer.succeed(Backend, {
  world: steppedWorld,
  simulate: () => Effect.die("no demo here"),
  exampleSite: Layer.effect(ExampleSite, Effect.die("no demo here")),
  place
})

runMain(main(process.argv.slice(2)).pipe(Effect.provide(Layer.merge(backend, Screen.layer))))
