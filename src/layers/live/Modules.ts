/** {@link Modules}: definitions by import(), everything else in a child that runs `harness/hook`. */
import { Duration, Effect, Layer } from "effect"
import { pathToFileURL } from "node:url"
import { hookProgram, registerResolution, whyUnloadable } from "../../harness/resolution.ts"
import type { HookServices, ModuleCall } from "../../services/Modules.ts"
import { ModuleError, Modules } from "../../services/Modules.ts"
import type { ProcessError } from "../../services/Processes.ts"
import { ChildEnvironment } from "../../services/Processes.ts"
import { Redaction } from "../../services/Redaction.ts"
import { deathSignal } from "./kernel/childGroup.ts"
import { inheritedByHooks } from "./kernel/environment.ts"
import { runHook } from "./kernel/hookChild.ts"

const loadLimit = Duration.seconds(30)

const urlOf = (file: string) => pathToFileURL(file).href

/** Descriptions do nothing: what a module's top level says or asks for meanwhile is nobody's. */
const noServices: HookServices = {
  exec: () => Effect.never,
  http: () => Effect.never,
  env: () => Effect.never,
  secret: () => Effect.never,
  log: () => Effect.void
}

const make = Effect.gen(function* () {
  const redaction = yield* Redaction
  const prefix = yield* Effect.cached(deathSignal)
  yield* Effect.acquireRelease(Effect.sync(registerResolution), (undo) => Effect.sync(undo))

  const load = Effect.fn("Modules.load")(function* (file: string) {
    const loading = Effect.tryPromise({
      try: (): Promise<Readonly<Record<string, unknown>>> => import(urlOf(file)),
      catch: (thrown) => new ModuleError({ file, seen: redaction.scrub(whyUnloadable(thrown)) })
    })
    const seen = `it still loads after ${Duration.format(loadLimit)}: does it await something at its top level?`
    const loaded = yield* Effect.timeoutOrElse(loading, { duration: loadLimit, orElse: () => Effect.fail(new ModuleError({ file, seen })) })
    return { ...loaded }
  })

  const inChild = Effect.fnUntraced(function* (
    options: Pick<Parameters<typeof runHook>[0], "order" | "services" | "timeLimit"> & { readonly env: ModuleCall["env"] }
  ) {
    return yield* runHook({
      ...options,
      program: hookProgram(),
      env: { ...inheritedByHooks(), ...(yield* ChildEnvironment), ...options.env },
      prefix: yield* prefix,
      scrub: redaction.scrub
    })
  })
  const unstarted = (file: string) => (error: ProcessError) => Effect.fail(new ModuleError({ file, seen: error.message }))

  const describe = Effect.fn("Modules.describe")(function* (file: string) {
    const outcome = yield* inChild({ order: { kind: "describe", url: urlOf(file) }, services: noServices, timeLimit: loadLimit, env: {} }).pipe(
      Effect.catch(unstarted(file))
    )
    if (outcome.kind === "described") return { functions: outcome.functions, requires: outcome.requires }
    return yield* new ModuleError({
      file,
      seen: outcome.kind === "unloadable" || outcome.kind === "crashed" ? outcome.message : `it still loads after ${Duration.format(loadLimit)}`
    })
  })

  const call = Effect.fn("Modules.call")(function* (request: ModuleCall) {
    const { env, facts, file, services, timeLimit } = request
    const outcome = yield* inChild({ order: { kind: "call", url: urlOf(file), export: request.export, facts }, services, timeLimit, env }).pipe(
      Effect.catch(unstarted(file))
    )
    switch (outcome.kind) {
      case "returned":
        return { _tag: "Returned", value: outcome.value } as const
      case "threw":
        return { _tag: "Threw", message: outcome.message } as const
      case "skipped":
        return { _tag: "Skipped", reason: outcome.reason } as const
      case "timedOut":
        return { _tag: "TimedOut" } as const
      case "crashed":
        return { _tag: "Crashed", message: outcome.message } as const
      case "unloadable":
        return yield* new ModuleError({ file, seen: outcome.message })
      case "described":
        return { _tag: "Crashed", message: "It described itself instead of being called" } as const
    }
  })

  return Modules.of({ load, describe, call })
})

export const layer: Layer.Layer<Modules, never, Redaction> = Layer.effect(Modules, make)
