/** A hook in a child of its own: what it asks for crosses to its parent, and its end is the parent's to bring about (LIFE-6). */
import { Cause, Effect, Exit, Option, Result } from "effect"
import type { Scope } from "effect"
import { ModuleError } from "../../../services/Modules.ts"
import type { CallOutcome, HookServices, ModuleCall } from "../../../services/Modules.ts"
import { start } from "../fibers.ts"
import { HookSkipped, HookThrew } from "../kernel/modules.ts"
import type { SimulatedContext, SimulatedHook } from "../kernel/modules.ts"
import type { Process } from "../kernel/processes.ts"
import type { World } from "../World.ts"

/** What crosses between the two processes. */
interface Wire {
  readonly requests: Array<(services: HookServices) => Effect.Effect<void, never, Scope.Scope>>
  outcome: CallOutcome | undefined
  aborted: boolean
  /** Wakes the parent. */
  onNews: () => void
  /** Wakes the child. */
  readonly onAbort: Set<() => void>
}

/** Asks the parent, and waits for its answer. */
const ask = <A>(world: World, child: Process, wire: Wire, what: (services: HookServices) => Effect.Effect<A, { readonly message: string }>) =>
  world
    .wait<Exit.Exit<A, { readonly message: string }>>(child, (resume) => {
      wire.requests.push((services) => Effect.asVoid(Effect.forkScoped(Effect.map(Effect.exit(what(services)), resume))))
      wire.onNews()
      return () => undefined
    })
    .pipe(Effect.flatMap((exit) => Effect.mapError(exit, ({ message }) => new HookThrew({ message }))))

const contextOf = (world: World, child: Process, wire: Wire, facts: ModuleCall["facts"]): SimulatedContext => ({
  ...facts,
  aborted: world.wait<void>(child, (resume) => {
    const tell = () => resume(undefined)
    if (wire.aborted) tell()
    wire.onAbort.add(tell)
    return () => wire.onAbort.delete(tell)
  }),
  exec: (service, argv) => ask(world, child, wire, ({ exec }) => exec(service, argv)),
  http: (path, options) => ask(world, child, wire, ({ http }) => http({ path, ...options })),
  env: (name) => ask(world, child, wire, ({ env }) => Effect.map(env(name), Option.getOrUndefined)),
  secret: (name) => ask(world, child, wire, ({ secret }) => Effect.map(secret(name), Option.getOrUndefined)),
  log: (line) =>
    Effect.sync(() => {
      wire.requests.push(({ log }) => log(line))
      wire.onNews()
    }),
  skip: (reason) => Effect.fail(new HookSkipped({ reason })),
  exit: (code) =>
    Effect.suspend(() => {
      world.end(child, { code, signal: undefined })
      return Effect.never
    })
})

const outcomeOf = (exit: Exit.Exit<unknown, unknown>): CallOutcome => {
  if (Exit.isSuccess(exit)) return { _tag: "Returned", value: exit.value }
  const thrown = Cause.squash(exit.cause)
  if (thrown instanceof HookSkipped) return { _tag: "Skipped", reason: thrown.reason }
  return { _tag: "Threw", message: thrown instanceof Error ? thrown.message : String(thrown) }
}

const abortGrace = "2 seconds"
const killGrace = "1 second"

/** Runs a function in a child until it has ended, however it does. */
export const runHook = Effect.fnUntraced(function* (
  world: World,
  process: Process,
  hook: SimulatedHook,
  call: Pick<ModuleCall, "facts" | "services" | "timeLimit" | "export" | "file">,
  environment: Readonly<Record<string, string>>
) {
  const wire: Wire = { requests: [], outcome: undefined, aborted: false, onNews: () => undefined, onAbort: new Set() }
  const said = (operation: string, step: () => void) =>
    world.call(
      process,
      { service: "Modules", operation, subject: `${call.file} ${call.export}` },
      () => Result.succeed(step()),
      ({ code, seen }) => new ModuleError({ file: call.file, seen: seen ?? `injected: ${code}` })
    )
  const child = world.spawn({ name: `hook ${call.export}`, environment, parent: process, diesWithParent: world.parentDeathSignal })
  const news = world.wait<void>(process, (resume) => {
    const tell = () => resume(undefined)
    if (child.state !== "running" || wire.requests.length > 0) tell()
    wire.onNews = tell
    child.observers.add(tell)
    return () => {
      wire.onNews = () => undefined
      child.observers.delete(tell)
    }
  })
  const serve = Effect.suspend(() => Effect.forEach(wire.requests.splice(0), (request) => request(call.services), { discard: true }))
  const follow = Effect.gen(function* () {
    while (child.state === "running") {
      yield* news
      yield* serve
    }
    yield* serve
  })
  const patiently = (grace: typeof abortGrace | typeof killGrace) => Effect.timeoutOption(Effect.interruptible(follow), grace)
  const dismiss = Effect.gen(function* () {
    yield* Effect.ignore(
      said("abort", () => {
        wire.aborted = true
        for (const tell of [...wire.onAbort]) tell()
      })
    )
    yield* patiently(abortGrace)
    yield* Effect.ignore(said("end", () => world.signal(child, "SIGTERM")))
    yield* patiently(killGrace)
    yield* Effect.ignore(said("kill", () => world.signal(child, "SIGKILL")))
    yield* follow
  })
  const program = Effect.suspend(() => hook(contextOf(world, child, wire, call.facts))).pipe(
    Effect.onExit((exit) => Effect.sync(() => (wire.outcome = outcomeOf(exit)))),
    Effect.ignore
  )

  return yield* Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      yield* said("call", () => start(world, child, program))
      const ended = yield* restore(Effect.timeoutOption(follow, call.timeLimit)).pipe(Effect.onInterrupt(() => dismiss))
      if (Option.isNone(ended)) yield* dismiss
      world.processes.reap(child)
      if (Option.isNone(ended)) return { _tag: "TimedOut" } satisfies CallOutcome
      const how = child.ended?.signal === undefined ? `with code ${child.ended?.code ?? 0}` : `by ${child.ended.signal}`
      return wire.outcome ?? ({ _tag: "Crashed", message: `It ended ${how} before it returned.` } satisfies CallOutcome)
    })
  )
}, Effect.scoped)
