/** A site's modules as one process of the world uses them. */
import { Effect, Layer, Result } from "effect"
import { ModuleError, Modules } from "../../../services/Modules.ts"
import type { CallOutcome, HookServices } from "../../../services/Modules.ts"
import { ChildEnvironment } from "../../../services/Processes.ts"
import { Redaction } from "../../../services/Redaction.ts"
import { functionAt, functionsOf, moduleAt } from "../kernel/modules.ts"
import type { SimulatedModule } from "../kernel/modules.ts"
import type { Process } from "../kernel/processes.ts"
import type { World } from "../World.ts"
import { runHook } from "./hookChild.ts"
import { childEnvironment } from "./Processes.ts"

const requiresOf = ({ requires }: SimulatedModule): ReadonlyArray<string> => (Array.isArray(requires) ? requires.map(String) : [])

const scrubbed = (outcome: CallOutcome, scrub: (text: string) => string): CallOutcome => {
  switch (outcome._tag) {
    case "Threw":
    case "Crashed":
      return { ...outcome, message: scrub(outcome.message) }
    case "Skipped":
      return { ...outcome, reason: scrub(outcome.reason) }
    default:
      return outcome
  }
}

/** Modules of one process. */
export const modulesLayer = (world: World, process: Process) =>
  Layer.effect(
    Modules,
    Effect.map(Redaction, ({ scrub }) => {
      const look = <A>(operation: string, file: string, step: (exports: SimulatedModule) => Result.Result<A, string>) => {
        const failed = (seen: string) => new ModuleError({ file, seen })
        return world.call(
          process,
          { service: "Modules", operation, subject: file },
          () => Result.mapError(Result.flatMap(moduleAt(world, file), step), failed),
          ({ code, seen }) => failed(seen ?? `injected: ${code}`)
        )
      }
      const heard = (services: HookServices): HookServices => ({ ...services, log: (line) => services.log(scrub(line)) })
      return Modules.of({
        load: (file) => look("load", file, Result.succeed),
        describe: (file) => look("describe", file, (exports) => Result.succeed({ functions: functionsOf(exports), requires: requiresOf(exports) })),
        call: (call) =>
          Effect.gen(function* () {
            const hook = yield* look("find", call.file, (exports) => {
              const found = functionAt(exports, call.export)
              return found === undefined ? Result.fail(`there is no function ${call.export}`) : Result.succeed(found)
            })
            const environment = childEnvironment(process, yield* ChildEnvironment, call.env)
            return scrubbed(yield* runHook(world, process, hook, { ...call, services: heard(call.services) }, environment), scrub)
          })
      })
    })
  )
