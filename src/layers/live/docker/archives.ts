/** Files to and from containers, as tar archives that are streamed and never held in memory. */
import { open, unlink } from "node:fs/promises"
import { Duration, Effect, Exit, Stream } from "effect"
import type { Client } from "./client.ts"
import { chunks, failed, readAll, wholeLimit } from "./transport.ts"
import type { Call } from "./transport.ts"

/** Something done with a local file, whose failure is the machine's, not the engine's. */
const local = <A>(call: Call, act: () => Promise<A>) =>
  Effect.tryPromise({ try: act, catch: (error) => failed(call, "file", error instanceof Error ? error.message : String(error)) })

/** A local file, closed with the scope. */
const opened = (call: Call, path: string, flags: string) =>
  Effect.acquireRelease(
    local(call, () => open(path, flags, 0o600)),
    (file) => Effect.promise(() => file.close())
  )

/** Transfers have no limit in all, since nobody knows how much there is, but one on the time without a byte. */
export const archivesOf = (client: Client, requestTimeLimit: Duration.Duration) => {
  const callOf = (operation: string, container: string, path: string): Call => ({
    operation,
    subject: container,
    path: `/containers/${encodeURIComponent(container)}/archive`,
    query: { path },
    idleLimit: Duration.toMillis(requestTimeLimit)
  })

  const archiveToFile = Effect.fn("Docker.archiveToFile")(function* (container: string, path: string, file: string) {
    const call = callOf(`copy ${path} out of container`, container, path)
    const response = yield* client.open(call)
    const handle = yield* opened(call, file, "wx")
    yield* Effect.addFinalizer((exit) => (Exit.isSuccess(exit) ? Effect.void : Effect.ignore(local(call, () => unlink(file)))))
    yield* Stream.runForEach(chunks(call, response), (chunk) => local(call, () => handle.appendFile(chunk)))
  }, Effect.scoped)

  const archiveFromFile = Effect.fn("Docker.archiveFromFile")(function* (container: string, directory: string, file: string) {
    const call = callOf(`unpack ${file} into ${directory} of container`, container, directory)
    const handle = yield* opened(call, file, "r")
    const upload = { ...call, method: "PUT", upload: () => handle.createReadStream({ autoClose: false }) } as const
    const response = yield* client.open(upload)
    yield* readAll(upload, response, wholeLimit)
  }, Effect.scoped)

  return { archiveToFile, archiveFromFile }
}
