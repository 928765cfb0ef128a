/** Children of a test, and their marks. */
import { Deferred, Effect, Fiber, Option } from "effect"
import type { Command } from "../../../src/services/Processes.ts"
import { ChildEnvironment, Processes } from "../../../src/services/Processes.ts"
import type { Spelling } from "../../support/children.ts"

type Options = Omit<Command, keyof Spelling | "timeLimit"> & { readonly timeLimit?: Command["timeLimit"] }

/** Runs a child to its end. */
export const run = (spelling: Spelling, options: Options = {}) =>
  Effect.flatMap(Effect.service(Processes), (processes) => processes.run({ ...spelling, timeLimit: "20 seconds", ...options }))

/** Starts a child, waits for its line `ready` (or the first one), and gives that line and the running fiber; the scope interrupts it. */
export const started = Effect.fnUntraced(function* (spelling: Spelling, options: Options = {}) {
  const first = yield* Deferred.make<string>()
  const fiber = yield* Effect.forkScoped(
    run(spelling, { ...options, onLine: (line, stream) => Effect.andThen(Deferred.succeed(first, line), options.onLine?.(line, stream) ?? Effect.void) })
  )
  const line = yield* Effect.raceFirst(Deferred.await(first), Effect.andThen(Fiber.join(fiber), Effect.die(new Error("The child ended without a line"))))
  return { fiber, line }
})

/** Gives the children of an effect the marks of JAN-9. */
export const marks = (domain: string, token: string) => Effect.provideService(ChildEnvironment, { CCCI_APP_LOCK: `1:2:${domain}`, CCCI_RUN_TOKEN: token })

/** Processes that live and have this token. */
export const markedWith = (token: string) =>
  Effect.flatMap(Effect.service(Processes), (processes) =>
    Effect.map(processes.marked, (entries) => entries.filter((entry) => !entry.zombie && Option.contains(entry.token, token)))
  )
