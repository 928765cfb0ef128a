/**
 * Teardown (TEAR): the one path by which anything of an app is removed, for a run and for the janitor alike. It needs neither abra nor the `.env`, works
 * on what is there, attempts every step whatever the one before did, and believes only a listing.
 */
import { Duration, Effect, Exit, Option, Result } from "effect"
import { stackOf, type Domain } from "../model/names.ts"
import { Docker, type DockerError } from "../services/Docker.ts"
import { Files } from "../services/Files.ts"
import { Progress } from "../services/Progress.ts"
import { Settings } from "../services/Settings.ts"
import { endedStates, engines, inventory, type Inventory, type Residue } from "./inventory.ts"
import { done, pending, waitFor, type Look } from "./wait.ts"

/** What a teardown came to: what is left (nothing: clean), what was contested and so left alone, and what went wrong on the way. */
export interface TeardownReport {
  readonly domain: Domain
  readonly residue: ReadonlyArray<Residue>
  readonly contested: ReadonlyArray<Residue>
  readonly problems: ReadonlyArray<string>
}

/** Tears one app down. `settle`: look twice, a quiet interval apart, since something that was asked for by a dead client may still appear (JAN-10). */
export const teardown = Effect.fn("teardown")(function* (domain: Domain, options: { readonly settle: boolean }) {
  const { limits, abraDir, server } = yield* Settings
  const files = yield* Files
  const problems: Array<string> = []
  const step = <A, E extends { readonly message: string }, R>(name: string, effect: Effect.Effect<A, E, R>) =>
    Effect.matchEffect(effect, {
      onSuccess: () => Effect.void,
      onFailure: (error) => Effect.sync(() => void problems.push(`${name}: ${error.message}`))
    })
  const envPath = `${abraDir}/servers/${server}/${domain}.env`

  const pass = Effect.gen(function* () {
    // Read before the services go: what they were promised as a grace is theirs (TEAR-2), within half of the whole budget.
    const grace = yield* longestGrace(domain).pipe(Effect.orElseSucceed(() => Duration.zero))
    yield* step("services", removeEach(domain, "service"))
    yield* step("tasks", drainTasks(domain, Duration.min(grace, Duration.times(limits.teardown, 0.5))))
    yield* step("containers", drainContainers(domain))
    yield* step("foreign-made containers", removeEach(domain, "container"))
    yield* step("networks", removeEach(domain, "network"))
    yield* Effect.forEach(["config", "secret", "volume"] as const, (kind) => step(kind, removeEach(domain, kind)), { concurrency: 3 })
  })

  const verify = Effect.gen(function* () {
    const found = yield* Effect.result(inventory(domain))
    if (Result.isFailure(found)) {
      return { residue: [{ kind: "unknown", name: `not verified: ${found.failure.message}` } satisfies Residue], contested: [] }
    }
    return { residue: found.success.residue, contested: found.success.contested }
  })

  const first = yield* inventory(domain).pipe(Effect.exit)
  if (!Exit.isSuccess(first) || first.value.residue.length > 0) yield* pass
  let left = yield* verify
  if (options.settle && left.residue.length === 0) {
    yield* Effect.sleep(limits.quiet)
    left = yield* verify
    if (left.residue.length > 0) {
      yield* pass
      left = yield* verify
    }
  }
  // The `.env` is what a later attempt finds the app by: it goes last, and only once all else is gone (TEAR-1).
  if (left.residue.length === 0) yield* step("env", files.remove(envPath))
  const env = yield* files.stat(envPath).pipe(Effect.orElseSucceed(() => Option.none()))
  const residue: ReadonlyArray<Residue> = Option.isSome(env) ? [...left.residue, { kind: "env", name: envPath }] : left.residue
  return { domain, residue, contested: left.contested, problems } satisfies TeardownReport
})

const longestGrace = Effect.fnUntraced(function* (domain: Domain) {
  const docker = yield* Docker
  const services = yield* docker.services(stackOf(domain))
  return Duration.millis(Math.max(0, ...services.map(({ stopGrace }) => stopGrace)))
})

/** After the services are gone: first the tasks, then, read only then, the containers, which outlive their task records by some two seconds. */
const drainTasks = Effect.fnUntraced(function* (domain: Domain, grace: Duration.Duration) {
  const docker = yield* Docker
  const { limits } = yield* Settings
  const look: Effect.Effect<Look<void>, DockerError> = Effect.map(docker.tasks(stackOf(domain)), (tasks) => {
    const alive = tasks.filter(({ state }) => !endedStates.has(state))
    return alive.length === 0 ? done(undefined) : pending(`${alive.length} tasks left (${[...new Set(alive.map(({ state }) => state))].join(", ")})`)
  })
  const patience = Duration.sum(grace, limits.killGrace)
  const bound = Duration.sum(patience, Duration.times(limits.killGrace, 7))
  yield* withKill(domain, patience, waitFor({ subject: domain, what: "the tasks of deleted services to end", bound, look }))
})

const drainContainers = Effect.fnUntraced(function* (domain: Domain) {
  const { limits } = yield* Settings
  const all = yield* engines
  const look = Effect.gen(function* () {
    const found = yield* Effect.forEach(all, (engine) => engine.containers(stackOf(domain)))
    const left = found.flat()
    return left.length === 0 ? done(undefined) : pending(`${left.length} containers left (${[...new Set(left.map(({ state }) => state))].join(", ")})`)
  })
  const gone = waitFor({ subject: domain, what: "the containers of deleted services to go", bound: limits.killGrace, look })
  // What swarm has not cleared by then it never will: removed jobs on old engines, containers orphaned by an engine restart.
  const force = Effect.forEach(all, (engine) =>
    Effect.flatMap(engine.containers(stackOf(domain)), (left) =>
      attemptAll(left.map(({ id, name }) => removing(domain, `container ${name}`, engine.removeContainer(id))))
    )
  )
  yield* gone.pipe(Effect.catchTag("WaitTimeout", () => Effect.andThen(force, gone)))
})

/** TEAR-2: runs a wait; when its containers have outlived their own grace and ours, they are killed. Their services are deleted, so swarm starts no others. */
const withKill = Effect.fnUntraced(function* <A, E, R>(domain: Domain, patience: Duration.Duration, wait: Effect.Effect<A, E, R>) {
  const { limits } = yield* Settings
  const progress = yield* Progress
  const all = yield* engines
  const stack = stackOf(domain)
  const kill = Effect.gen(function* () {
    yield* Effect.sleep(patience)
    while (true) {
      const found = yield* Effect.forEach(all, (engine) =>
        Effect.flatMap(engine.containers(stack), (containers) =>
          Effect.forEach(
            containers.filter(({ state }) => state === "running" || state === "paused"),
            ({ id, name }) => Effect.as(Effect.ignore(engine.killContainer(id)), name)
          )
        )
      ).pipe(Effect.orElseSucceed((): ReadonlyArray<ReadonlyArray<string>> => []))
      const names = found.flat()
      if (names.length > 0) yield* progress.emit({ _tag: "Warning", text: `${domain}: killed what ignored its stop signal: ${names.join(", ")}` })
      yield* Effect.sleep(limits.killGrace)
    }
  })
  return yield* Effect.raceFirst(wait, kill)
})

const removeEach = Effect.fnUntraced(function* (domain: Domain, kind: "service" | "container" | "network" | "config" | "secret" | "volume") {
  const found: Inventory = yield* inventory(domain)
  const mine = found.removable.filter((object) => object.kind === kind)
  yield* attemptAll(mine.map(({ name, remove }) => removing(domain, `${kind} ${name}`, remove)))
})

/** Attempts all of them, whatever becomes of each, and then fails with the first failure. */
const attemptAll = Effect.fnUntraced(function* <E, R>(effects: ReadonlyArray<Effect.Effect<void, E, R>>) {
  const results = yield* Effect.forEach(effects, Effect.result, { concurrency: 8 })
  const failed = results.find(Result.isFailure)
  if (failed !== undefined) return yield* Effect.fail(failed.failure)
})

/** One removal, tried again while the engine says "in use" (TEAR-2). What is gone already is removed. */
const removing = Effect.fnUntraced(function* (domain: Domain, what: string, remove: Effect.Effect<void, DockerError>) {
  const { limits } = yield* Settings
  const look: Effect.Effect<Look<void>, DockerError> = remove.pipe(
    Effect.as(done(undefined)),
    Effect.catchTag("DockerError", (error) =>
      error.reason === "notFound"
        ? Effect.succeed(done(undefined))
        : error.reason === "inUse" || error.reason === "conflict"
          ? Effect.succeed(pending(error.seen))
          : Effect.fail(error)
    )
  )
  yield* waitFor({ subject: domain, what: `the removal of ${what}`, bound: Duration.times(limits.killGrace, 2), look })
})
