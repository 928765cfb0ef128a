/**
 * A private Docker engine for the time of one command, or until stdin closes.
 *
 *     node scripts/sandbox.ts -- docker node ls          runs a command in a fresh sandbox; its exit code is passed on
 *     node scripts/sandbox.ts --print-env FILE < PIPE    stays up until stdin closes or SIGTERM; FILE holds `export` lines once it is ready
 *
 * Besides the engine's own variables (DOCKER_HOST, DOCKER_CONFIG, PATH) these are set: CCCI_SANDBOX_ADDRESS, CCCI_SANDBOX_DIR, CCCI_SANDBOX_PID.
 */
import { spawn } from "node:child_process"
import { renameSync, rmSync, writeFileSync } from "node:fs"
import { constants } from "node:os"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Console, Effect, Layer } from "effect"
import { layer } from "../src/layers/live/sandbox/sandbox.ts"
import { Sandbox } from "../src/services/Sandbox.ts"

const usage = "usage: sandbox.ts -- COMMAND [ARGS...] | sandbox.ts --print-env FILE"

const quote = (value: string) => `'${value.replaceAll("'", `'\\''`)}'`

/** Completes with the command's exit code; an interrupt passes SIGTERM on and waits for its end. */
const command = (program: string, args: ReadonlyArray<string>, env: Readonly<Record<string, string>>) =>
  Effect.callback<number>((resume) => {
    const child = spawn(program, args, { stdio: "inherit", env: { ...process.env, ...env } })
    child.on("error", (error) => {
      process.stderr.write(`${program}: ${error.message}\n`)
      resume(Effect.succeed(127))
    })
    const ended = new Promise<void>((done) => child.on("close", () => done()))
    child.on("close", (code, signal) => resume(Effect.succeed(code ?? 128 + (signal === null ? 0 : constants.signals[signal]))))
    return Effect.promise(() => {
      child.kill("SIGTERM")
      return ended
    })
  })

const untilEof = Effect.callback<void>((resume) => {
  process.stdin
    .on("end", () => resume(Effect.void))
    .on("error", () => resume(Effect.void))
    .resume()
})

const main = Effect.scoped(
  Effect.gen(function* () {
    const [mode, first, ...rest] = process.argv.slice(2)
    if (first === undefined || (mode !== "--" && mode !== "--print-env")) {
      yield* Console.error(usage)
      return 2
    }
    const engine = yield* (yield* Sandbox).acquire({ say: (line) => Console.error(`sandbox: ${line}`) })
    const env = {
      ...engine.env,
      CCCI_SANDBOX_ADDRESS: engine.address,
      CCCI_SANDBOX_DIR: engine.directory,
      CCCI_SANDBOX_PID: String(engine.pid)
    }
    if (mode === "--") return yield* command(first, rest, env)
    yield* Effect.addFinalizer(() => Effect.sync(() => rmSync(first, { force: true })))
    yield* Effect.sync(() => {
      const text = Object.entries(env).map(([name, value]) => `export ${name}=${quote(value)}\n`)
      writeFileSync(`${first}.new`, text.join(""), { mode: 0o600 })
      renameSync(`${first}.new`, first)
    })
    yield* Console.error(`sandbox: ready at ${engine.address}, pid ${engine.pid}; \`. ${first}\` to use it`)
    yield* untilEof
    return 0
  })
)

main.pipe(
  Effect.catch((error) => Effect.as(Console.error(error.message), 1)),
  Effect.tap((code) => Effect.sync(() => (process.exitCode = code))),
  Effect.provide(layer.pipe(Layer.provide(NodeServices.layer))),
  NodeRuntime.runMain()
)
