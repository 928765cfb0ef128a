/** The simulated backend: every service as one process of a simulated world has it. The same embedded abra, stores and listeners as in the live one. */
import { Context, Effect, Layer } from "effect"
import type { World as Services } from "../services/Backend.ts"
import type { Progress } from "../services/Progress.ts"
import type { Redaction } from "../services/Redaction.ts"
import { Screen } from "../services/Screen.ts"
import { Settings } from "../services/Settings.ts"
import type { Stop } from "../services/Stop.ts"
import { listener } from "./common/progress/listener.ts"
import * as Silent from "./common/progress/Silent.ts"
import * as Recipes from "./common/Recipes.ts"
import * as RedactionLayer from "./common/Redaction.ts"
import * as RunStore from "./common/RunStore.ts"
import * as EmbeddedAbra from "./embedded/Abra.ts"
import { inWorld } from "./simulated/drive.ts"
import { makeExample } from "./simulated/example/world.ts"
import type { Process } from "./simulated/kernel/processes.ts"
import { simulatedSettings } from "./simulated/settings.ts"
import { cryptoLayer } from "./simulated/views/Crypto.ts"
import { dockerLayer } from "./simulated/views/Docker.ts"
import { filesLayer } from "./simulated/views/Files.ts"
import { gitLayer } from "./simulated/views/Git.ts"
import { guardsLayer } from "./simulated/views/Guards.ts"
import { httpLayer } from "./simulated/views/Http.ts"
import { lockLayer } from "./simulated/views/Lock.ts"
import { modulesLayer } from "./simulated/views/Modules.ts"
import { processesLayer } from "./simulated/views/Processes.ts"
import { stopLayer } from "./simulated/views/Stop.ts"
import type { World } from "./simulated/World.ts"

/** What may differ from process to process of one world. */
export interface SimulatedOptions {
  readonly settings?: Partial<Settings["Service"]>
  /** Who listens to its runs; default nobody. */
  readonly progress?: Layer.Layer<Progress, never, Redaction>
  /** Ids of other nodes whose engines this site's configuration names; default all of them. */
  readonly nodes?: ReadonlyArray<string>
}

/** Everything that programs ask of the outside, as one process of the world has it: its own file table, children and Stop, and the world's one swarm. */
export const simulatedLayer = (world: World, process: Process, options: SimulatedOptions = {}): Layer.Layer<Services | Stop> => {
  const workers = world.swarm.nodes.filter((node) => node !== world.swarm.manager).map(({ id }) => id)
  const kernel = Layer.mergeAll(
    cryptoLayer(world),
    dockerLayer(world, process, options.nodes ?? workers),
    filesLayer(world, process),
    gitLayer(world, process),
    guardsLayer(world, process),
    httpLayer(world, process),
    lockLayer(world, process),
    stopLayer(process),
    RedactionLayer.layer,
    Layer.succeed(Settings, simulatedSettings(world, options.settings))
  )
  const tools = Layer.mergeAll(modulesLayer(world, process), processesLayer(world, process)).pipe(Layer.provideMerge(kernel))
  return Layer.mergeAll(EmbeddedAbra.layer, Recipes.layer, RunStore.layer, options.progress ?? Silent.layer).pipe(Layer.provideMerge(tools))
}

export { inWorld } from "./simulated/drive.ts"
export { makeExample } from "./simulated/example/world.ts"
export type { Example, ExampleOptions } from "./simulated/example/world.ts"
/** Real ms that go by for each simulated second: slow enough to be followed, fast enough not to bore. */
const pace = 160

/** Runs a program as the one process of ccci in a new example world, its progress told in real time: what `ccci demo --simulated` does. */
export const simulate = <A, E>(
  program: Effect.Effect<A, E, Services | Stop | Screen>,
  { runsDir, seed }: { readonly runsDir: string; readonly seed: number }
): Effect.Effect<A, E, Screen> =>
  Effect.gen(function* () {
    const screen = Context.make(Screen, yield* Screen)
    const { world } = makeExample({ seed })
    world.tree.makeDirectories(runsDir)
    const progress = Layer.provide(listener("region"), Layer.succeedContext(screen))
    const here = (process: Process) => Layer.merge(simulatedLayer(world, process, { settings: { runsDir }, progress }), Layer.succeedContext(screen))
    return yield* inWorld(world, { name: "ccci demo" }, (process) => Effect.provide(program, here(process)), { pace })
  })

export { advance, launch, runToEnd, runUntilEnded, turn } from "./simulated/fibers.ts"
export { makeWorld, places } from "./simulated/makeWorld.ts"
export { remains } from "./simulated/remains.ts"
export { World } from "./simulated/World.ts"
