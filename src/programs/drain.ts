/** After an app's services are deleted: until its tasks have ended and its containers are gone, in that order, with an end to patience (TEAR-1, TEAR-2). */
import { Duration, Effect } from "effect"
import { stackOf, type Domain } from "../model/names.ts"
import { Docker, type Container, type DockerError } from "../services/Docker.ts"
import { Progress } from "../services/Progress.ts"
import { Settings } from "../services/Settings.ts"
import { endedStates } from "./inventory.ts"
import { engines } from "./listing.ts"
import { attemptAll, removing } from "./removing.ts"
import { done, pending, waitFor, type Look } from "./wait.ts"

/** The longest grace that the app's services promise their tasks, within half of the teardown's budget. None that can be seen: none. */
export const longestGrace = Effect.fnUntraced(function* (domain: Domain) {
  const docker = yield* Docker
  const { limits } = yield* Settings
  const services = yield* docker.services(stackOf(domain)).pipe(Effect.orElseSucceed(() => []))
  const longest = Duration.millis(Math.max(0, ...services.map(({ stopGrace }) => stopGrace)))
  return Duration.min(longest, Duration.times(limits.teardown, 0.5))
})

const states = (objects: ReadonlyArray<{ readonly state: string }>): string => [...new Set(objects.map(({ state }) => state))].join(", ")

/** First the tasks. */
export const drainTasks = Effect.fnUntraced(function* (domain: Domain, grace: Duration.Duration) {
  const docker = yield* Docker
  const { limits } = yield* Settings
  const look: Effect.Effect<Look<void>, DockerError> = Effect.map(docker.tasks(stackOf(domain)), (tasks) => {
    const alive = tasks.filter(({ state }) => !endedStates.has(state))
    return alive.length === 0 ? done(undefined) : pending(`${alive.length} tasks left (${states(alive)})`)
  })
  const patience = Duration.sum(grace, limits.killGrace)
  const bound = Duration.sum(patience, Duration.times(limits.killGrace, 7))
  yield* withKill(domain, patience, waitFor({ subject: domain, what: "the tasks of deleted services to end", bound, look }))
})

/** Then, read only now, their containers: these outlive their task records by some two seconds. */
export const drainContainers = Effect.fnUntraced(function* (domain: Domain) {
  const { limits } = yield* Settings
  const all = yield* engines
  const look = Effect.gen(function* () {
    const left = (yield* Effect.forEach(all, (engine) => engine.containers(stackOf(domain)))).flat()
    return left.length === 0 ? done(undefined) : pending(`${left.length} containers left (${states(left)})`)
  })
  const gone = waitFor({ subject: domain, what: "the containers of deleted services to go", bound: limits.killGrace, look })
  // What swarm has not cleared by then it never will: removed jobs on old engines, containers orphaned by an engine restart.
  const force = Effect.flatMap(ownerless(domain), (left) =>
    attemptAll(left.map(({ name, id, engine }) => removing(domain, `container ${name}`, engine.removeContainer(id))))
  )
  yield* gone.pipe(Effect.catchTag("WaitTimeout", () => Effect.andThen(force, gone)))
})

/** Containers of the app whose service is deleted. One whose service lives (its removal was refused) would only be started again (TEAR-2). */
const ownerless = Effect.fnUntraced(function* (domain: Domain) {
  const docker = yield* Docker
  const all = yield* engines
  const living = new Set((yield* docker.services(stackOf(domain))).map(({ id }) => id))
  const isLeft = ({ labels }: Container) => !living.has(labels["com.docker.swarm.service.id"] ?? "")
  const found = yield* Effect.forEach(all, (engine) =>
    Effect.map(engine.containers(stackOf(domain)), (containers) => containers.filter(isLeft).map((container) => ({ ...container, engine })))
  )
  return found.flat()
})

/** Runs a wait; what has outlived its own grace and ours by then is killed, and again after each further grace of ours. */
const withKill = Effect.fnUntraced(function* <A, E, R>(domain: Domain, patience: Duration.Duration, wait: Effect.Effect<A, E, R>) {
  const { limits } = yield* Settings
  const progress = yield* Progress
  const once = Effect.gen(function* () {
    const running = (yield* ownerless(domain)).filter(({ state }) => state === "running" || state === "paused")
    yield* Effect.forEach(running, ({ id, engine }) => Effect.ignore(engine.killContainer(id)), { concurrency: 8 })
    if (running.length > 0) {
      yield* progress.emit({ _tag: "Warning", text: `${domain}: killed what ignored its stop signal: ${running.map(({ name }) => name).join(", ")}` })
    }
  })
  const kill = Effect.andThen(Effect.sleep(patience), Effect.forever(Effect.andThen(Effect.ignore(once), Effect.sleep(limits.killGrace))))
  return yield* Effect.raceFirst(wait, kill)
})
