/**
 * A run as the guards see it: says `working`, does what stdin tells it until it is stopped, then says `teardown`, and `torn down` once stdin says `go on`
 * (at once unless the first argument is `slow`). Exits with the code of what stopped it; `deaf` is stopped by nothing. Second argument: the watchdog's budget in seconds.
 */
import { Cause, Deferred, Duration, Effect, Exit, Option } from "effect"
import * as readline from "node:readline"
import * as LiveGuards from "../../../src/layers/live/Guards.ts"
import { runMain } from "../../../src/layers/live/runMain.ts"
import { Guards } from "../../../src/services/Guards.ts"
import { Stop, stopExitCode } from "../../../src/services/Stop.ts"

const [mode = "quick", budget = "600"] = process.argv.slice(2)

const say = (line: string) => Effect.sync(() => process.stderr.write(`${line}\n`))

const obey = (goOn: Deferred.Deferred<void>, returned: Deferred.Deferred<number>) => (order: string) => {
  if (order === "go on") Deferred.doneUnsafe(goOn, Effect.void)
  if (order === "print") process.stdout.write("a line\n")
  if (order === "throw") {
    setImmediate(() => {
      throw new Error("thrown outside of every fiber")
    })
  }
  if (order === "reject") void Promise.reject(new Error("rejected outside of every fiber"))
  if (order === "return 0") Deferred.doneUnsafe(returned, Effect.succeed(0))
  if (order === "stick") {
    process.stderr.write("stuck\n")
    for (;;);
  }
}

const run = Effect.gen(function* () {
  const stop = yield* Stop
  const guards = yield* Guards
  yield* guards.install(Duration.seconds(Number(budget)))
  const goOn = yield* Deferred.make<void>()
  const returned = yield* Deferred.make<number>()
  readline.createInterface({ input: process.stdin }).on("line", obey(goOn, returned))
  const teardown = Effect.andThen(say("teardown"), Effect.andThen(mode === "slow" ? Deferred.await(goOn) : Effect.void, say("torn down")))
  const work = Effect.andThen(
    Effect.addFinalizer(() => teardown),
    Effect.andThen(say("working"), Deferred.await(returned))
  )
  const exit = yield* Effect.exit(Effect.raceFirst(Effect.scoped(work), mode === "deaf" ? Effect.never : stop.requested))
  if (Exit.isSuccess(exit)) return exit.value
  return Option.match(Cause.findErrorOption(exit.cause), { onNone: () => 70, onSome: (stopped) => stopExitCode[stopped.cause] })
})

runMain(
  Effect.scoped(run).pipe(
    Effect.catchTag("ParentGone", (error) => Effect.as(say(error.message), 143)),
    Effect.tap((code) => say(`code ${code}`)),
    Effect.provide(LiveGuards.layer)
  )
)
