/** {@link ModuleFiles} in the simulated world. */
import { Effect, Layer } from "effect"
import { writeAtomic } from "../../src/layers/simulated/kernel/fileCalls.ts"
import { HookThrew, installModule } from "../../src/layers/simulated/kernel/modules.ts"
import type { SimulatedHook } from "../../src/layers/simulated/kernel/modules.ts"
import type { World } from "../../src/layers/simulated/World.ts"
import type { Behaviour, Exports } from "./moduleFiles.ts"
import { ModuleFiles } from "./moduleFiles.ts"

const hookOf =
  (behaviour: Behaviour): SimulatedHook =>
  (context) => {
    switch (behaviour._tag) {
      case "returns":
        return Effect.succeed(behaviour.value)
      case "returnsFacts": {
        const { domain, stack, recipe, stage, operation, baseUrl, gateway, deps } = context
        return Effect.succeed({ domain, stack, recipe, stage, operation, baseUrl, gateway, deps })
      }
      case "throws":
        return Effect.fail(new HookThrew({ message: behaviour.message }))
      case "skips":
        return context.skip(behaviour.reason)
      case "logs":
        return Effect.forEach(behaviour.lines, context.log, { discard: true })
      case "execs":
        return context.exec(behaviour.service, behaviour.argv)
      case "requests":
        return context.http(behaviour.path, behaviour.options)
      case "reads":
        return Effect.map(Effect.all([context.env(behaviour.name), context.secret(behaviour.name)]), (found) => found.map((value) => value ?? null))
      case "waitsForAbort":
        return context
          .log("waiting")
          .pipe(Effect.andThen(context.aborted), Effect.andThen(context.log("aborted")), Effect.andThen(Effect.fail(new HookThrew({ message: "aborted" }))))
      case "hangs":
        return Effect.andThen(context.log("hanging"), Effect.forever(Effect.sleep("1 second")))
      case "exits":
        return context.exit(3)
    }
  }

/** `canary.read` becomes `read` in the object `canary`. */
const nested = (exports: Exports): Readonly<Record<string, unknown>> => {
  const whole: Record<string, unknown> = {}
  for (const [path, behaviour] of Object.entries(exports)) {
    const [name = "", member] = path.split(".")
    const before = whole[name]
    whole[name] = member === undefined ? hookOf(behaviour) : { ...(typeof before === "object" ? before : {}), [member]: hookOf(behaviour) }
  }
  return whole
}

export const layerSimulatedModules = (world: World): Layer.Layer<ModuleFiles> =>
  Layer.succeed(ModuleFiles, {
    make: (name, exports, requires) =>
      Effect.sync(() => {
        const path = `/tmp/work/${name}.ts`
        installModule(world, path, { ...nested(exports), ...(requires === undefined ? {} : { requires }) })
        return path
      }),
    broken: Effect.sync(() => {
      writeAtomic(world.tree, "/tmp/work/broken.ts", "export default async (context => {\n")
      return "/tmp/work/broken.ts"
    }),
    missing: Effect.succeed("/tmp/work/missing.ts")
  })
