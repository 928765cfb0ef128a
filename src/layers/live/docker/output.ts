/** What commands and services wrote: exec and logs. */
import { Duration, Effect, Option } from "effect"
import type { DockerError, ExecOutput } from "../../../services/Docker.ts"
import type { Client } from "./client.ts"
import { framesOf, textOf } from "./frames.ts"
import type { Frame } from "./frames.ts"
import { failed, readAll } from "./transport.ts"
import type { Call } from "./transport.ts"
import * as wire from "./wire.ts"

/** Bytes of both streams together. */
const outputLimit = 16 * 2 ** 20

/** Characters of a log that are kept, from its end. */
const logLimit = 2 ** 20

/** Reads a framed answer to its end. */
const frames = (client: Client, call: Call, limit: Duration.Duration): Effect.Effect<ReadonlyArray<Frame>, DockerError> =>
  Effect.scoped(Effect.flatMap(client.open(call), (response) => readAll(call, response, outputLimit))).pipe(
    Effect.flatMap((body) =>
      Option.match(framesOf(body), {
        onNone: () => Effect.fail(failed(call, "protocol", `the connection was cut in the middle of the output, after ${body.length} bytes`)),
        onSome: Effect.succeed
      })
    ),
    Effect.timeoutOrElse({
      duration: limit,
      orElse: () => Effect.fail(failed(call, "timeout", `no end within ${Duration.toSeconds(limit)} s`))
    })
  )

export const outputOf = (client: Client, requestTimeLimit: Duration.Duration) => {
  const execCreate = Effect.fn("Docker.execCreate")(function* (container: string, argv: ReadonlyArray<string>, user?: string) {
    const body = { AttachStdout: true, AttachStderr: true, Tty: false, Cmd: argv, ...(user === undefined ? {} : { User: user }) }
    const path = `/containers/${encodeURIComponent(container)}/exec`
    return yield* client.json({ operation: "prepare a command in container", subject: container, method: "POST", path, body }, wire.created)
  })

  const execStart = Effect.fn("Docker.execStart")(function* (exec: string, timeLimit: Duration.Input) {
    const path = `/exec/${encodeURIComponent(exec)}/start`
    const call: Call = { operation: "run command", subject: exec, method: "POST", path, body: { Detach: false, Tty: false } }
    const all = yield* frames(client, call, Duration.fromInputUnsafe(timeLimit))
    return { stdout: textOf(all, ({ stderr }) => !stderr), stderr: textOf(all, ({ stderr }) => stderr) } satisfies ExecOutput
  })

  const execExitCode = Effect.fn("Docker.execExitCode")(function* (exec: string) {
    return yield* client.json({ operation: "look at command", subject: exec, path: `/exec/${encodeURIComponent(exec)}/json` }, wire.exitCode)
  })

  const serviceLog = Effect.fn("Docker.serviceLog")(function* (service: string, lines: number) {
    const path = `/services/${encodeURIComponent(service)}/logs`
    const query = { stdout: "true", stderr: "true", tail: String(lines) }
    const all = yield* frames(client, { operation: "read the log of service", subject: service, path, query }, requestTimeLimit)
    return textOf(all).slice(-logLimit)
  })

  return { execCreate, execStart, execExitCode, serviceLog }
}
