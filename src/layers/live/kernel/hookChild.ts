/** The parent's side of a child that runs one function of a site's module: its order, its requests, its result, its end. */
import { Cause, Deferred, Duration, Effect, Exit, Fiber, Option, Queue, Semaphore } from "effect"
import type { Scope } from "effect"
import type { Order, Result, ToChild } from "../../../harness/protocol.ts"
import type { HookServiceError, HookServices } from "../../../services/Modules.ts"
import type { ProcessError } from "../../../services/Processes.ts"
import type { ChildGroup } from "./childGroup.ts"
import { spawnGroup } from "./childGroup.ts"
import { decodeFromChild } from "./hookMessages.ts"
import type { Request } from "./hookMessages.ts"
import { keeper } from "./output.ts"
import { pump } from "./pump.ts"

/** How it ended: its own last word, or what became of it without one. */
export type HookEnd = Result | { readonly kind: "timedOut" } | { readonly kind: "crashed"; readonly message: string }

export interface HookOptions {
  /** Path of the harness's program. */
  readonly program: string
  readonly order: Order
  readonly services: HookServices
  readonly timeLimit: Duration.Input
  readonly env: Readonly<Record<string, string>>
  /** See `deathSignal`. */
  readonly prefix: ReadonlyArray<string>
  readonly scrub: (text: string) => string
}

/** Requests that are answered at once. */
const requestLimit = 16
/** Messages that wait to be heard; a child that sends more faster loses them. */
const messageLimit = 1024
/** Bytes of output that reach the log. */
const logLimit = 1024 * 1024
/** Bytes of stderr's end that a crash is explained with. */
const lastWordsLimit = 4096
/** Between `signal` being aborted, or the result, and SIGTERM. */
const abortGrace = Duration.seconds(2)
const killGrace = Duration.seconds(1)

const perform = (services: HookServices, request: Request): Effect.Effect<unknown, HookServiceError> => {
  switch (request.operation) {
    case "exec":
      return services.exec(request.service, request.argv)
    case "http": {
      const { operation: _, ...rest } = request
      return services.http(rest)
    }
    case "env":
      return Effect.map(services.env(request.name), Option.getOrUndefined)
    case "secret":
      return Effect.map(services.secret(request.name), Option.getOrUndefined)
  }
}

/** Passes lines on until the limit, then says once that the rest is dropped. */
const limitedLog = (log: HookServices["log"]) => {
  const told = { bytes: 0, full: false }
  return (line: string) =>
    Effect.suspend(() => {
      if (told.full) return Effect.void
      told.bytes += Buffer.byteLength(line) + 1
      told.full = told.bytes > logLimit
      return log(told.full ? `[more than ${logLimit} bytes of output: the rest is dropped]` : line)
    })
}

type ChildProcess = ChildGroup["child"]

const send = (child: ChildProcess, message: ToChild) =>
  Effect.sync(() => {
    if (child.connected) child.send(message, () => {}) // Where it fails the child is gone, and that is seen elsewhere.
  })

/** Answers one request. A defect is ccci's own: it ends the call instead of becoming the test's failure. */
const answer = Effect.fnUntraced(function* (child: ChildProcess, services: HookServices, id: number, request: Request, result: Deferred.Deferred<HookEnd>) {
  const exit = yield* Effect.exit(perform(services, request))
  if (Exit.isSuccess(exit)) return yield* send(child, { kind: "reply", id, value: exit.value })
  const error = Cause.findErrorOption(exit.cause)
  if (Option.isSome(error)) return yield* send(child, { kind: "refusal", id, message: error.value.message })
  if (!Cause.hasInterruptsOnly(exit.cause)) yield* Deferred.die(result, Cause.squash(exit.cause))
})

/** Hears the child until its channel is closed; the result comes with it or, after all else was heard, not at all. */
const hear = Effect.fnUntraced(function* (
  group: ChildGroup,
  services: HookServices,
  result: Deferred.Deferred<HookEnd>
): Effect.fn.Return<void, never, Scope.Scope> {
  const { child } = group
  const inbox = yield* Queue.dropping<unknown, Cause.Done>(messageLimit)
  const closed = yield* Deferred.make<void>()
  child.on("message", (message) => Queue.offerUnsafe(inbox, message))
  child.on("disconnect", () => Deferred.doneUnsafe(closed, Effect.void))
  // A grandchild may hold the channel open.
  const hungUp = Effect.andThen(group.exited, Effect.timeoutOption(Deferred.await(closed), abortGrace))
  yield* Effect.forkScoped(Effect.andThen(hungUp, Queue.end(inbox)))
  const permits = yield* Semaphore.make(requestLimit)
  const hearOne = Effect.flatMap(Queue.take(inbox), (said) => {
    const message = Option.getOrUndefined(decodeFromChild(said))
    if (message === undefined) return Effect.void
    if (message.kind !== "request") return Deferred.succeed(result, message)
    return Effect.forkScoped(Semaphore.withPermit(permits, answer(child, services, message.id, message.request, result)))
  })
  yield* Effect.forkScoped(Effect.catch(Effect.forever(hearOne), () => Deferred.succeed(result, { kind: "crashed", message: "" })))
})

const scrubbed = (end: HookEnd, scrub: (text: string) => string): HookEnd =>
  end.kind === "threw" || end.kind === "unloadable" || end.kind === "crashed"
    ? { ...end, message: scrub(end.message) }
    : end.kind === "skipped"
      ? { ...end, reason: scrub(end.reason) }
      : end

/** Runs one order in a child of its own. Interrupted, or past its time limit, the context's signal is aborted first, then the whole group ends. */
export const runHook = Effect.fn("runHook")((options: HookOptions) => Effect.uninterruptibleMask((restore) => supervise(options, restore)))

type Restore = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

/** Starting and ending are uninterruptible, so that no child is lost between the two; only the waiting for its result is not. */
const supervise = Effect.fnUntraced(function* (options: HookOptions, restore: Restore): Effect.fn.Return<HookEnd, ProcessError, Scope.Scope> {
  const { scrub, services } = options
  const group = yield* spawnGroup(
    {
      command: process.execPath,
      args: ["--disable-warning=ExperimentalWarning", options.program],
      env: options.env,
      cwd: "/",
      stdio: ["ignore", "pipe", "pipe", "ipc"]
    },
    options.prefix
  )
  const { child } = group
  const result = yield* Deferred.make<HookEnd>()
  const lastWords = keeper(lastWordsLimit)
  const log = limitedLog(services.log)
  const drain = (pipe: ChildProcess["stdout"], keep: (text: string) => void) => pump({ pipe, scrub, keep, onLine: log })
  const pumps = yield* Effect.forkScoped(Effect.all([drain(child.stdout, () => {}), drain(child.stderr, lastWords.push)], { concurrency: 2, discard: true }))
  const drained = Fiber.await(pumps)
  yield* hear(group, services, result)

  const leave = Effect.flatMap(Effect.timeoutOption(group.exited, abortGrace), (gone) =>
    Option.isSome(gone) ? group.settle(drained) : group.end(killGrace, drained)
  )
  const dismiss = (reason: string) => Effect.andThen(send(child, { kind: "abort", reason }), leave)

  yield* send(child, options.order)
  const limit = Duration.fromInputUnsafe(options.timeLimit)
  const end = yield* Effect.onError(restore(Effect.timeoutOption(Deferred.await(result), limit)), () => dismiss("The run was stopped"))
  if (Option.isNone(end)) {
    yield* dismiss(`The time limit of ${Duration.format(limit)} is reached`)
    return { kind: "timedOut" }
  }
  yield* leave
  if (end.value.kind !== "crashed") return scrubbed(end.value, scrub)
  const { code, signal } = yield* group.exited
  const how = Option.match(signal, { onNone: () => `with code ${code}`, onSome: (name) => `by ${name}` })
  return { kind: "crashed", message: `It ended ${how} before it returned. ${lastWords.kept().text.trim()}`.trim() }
}, Effect.scoped)
