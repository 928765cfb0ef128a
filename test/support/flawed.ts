/** ccci itself in the real world, but for one flaw: while the stage is under way that CCCI_TEST_FLAW names, services die of every call. */
import { Effect, Layer } from "effect"
import { main } from "../../src/cli/main.ts"
import { world } from "../../src/layers/live.ts"
import { runMain } from "../../src/layers/live/runMain.ts"
import * as Screen from "../../src/layers/live/Screen.ts"
import { place } from "../../src/layers/live/Settings.ts"
import { Abra } from "../../src/services/Abra.ts"
import { Backend, type WorldOptions } from "../../src/services/Backend.ts"
import { Docker } from "../../src/services/Docker.ts"
import { ExampleSite } from "../../src/services/ExampleSite.ts"
import { Modules } from "../../src/services/Modules.ts"
import { Progress } from "../../src/services/Progress.ts"

const stage = process.env["CCCI_TEST_FLAW"]
/** The stages under way: a deploy is a stage within its tier. */
const stages: Array<string> = []

/** What a test looks for in the results. */
const flaw = `a flaw in ${stage}`

const flawed = <A, E, R>(call: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.suspend(() => (stages.at(-1) === stage ? Effect.die(new Error(flaw)) : call))

/** Knows by its events which stages are under way. */
const watching = Layer.effect(
  Progress,
  Effect.map(Progress, (progress) => ({
    emit: (event) =>
      Effect.suspend(() => {
        if (event._tag === "StageStarted") stages.push(event.stage)
        if (event._tag === "StageEnded") stages.pop()
        return progress.emit(event)
      })
  }))
)

const dying = Layer.mergeAll(
  watching,
  Layer.effect(
    Docker,
    Effect.map(Docker, (docker) => ({ ...docker, services: (stack) => flawed(docker.services(stack)) }))
  ),
  Layer.effect(
    Abra,
    Effect.map(Abra, (abra) => ({ ...abra, deploy: (domain, version, limit) => flawed(abra.deploy(domain, version, limit)) }))
  ),
  Layer.effect(
    Modules,
    Effect.map(Modules, (modules) => ({ ...modules, call: (call) => flawed(modules.call(call)) }))
  )
)

const backend = Layer.succeed(Backend, {
  world: (options: WorldOptions) => Layer.provideMerge(dying, world(options)),
  simulate: () => Effect.die("nothing is simulated here"),
  exampleSite: Layer.effect(ExampleSite, Effect.die("no demo here")),
  place
})

runMain(main(process.argv.slice(2)).pipe(Effect.provide(Layer.merge(backend, Screen.layer))))
