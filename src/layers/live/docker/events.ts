/** What the engine tells of its own accord. */
import { Clock, Effect, Stream } from "effect"
import { subscribed } from "../../../services/Docker.ts"
import type { Client } from "./client.ts"
import { failed, lines } from "./transport.ts"
import type { Call } from "./transport.ts"
import * as wire from "./wire.ts"

/**
 * The engine sends the head of its answer a moment before it subscribes; asked for events since the time of the request, it makes up for that moment from
 * the events that it remembers.
 */
export const eventsOf = (client: Client) =>
  Stream.unwrap(
    Effect.gen(function* () {
      const now = yield* Clock.currentTimeMillis
      const since = `${Math.floor(now / 1000)}.${String(now % 1000).padStart(3, "0")}000000`
      const call: Call = { operation: "follow the events", subject: "", path: "/events", query: { since } }
      const response = yield* client.open(call)
      const events = Stream.mapEffect(lines(call, response), (line) => Effect.mapError(wire.event(line), (error) => failed(call, "protocol", error.message)))
      const ended = Effect.suspend(() => Effect.fail(failed(call, "protocol", "the engine ended the stream")))
      return events.pipe(Stream.concat(Stream.fromEffect(ended)), Stream.prepend([subscribed]))
    })
  )
