/** Networks, volumes, secrets, configs, and what the engine says of itself. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { Docker, stackLabel, subscribed } from "../../../src/services/Docker.ts"
import type { DockerError } from "../../../src/services/Docker.ts"
import { errorOf } from "../../support/contract.ts"
import { eventsOf } from "../../support/eventually.ts"
import { fixtureImage, missingImage, ownStack, runService, specOf } from "../../support/stack.ts"
import type { Law } from "../docker.ts"

const namesOf = (objects: ReadonlyArray<{ readonly name: string }>, start: string) =>
  objects
    .map(({ name }) => name)
    .filter((name) => name.startsWith(start))
    .sort()

/** The four kinds, alike: how one is made, listed and removed; ids are names for volumes. */
const kinds = (docker: Docker["Service"]) => [
  {
    kind: "network",
    list: docker.networks,
    create: (name: string, labels: Readonly<Record<string, string>>) => docker.createNetwork(name, labels),
    remove: docker.removeNetwork
  },
  {
    kind: "volume",
    list: docker.volumes,
    create: (name: string, labels: Readonly<Record<string, string>>) => Effect.as(docker.createVolume(name, labels), name),
    remove: docker.removeVolume
  },
  {
    kind: "secret",
    list: docker.secrets,
    create: (name: string, labels: Readonly<Record<string, string>>) => docker.createSecret(name, "s3cret", labels),
    remove: docker.removeSecret
  },
  {
    kind: "config",
    list: docker.configs,
    create: (name: string, labels: Readonly<Record<string, string>>) => docker.createConfig(name, "text", labels),
    remove: docker.removeConfig
  }
]

export const objectLaws = (law: Law) => {
  law(
    "the engine is a manager of an active swarm, and its own node is ready",
    Effect.gen(function* () {
      const docker = yield* Docker
      const info = yield* docker.info
      assert.strictEqual(info.swarm, "active")
      assert.isTrue(info.manager)
      assert.match(info.version, /^\d+\./)
      assert.match(info.apiVersion, /^1\.\d+$/)
      const own = (yield* docker.nodes).find(({ id }) => id === info.nodeId)
      assert.deepStrictEqual([own?.role, own?.ready], ["manager", true])
    })
  )

  law(
    "TEAR-4: what is created is listed with its exact name, id and labels, and a name that contains it is another object",
    Effect.gen(function* () {
      const docker = yield* Docker
      const stack = yield* ownStack
      for (const { list, create } of kinds(docker)) {
        const labels = { [stackLabel]: stack, "law.note": "a, b=c" }
        const long = yield* create(`${stack}_x_y`, labels)
        const short = yield* create(`${stack}_x`, labels)
        const found = yield* list
        assert.deepStrictEqual(namesOf(found, stack), [`${stack}_x`, `${stack}_x_y`])
        assert.deepStrictEqual(
          found.find(({ id }) => id === short),
          { id: short, name: `${stack}_x`, labels }
        )
        assert.notStrictEqual(long, short)
      }
    })
  )

  law(
    "an object without labels is listed with none",
    Effect.gen(function* () {
      const docker = yield* Docker
      const stack = yield* ownStack
      for (const { list, create, remove } of kinds(docker)) {
        const id = yield* Effect.acquireRelease(create(`${stack}_bare`, {}), (made) => Effect.ignore(remove(made)))
        assert.deepStrictEqual(
          (yield* list).find((object) => object.id === id),
          { id, name: `${stack}_bare`, labels: {} }
        )
      }
    })
  )

  law(
    "a name that is taken is a conflict, but a volume made twice is the first one",
    Effect.gen(function* () {
      const docker = yield* Docker
      const stack = yield* ownStack
      const labels = { [stackLabel]: stack }
      for (const { kind, list, create } of kinds(docker)) {
        yield* create(`${stack}_x`, labels)
        const again = create(`${stack}_x`, { [stackLabel]: stack, other: "label" })
        if (kind === "volume") yield* again
        else assert.deepStrictEqual([kind, (yield* errorOf(again)).reason], [kind, "conflict"])
        assert.deepStrictEqual(
          (yield* list).filter(({ name }) => name === `${stack}_x`).map((object) => object.labels),
          [labels]
        )
      }
    })
  )

  law(
    "TEAR-5: removal is one call: gone from the list after it, and notFound the second time",
    Effect.gen(function* () {
      const docker = yield* Docker
      const stack = yield* ownStack
      for (const { kind, list, create, remove } of kinds(docker)) {
        const id = yield* create(`${stack}_x`, { [stackLabel]: stack })
        yield* remove(id)
        assert.deepStrictEqual(namesOf(yield* list, stack), [])
        const error: DockerError = yield* errorOf(remove(id))
        assert.deepStrictEqual([kind, error.reason, error.status], [kind, "notFound", 404])
      }
      const others = [docker.removeService(`${stack}_none`), docker.removeContainer(`${stack}_none`), docker.killContainer(`${stack}_none`)]
      for (const remove of others) assert.strictEqual((yield* errorOf(remove)).reason, "notFound")
    })
  )

  law(
    "an image is on the node or not",
    Effect.gen(function* () {
      const docker = yield* Docker
      assert.isTrue(yield* docker.hasImage(fixtureImage))
      assert.isFalse(yield* docker.hasImage(missingImage))
    })
  )

  law(
    "DEP-10: a pull from a registry that nobody can reach fails as such",
    Effect.gen(function* () {
      const docker = yield* Docker
      const error = yield* errorOf(docker.pull(missingImage, "20 seconds"))
      assert.strictEqual(error._tag, "PullError")
      assert.strictEqual(error.reason, "unreachable")
      assert.include(error.message, missingImage)
    })
  )

  law(
    "events begin with `subscribed`, and nothing that happens after it is missed",
    Effect.gen(function* () {
      const docker = yield* Docker
      const stack = yield* ownStack
      const act = runService(specOf(stack, "web"))
      const events = yield* eventsOf(act, ({ type, action, attributes }) => type === "container" && action === "start" && attributes[stackLabel] === stack)
      assert.deepStrictEqual(events[0], subscribed)
      const created = events.filter(({ type, action, attributes }) => type === "service" && action === "create" && attributes["name"] === `${stack}_web`)
      assert.lengthOf(created, 1)
      const [service] = yield* docker.services(stack)
      assert.strictEqual(created[0]?.id, service?.id)
    })
  )

  law(
    "events of networks, volumes, secrets and configs tell of their making",
    Effect.gen(function* () {
      const docker = yield* Docker
      const stack = yield* ownStack
      const act = Effect.forEach(kinds(docker), ({ create }) => create(`${stack}_x`, { [stackLabel]: stack }))
      const events = yield* eventsOf(act, ({ type, attributes }) => type === "config" && attributes["name"] === `${stack}_x`)
      const made = events.filter(({ id, action, attributes }) => action === "create" && (id === `${stack}_x` || attributes["name"] === `${stack}_x`))
      assert.deepStrictEqual(made.map(({ type }) => type).sort(), ["config", "network", "secret", "volume"])
    })
  )
}
