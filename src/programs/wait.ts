/**
 * Waiting, done once: subscribe to the engine's events, look, then wait for the next event or a slow fallback look. Every wait has a bound, says what it
 * waits for, and tells what it saw last when the bound is reached (HEALTH-5).
 */
import { Clock, Duration, Effect, Queue, Ref, Result, Schema, Stream } from "effect"
import { Docker, subscribed, type DockerError, type EngineEvent } from "../services/Docker.ts"
import { Progress } from "../services/Progress.ts"
import { Settings } from "../services/Settings.ts"

/** The bound was reached. `machine`: what was seen last is that the engine or the gateway does not answer at all: then it is not the recipe's fault. */
export class WaitTimeout extends Schema.TaggedError<WaitTimeout>()("WaitTimeout", {
  subject: Schema.String,
  what: Schema.String,
  seen: Schema.String,
  seconds: Schema.Number,
  machine: Schema.Boolean
}) {
  override get message() {
    return `${this.subject}: waited ${this.seconds} s for ${this.what}; last seen: ${this.seen}`
  }
}

/** What one look found: the end of the wait, or a sentence about what is still missing, and in how many ms at the latest to look again. */
export type Look<A> =
  { readonly _tag: "Done"; readonly value: A } | { readonly _tag: "Pending"; readonly seen: string; readonly again: number; readonly machine: boolean }

export const done = <A>(value: A): Look<A> => ({ _tag: "Done", value })
export const pending = (seen: string, again = Number.POSITIVE_INFINITY): Look<never> => ({ _tag: "Pending", seen, again, machine: false })
/** What is missing is not the recipe's to bring. */
export const pendingMachine = (seen: string): Look<never> => ({ _tag: "Pending", seen, again: Number.POSITIVE_INFINITY, machine: true })

/**
 * Swarm tells nothing of its tasks, but what it does with them follows its containers' events within some ten ms. So after an event the next looks come
 * soon, then ever later, up to the slow look.
 */
const soon = 40

/** How long an engine may be out of reach in the middle of a wait before that ends it (an engine restart takes some seconds). */
const engineGrace = Duration.seconds(60)

/** How often a wait that sees nothing new says so. */
const heartbeat = 5_000

/** Events of the subject's own stack, and of the subscription itself. Health checks run as exec instances and would wake every waiter for nothing. */
const wakes = (subject: string) => {
  const stack = subject.replaceAll(".", "_")
  return ({ type, action, id, attributes }: EngineEvent): boolean =>
    type === subscribed.type || (!action.startsWith("exec_") && (id.includes(stack) || Object.values(attributes).some((value) => value.includes(stack))))
}

const outOfReach = (error: DockerError): boolean =>
  error.reason === "unreachable" || error.reason === "timeout" || error.reason === "protocol" || error.reason === "server"

/** Looks until `look` is done. `subject` is whom the wait concerns (a domain), `what` completes "waiting for ...". */
export const waitFor = Effect.fn("waitFor")(function* <A, E, R>(wait: {
  readonly subject: string
  readonly what: string
  readonly bound: Duration.Input
  readonly look: Effect.Effect<Look<A>, E | DockerError, R>
}) {
  const docker = yield* Docker
  const progress = yield* Progress
  const { limits } = yield* Settings
  const bound = Duration.fromInputUnsafe(wait.bound)
  const started = yield* Clock.currentTimeMillis
  const said = yield* Ref.make({ seen: "", at: Number.NEGATIVE_INFINITY })
  const last = yield* Ref.make({ seen: "nothing yet", machine: false, lostAt: Number.POSITIVE_INFINITY })
  const wake = yield* Queue.sliding<EngineEvent>(1)

  const say = Effect.fnUntraced(function* (seen: string) {
    const now = yield* Clock.currentTimeMillis
    const before = yield* Ref.get(said)
    if (before.seen === seen && now - before.at < heartbeat) return
    yield* Ref.set(said, { seen, at: now })
    yield* progress.emit({ _tag: "Waiting", what: wait.what, seen, elapsed: now - started, bound: Duration.toMillis(bound) })
  })

  const lookOnce = Effect.fnUntraced(function* () {
    const found = yield* Effect.result(wait.look)
    if (Result.isSuccess(found)) {
      if (found.success._tag === "Pending") yield* Ref.set(last, { seen: found.success.seen, machine: found.success.machine, lostAt: Number.POSITIVE_INFINITY })
      return found.success
    }
    const error = found.failure
    if (!isDockerError(error) || !outOfReach(error)) return yield* Effect.fail(error)
    const now = yield* Clock.currentTimeMillis
    const { lostAt } = yield* Ref.updateAndGet(last, (was) => ({ seen: error.message, machine: true, lostAt: Math.min(was.lostAt, now) }))
    return now - lostAt > Duration.toMillis(engineGrace) ? yield* Effect.fail(error) : pending(error.message)
  })

  const looking = Effect.gen(function* () {
    // Events only wake the waiter: a broken subscription is renewed at the pace of the slow look, and the look itself says what is wrong.
    yield* docker.events.pipe(
      Stream.filter(wakes(wait.subject)),
      Stream.runForEach((event) => Queue.offer(wake, event)),
      Effect.ignore,
      Effect.andThen(Effect.sleep(limits.slowLook)),
      Effect.forever,
      Effect.forkScoped
    )
    let pause = soon
    while (true) {
      const found = yield* lookOnce()
      if (found._tag === "Done") return found.value
      yield* say(found.seen)
      const woken = yield* Effect.raceFirst(Effect.as(Queue.take(wake), true), Effect.as(Effect.sleep(Math.min(pause, found.again)), false))
      pause = woken ? soon : Math.min(pause * 2, Duration.toMillis(limits.slowLook))
    }
  })

  return yield* Effect.scoped(looking).pipe(
    Effect.timeoutOrElse({
      duration: bound,
      orElse: () =>
        Effect.flatMap(Ref.get(last), ({ seen, machine }) =>
          Effect.fail(new WaitTimeout({ subject: wait.subject, what: wait.what, seen, seconds: Math.round(Duration.toSeconds(bound)), machine }))
        )
    })
  )
})

const isDockerError = (error: unknown): error is DockerError => typeof error === "object" && error !== null && "_tag" in error && error._tag === "DockerError"
