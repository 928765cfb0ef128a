/** Runs the executable's one effect: every ending of the process goes through its finalizers (LIFE-3, LIFE-5), SIGKILL excepted. */
import { Cause, Effect, Exit, Layer, Logger } from "effect"
import type { StopCause } from "../../services/Stop.ts"
import { Stop } from "../../services/Stop.ts"
import { wordsOf } from "./kernel/errno.ts"
import { layer as layerStop, StrayDefects } from "./Stop.ts"

const signals = ["SIGTERM", "SIGINT", "SIGHUP"] as const satisfies ReadonlyArray<NodeJS.Signals & StopCause>
const defectCode = 70
/** What a defect outweighs (spec 03): green, red, infrastructure. */
const lesserCodes: ReadonlyArray<number> = [0, 1, 3]
/** Milliseconds that a slow reader of stdout gets at the end. */
const flushLimit = 5000

/** stdout is for results. */
const logToStderr = Logger.layer([Logger.withConsoleError(Logger.formatSimple)])

const say = (line: string) => process.stderr.write(`ccci: ${line}\n`)

/**
 * Turns what happens to the process into causes of {@link Stop}. Never undone: a signal that comes while the process exits must not change its exit code.
 * What comes after the first cause is told and ignored (LIFE-5).
 */
const listen = Effect.gen(function* () {
  const stop = yield* Stop
  const strays = yield* StrayDefects
  const seen = { stray: false }
  const fork = Effect.runForkWith(yield* Effect.context())

  const ask = (cause: StopCause) =>
    fork(Effect.map(stop.request(cause), (first) => void (first || cause === "stdoutClosed" || say(`${cause} ignored: the run is already ending`))))
  const stray = (thrown: unknown) => {
    seen.stray = true
    say(`a defect outside of every fiber: ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : wordsOf(thrown)}`)
    fork(strays.report(thrown))
  }

  for (const signal of signals) process.on(signal, ask)
  process.stdout.on("error", () => ask("stdoutClosed"))
  process.stderr.on("error", () => {}) // Nobody is left to tell.
  process.on("uncaughtException", stray)
  process.on("unhandledRejection", stray)
  return seen
})

const flushed = (stream: NodeJS.WriteStream) =>
  new Promise<void>((resolve) => {
    if (stream.writableLength === 0) return resolve()
    stream.write("", () => resolve())
    setTimeout(resolve, flushLimit).unref()
  })

/**
 * Runs the program and exits with the code that it returns; a program that dies exits 70, and so does one that met a stray throw and would have returned
 * green, red or infrastructure. The program's own layers belong inside it; it ends by itself when `Stop.requested` fails.
 */
export const runMain = (program: Effect.Effect<number, never, Stop>): void => {
  const main = Effect.gen(function* () {
    const seen = yield* listen
    const code = yield* program
    return seen.stray && lesserCodes.includes(code) ? defectCode : code
  }).pipe(Effect.provide(Layer.merge(layerStop, logToStderr)))
  // A fiber that waits for something without a handle does not keep Node alive.
  const alive = setInterval(() => {}, 2 ** 30)
  const ended = { properly: false }
  // A site's recipe.ts runs in this process: one that calls process.exit must not look like a green run.
  process.on("exit", () => {
    if (ended.properly) return
    say("something that was imported ended this process (process.exit): nothing was judged; ccci janitor clears what is left")
    process.exitCode = defectCode
  })
  Effect.runFork(main).addObserver((exit) => {
    clearInterval(alive)
    if (Exit.isFailure(exit)) say(Cause.pretty(exit.cause))
    const code = Exit.isSuccess(exit) ? exit.value : defectCode
    void Promise.all([flushed(process.stdout), flushed(process.stderr)]).then(() => {
      ended.properly = true
      process.exit(code)
    })
  })
}
