/**
 * Foreign objects that lie beside a run: by name as near to the run's own as can be, and not its own. After the run they must be what they were before it.
 */
import { createHash, randomUUID } from "node:crypto"
import { isDeepStrictEqual } from "node:util"
import { assert } from "@effect/vitest"
import { Effect, Ref } from "effect"
import { Docker, stackLabel } from "../../src/services/Docker.ts"
import type { DockerError } from "../../src/services/Docker.ts"
import { accepted, api, withContainer } from "./engineApi.ts"
import type { Json } from "./engineApi.ts"
import { eventually } from "./eventually.ts"
import { removeLabelled } from "./removal.ts"
import { containerOf, execIn, fixtureImage, runService, specOf } from "./stack.ts"
import type { TestSwarm } from "./swarm.setup.ts"

/** Every witness carries it, and nothing else does. */
export const witnessLabel = "ccci.test.witness"

/** What `inspect` tells that changes without anybody's doing, by kind, with the reason; every other field is compared. */
export const volatile: Readonly<Record<string, ReadonlyArray<readonly [path: string, reason: string]>>> = {}

/** The same without what a path leads to. */
const without = (json: Json, [key = "", ...rest]: ReadonlyArray<string>): Json => {
  if (typeof json !== "object" || json === null || json instanceof Array) return json
  const kept = Object.entries(json).filter(([name]) => name !== key || rest.length > 0)
  return Object.fromEntries(kept.map(([name, value]) => [name, name === key ? without(value, rest) : value]))
}

/** Where each kind is looked at. */
const pathOf: Readonly<Record<string, (id: string) => string>> = {
  service: (id) => `/services/${id}`,
  task: (id) => `/tasks/${id}`,
  container: (id) => `/containers/${id}/json`,
  network: (id) => `/networks/${id}`,
  volume: (id) => `/volumes/${id}`,
  secret: (id) => `/secrets/${id}`,
  config: (id) => `/configs/${id}`
}

/** What is told of an object; nothing when it is gone. */
const inspect = Effect.fnUntraced(function* (swarm: TestSwarm, kind: string, id: string) {
  const { status, body } = yield* api(swarm, "GET", pathOf[kind]?.(id) ?? "")
  if (status !== 200) return []
  const told: Json = JSON.parse(body.toString())
  return [[`${kind} ${id}`, (volatile[kind] ?? []).reduce((rest, [path]) => without(rest, path.split(".")), told)] as const]
})

/** SHA-256 of all that is in each volume, owners, modes and times included. */
const contentsOf = (swarm: TestSwarm, volumes: ReadonlyArray<string>) =>
  withContainer(swarm, { image: fixtureImage, command: ["fixture", "serve"], binds: volumes.map((volume) => `${volume}:/volumes/${volume}:ro`) }, (container) =>
    Effect.forEach(volumes, (volume) =>
      Effect.map(
        accepted(swarm, "GET", `/containers/${container}/archive?path=/volumes/${volume}/.`),
        (archive) => [`content of ${volume}`, createHash("sha256").update(archive).digest("hex")] as const
      )
    )
  )

/** What all witnesses are now, by kind and id, in order. */
const snapshot = Effect.fnUntraced(function* (swarm: TestSwarm, witness: string, externalNetworks: ReadonlyArray<string>) {
  const engine = yield* Docker
  const all = yield* Effect.all({
    service: engine.services(),
    task: engine.tasks(),
    container: engine.containers(),
    network: engine.networks,
    volume: engine.volumes,
    secret: engine.secrets,
    config: engine.configs
  })
  const mine = (objects: ReadonlyArray<{ readonly id: string; readonly labels: Readonly<Record<string, string>> }>) =>
    objects.flatMap(({ id, labels }) => (labels[witnessLabel] === witness ? [id] : [])).sort()
  const told = yield* Effect.forEach(Object.entries(all), ([kind, objects]) => Effect.forEach(mine(objects), (id) => inspect(swarm, kind, id)))
  const networks = yield* Effect.forEach(externalNetworks, (name) => inspect(swarm, "network", name))
  return new Map<string, unknown>([...told.flat(2), ...networks.flat(), ...(yield* contentsOf(swarm, mine(all.volume)))])
})

/** A stack of its own beside the run's, with one of each kind; its service has `replicas` tasks, and a file in its volume. */
const neighbour = Effect.fnUntraced(function* (stack: string, witness: string, external: string, replicas: number) {
  const engine = yield* Docker
  const labels = { [witnessLabel]: witness, [stackLabel]: stack }
  const network = yield* engine.createNetwork(`${stack}_net`, labels)
  const secret = { id: yield* engine.createSecret(`${stack}_key`, "s3cret", labels), name: `${stack}_key` }
  const config = { id: yield* engine.createConfig(`${stack}_conf`, "text", labels), name: `${stack}_conf` }
  const volumes = [{ source: `${stack}_data`, target: "/data", labels }]
  yield* engine.createVolume(`${stack}_data`, labels)
  const more = { replicas, networks: [network, external], secrets: [secret], configs: [config], volumes, labels, containerLabels: labels }
  const id = yield* runService(specOf(stack, "web", more))
  if (replicas > 0) yield* execIn(yield* containerOf(id), "fixture", "write", "/data/note", `of ${stack}`)
})

/** Objects of no stack, whose names contain the run's, or begin with it, or with a neighbour's (those are contested: TEAR-4). */
const strays = Effect.fnUntraced(function* (swarm: TestSwarm, stack: string, witness: string, external: string) {
  const engine = yield* Docker
  const labels = { [witnessLabel]: witness }
  const names = [`my_${stack}_thing`, `${stack}thing`, `${stack.toUpperCase()}_thing`, `${stack}_more_thing`]
  for (const name of names) {
    yield* engine.createSecret(name, "s3cret", labels)
    yield* engine.createConfig(name, "text", labels)
    yield* engine.createVolume(name, labels)
  }
  const command = ["sh", "-c", 'for volume in /volumes/*; do echo "of $volume" >"$volume/note"; done']
  yield* withContainer(swarm, { image: fixtureImage, command, binds: names.map((name) => `${name}:/volumes/${name}`) }, (container) =>
    Effect.andThen(accepted(swarm, "POST", `/containers/${container}/start`), accepted(swarm, "POST", `/containers/${container}/wait`))
  )
  yield* engine.createNetwork(`my_${stack}_thing`, labels)
  const helper = { Image: fixtureImage, Cmd: ["fixture", "serve"], Labels: labels, HostConfig: { NetworkMode: external } }
  yield* accepted(swarm, "POST", `/containers/create?name=my_${stack}_helper`, helper)
  yield* accepted(swarm, "POST", `/containers/my_${stack}_helper/start`)
})

/** Witnesses in their places. */
export interface Witnesses {
  /** Which of them are not what they were, appeared or are gone: kind and id. */
  readonly changed: Effect.Effect<ReadonlyArray<string>, DockerError>
  /** Dies, showing the differences, unless all are what they were. */
  readonly unchanged: Effect.Effect<void, DockerError>
}

/**
 * Places witnesses beside the run whose stack has that name, until the scope closes: a stack whose name begins with the run's, one that goes on from it
 * without a separator, a warm app whose name only just is not a run's, an external network that others are attached to, and strays. `externalNetworks`:
 * networks of the site that must come out of it unchanged, too.
 */
export const placeWitnesses = Effect.fn("placeWitnesses")(function* (swarm: TestSwarm, stack: string, externalNetworks: ReadonlyArray<string> = []) {
  const engine = yield* Docker
  const witness = randomUUID()
  yield* Effect.addFinalizer(() => Effect.orDie(removeLabelled(witnessLabel, witness)))
  const external = yield* engine.createNetwork(`${stack}external`, { [witnessLabel]: witness }, { attachable: true })
  const warm = `warms-${stack.slice(stack.indexOf("-") + 1)}`
  yield* Effect.all([neighbour(`${stack}_more`, witness, external, 1), neighbour(`${stack}x`, witness, external, 0), neighbour(warm, witness, external, 1)], {
    concurrency: 3
  })
  yield* strays(swarm, stack, witness, external)
  const look = Effect.provideService(snapshot(swarm, witness, externalNetworks), Docker, engine)
  // What was just made settles for a moment: two looks in a row must agree.
  const last = yield* Ref.make(new Map<string, unknown>())
  const twice = Effect.flatMap(look, (now) => Effect.map(Ref.getAndSet(last, now), (before) => isDeepStrictEqual(before, now)))
  yield* eventually("the witnesses to settle", twice, (same) => same)
  const before = yield* Ref.get(last)
  const witnesses: Witnesses = {
    changed: Effect.map(look, (now) => [...new Set([...before.keys(), ...now.keys()])].filter((name) => !isDeepStrictEqual(before.get(name), now.get(name)))),
    unchanged: Effect.map(look, (now) => assert.deepStrictEqual(Object.fromEntries(now), Object.fromEntries(before), "a witness is not what it was"))
  }
  return witnesses
})
