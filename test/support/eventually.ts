/** Waiting in tests: woken by the engine's events, with a slow look for what no event tells. Runs on whichever clock the world has. */
import { Duration, Effect, Queue, Ref, Schema, Stream } from "effect"
import { Docker } from "../../src/services/Docker.ts"
import type { DockerError, EngineEvent } from "../../src/services/Docker.ts"

/** The bound was reached: what was waited for, and the last look as JSON. */
export class NotYet extends Schema.TaggedError<NotYet>()("NotYet", { what: Schema.String, seen: Schema.String }) {
  override get message() {
    return `Waited for ${this.what}; last seen: ${this.seen}`
  }
}

const slowLook = Duration.millis(500)

/** Looks until `holds`, and gives what was seen then. Subscribed before the first look, so that no event is missed. */
export const eventually = <A, E, R>(
  what: string,
  look: Effect.Effect<A, E, R>,
  holds: (seen: A) => boolean,
  bound: Duration.Input = "30 seconds"
): Effect.Effect<A, E | DockerError | NotYet, R | Docker> =>
  Effect.gen(function* () {
    const { events } = yield* Docker
    const wake = yield* Queue.sliding<unknown>(1)
    const last = yield* Ref.make<unknown>("nothing")
    const listening = events.pipe(
      Stream.runForEach((event) => Queue.offer(wake, event)),
      Effect.andThen(Effect.never)
    )
    const looking = Effect.gen(function* () {
      yield* Queue.take(wake)
      while (true) {
        const seen = yield* look
        if (holds(seen)) return seen
        yield* Ref.set(last, seen)
        yield* Effect.raceFirst(Queue.take(wake), Effect.sleep(slowLook))
      }
    })
    return yield* Effect.raceFirst(looking, listening).pipe(
      Effect.timeoutOrElse({
        duration: bound,
        orElse: () => Effect.flatMap(Ref.get(last), (seen) => Effect.fail(new NotYet({ what, seen: JSON.stringify(seen) })))
      })
    )
  })

/** Everything that the engine tells from the subscription on: `act` runs once subscribed, and the event of which `last` is true ends it. */
export const eventsOf = <A, E, R>(act: Effect.Effect<A, E, R>, last: (event: EngineEvent) => boolean, bound: Duration.Input = "30 seconds") =>
  Effect.flatMap(Docker, ({ events }) =>
    events.pipe(
      Stream.onFirst(() => act),
      Stream.takeUntil(last),
      Stream.runCollect,
      Effect.timeoutOrElse({ duration: bound, orElse: () => Effect.fail(new NotYet({ what: "the last event", seen: "others, or none" })) })
    )
  )
