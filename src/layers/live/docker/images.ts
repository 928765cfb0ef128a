/** Images of one node. */
import { Duration, Effect, Ref, Stream } from "effect"
import { DockerError, PullError } from "../../../services/Docker.ts"
import type { Client } from "./client.ts"
import { pullRefusal } from "./errors.ts"
import { failed, lines } from "./transport.ts"
import type { Call } from "./transport.ts"
import * as wire from "./wire.ts"

/** An image's name is part of the path, slashes and all. */
const inPath = (reference: string) => reference.split("/").map(encodeURIComponent).join("/")

/** Without a tag or digest the engine would pull every tag. */
const isExact = (reference: string) => reference.includes("@") || reference.lastIndexOf(":") > reference.lastIndexOf("/")

export const imagesOf = (client: Client) => {
  const hasImage = Effect.fn("Docker.hasImage")(function* (reference: string) {
    return yield* client.run({ operation: "look for image", subject: reference, path: `/images/${inPath(reference)}/json` }).pipe(
      Effect.as(true),
      Effect.catchIf(
        ({ reason }) => reason === "notFound",
        () => Effect.succeed(false)
      )
    )
  })

  /** The engine reports a failure as HTTP status before its answer's stream begins, and as a line of it after that. */
  const pull = Effect.fn("Docker.pull")(function* (reference: string, timeLimit: Duration.Input) {
    const limit = Duration.fromInputUnsafe(timeLimit)
    const query = { fromImage: reference, ...(isExact(reference) ? {} : { tag: "latest" }) }
    const call: Call = { operation: "pull image", subject: reference, method: "POST", path: "/images/create", query, idleLimit: Duration.toMillis(limit) }
    const refused = (error: DockerError) =>
      error.reason === "notFound" || error.reason === "server" ? Effect.fail(pullRefusal(reference, error.seen) ?? error) : Effect.fail(error)
    const seen = yield* Ref.make("")
    yield* Effect.flatMap(client.open(call), (response) =>
      Stream.runForEach(lines(call, response), (line) =>
        Effect.flatMap(
          Effect.mapError(wire.pullError(line), (error) => failed(call, "protocol", error.message)),
          (words) => (words === "" ? Effect.void : Ref.set(seen, words))
        )
      )
    ).pipe(
      Effect.scoped,
      Effect.andThen(Ref.get(seen)),
      Effect.flatMap((words) => (words === "" ? Effect.void : Effect.fail(failed(call, "server", words)))),
      Effect.catchTag("DockerError", refused),
      Effect.timeoutOrElse({
        duration: limit,
        orElse: () => Effect.fail(new PullError({ image: reference, reason: "timeout", seen: `not done within ${Duration.toSeconds(limit)} s` }))
      })
    )
  })

  return { hasImage, pull }
}
