/** app deploy: gates, labels, what swarm is given. */
import { assert } from "@effect/vitest"
import { Effect, Option } from "effect"
import { Domain } from "../../../src/model/names.ts"
import { addEnv, deployedService, history, recipe, runningContainer, setup } from "../../support/blogRecipe.ts"
import { errorOf, present } from "../../support/contract.ts"
import { execIn } from "../../support/stack.ts"
import type { Law } from "../abra.ts"

const chaos = Option.none<string>()
const pinned = (version: string) => Option.some(version)
const limit = "1 minute"

/** An app that lacks nothing but its deploy. */
const made = Effect.fnUntraced(function* (...steps: Parameters<typeof setup>) {
  const world = yield* setup(...steps)
  yield* world.abra.newApp(recipe, world.domain)
  yield* world.abra.generateSecrets(world.domain)
  return world
})

const lightweight = history().map((step, index) => (index === 0 ? { ...step, tags: [{ name: "1.9.0+1", annotated: false }] } : step))

export const deployLaws = (law: Law) => {
  law(
    "a chaos deploy takes the checkout as it is, and stamps its commit",
    Effect.gen(function* () {
      const { abra, at, checkout, domain, git, stack } = yield* made()
      yield* git.checkout(checkout, at(2))
      yield* abra.deploy(domain, chaos, limit)
      assert.strictEqual(yield* git.head(checkout), at(2))
      const { labels } = present(yield* deployedService(stack, "app"), "the service app")
      assert.strictEqual(labels[`coop-cloud.${stack}.chaos`], "true")
      assert.strictEqual(labels[`coop-cloud.${stack}.chaos-version`], at(2).slice(0, 8), "UPG-4")
      assert.strictEqual(labels[`coop-cloud.${stack}.version`], "1.11.0+1", "the compose file's own")
      assert.strictEqual(labels[`coop-cloud.${stack}.recipe`], "blog")
      assert.strictEqual(labels[`coop-cloud.${stack}.timeout`], "120")
      assert.strictEqual(labels["com.docker.stack.namespace"], stack)
    })
  )

  law(
    "UPG-4: an untracked file is stamped +U, and does not stop a chaos deploy",
    Effect.gen(function* () {
      const { abra, at, checkout, domain, files, stack } = yield* made()
      yield* files.writeAtomic(`${checkout}/compose.ccci.yml`, "services: {}\n")
      yield* abra.deploy(domain, chaos, limit)
      const { labels } = present(yield* deployedService(stack, "app"), "the service app")
      assert.strictEqual(labels[`coop-cloud.${stack}.chaos-version`], `${at(1).slice(0, 8)}+U`)
    })
  )

  law(
    "DEP-4: a pinned deploy checks its version out, and claims no chaos",
    Effect.gen(function* () {
      const { abra, at, checkout, docker, domain, git, stack } = yield* made()
      yield* abra.deploy(domain, pinned("1.9.0+1"), limit)
      assert.strictEqual(yield* git.head(checkout), at(0))
      const { labels } = present(yield* deployedService(stack, "app"), "the service app")
      assert.strictEqual(labels[`coop-cloud.${stack}.version`], "1.9.0+1")
      assert.strictEqual(labels[`coop-cloud.${stack}.chaos`], "false")
      assert.isUndefined(labels[`coop-cloud.${stack}.chaos-version`])
      assert.include(
        (yield* docker.configs).map(({ name }) => name),
        `${stack}_conf_v1`,
        "abra.sh's export of that version"
      )
    })
  )

  law(
    "UPG-2: a chaos redeploy of another tree replaces labels and configs in place",
    Effect.gen(function* () {
      const { abra, at, checkout, docker, domain, git, stack } = yield* made()
      yield* abra.deploy(domain, pinned("1.9.0+1"), limit)
      const before = present(yield* deployedService(stack, "app"), "the service app")
      yield* git.checkout(checkout, at(2))
      yield* abra.deploy(domain, chaos, limit)
      const after = present(yield* deployedService(stack, "app"), "the service app")
      assert.strictEqual(after.id, before.id)
      assert.strictEqual(after.labels[`coop-cloud.${stack}.chaos`], "true")
      assert.strictEqual(after.labels[`coop-cloud.${stack}.version`], "1.11.0+1")
      assert.include(
        (yield* docker.configs).map(({ name }) => name),
        `${stack}_conf_v3`
      )
    })
  )

  law(
    "DEP-5: a pinned deploy wants a clean tree; an untracked file suffices",
    Effect.gen(function* () {
      const { abra, at, checkout, docker, domain, files, git, stack } = yield* made()
      yield* files.writeAtomic(`${checkout}/compose.ccci.yml`, "services: {}\n")
      const error = yield* errorOf(abra.deploy(domain, pinned("1.9.0+1"), limit))
      assert.deepStrictEqual([error._tag, error.reason], ["AbraError", "uncleanTree"])
      assert.include(error.message, "has locally unstaged changes")
      assert.strictEqual(yield* git.head(checkout), at(1), "nothing was checked out")
      assert.deepStrictEqual(yield* docker.services(stack), [])
    })
  )

  law(
    "DEP-5: lint's R014 is fatal to a pinned deploy of a recipe with a lightweight version tag, and not to a chaos deploy",
    Effect.gen(function* () {
      const { abra, docker, domain, stack } = yield* made(lightweight)
      const error = yield* errorOf(abra.deploy(domain, pinned("1.10.0+1"), limit))
      assert.deepStrictEqual([error._tag, error.reason], ["AbraError", "lint"])
      assert.include(error.message, "R014")
      assert.deepStrictEqual(yield* docker.services(stack), [])
      yield* abra.deploy(domain, chaos, limit)
    })
  )

  law(
    "a version that is not published is refused by name",
    Effect.gen(function* () {
      const { abra, domain } = yield* made()
      const error = yield* errorOf(abra.deploy(domain, pinned("9.9.9+9"), limit))
      assert.deepStrictEqual([error._tag, error.reason], ["AbraError", "unknownVersion"])
      assert.include(error.message, "9.9.9+9")
    })
  )

  law(
    "an app without an .env is refused by name",
    Effect.gen(function* () {
      const { abra } = yield* setup()
      const error = yield* errorOf(abra.deploy(Domain.make("none.example.org"), chaos, limit))
      assert.deepStrictEqual([error._tag, error.reason], ["AbraError", "unknownApp"])
      assert.include(error.message, "none.example.org")
    })
  )

  law(
    "several compose files are joined, by self-reference of COMPOSE_FILE",
    Effect.gen(function* () {
      const { abra, at, checkout, docker, domain, envPath, git, stack } = yield* made()
      yield* git.checkout(checkout, at(2))
      yield* addEnv(envPath, 'COMPOSE_FILE="$COMPOSE_FILE:compose.extra.yml"\nSECRET_GIVEN_VERSION=v1 # generate=false')
      yield* docker.createSecret(`${stack}_given_v1`, "by hand", {})
      yield* abra.deploy(domain, chaos, limit)
      const app = present(yield* deployedService(stack, "app"), "the service app")
      assert.strictEqual(app.labels["extra"], "yes")
      assert.deepStrictEqual([...app.secrets].sort(), [`${stack}_given_v1`, `${stack}_key_v1`])
      assert.isTrue(Option.isSome(yield* deployedService(stack, "side")))
    })
  )

  law(
    "the .env reaches the containers: what the compose file names, and, in app, the rest",
    Effect.gen(function* () {
      const { abra, domain, envPath, stack } = yield* made()
      yield* addEnv(envPath, `PRICE='5 $ or \${FIVE}'`)
      yield* abra.deploy(domain, chaos, limit)
      const { stdout } = yield* execIn(yield* runningContainer(stack, "app"), "fixture", "read", "/proc/1/environ")
      const variables = stdout.split("\0")
      for (const line of [`GREETING=hello ${domain}`, `OWN=hello ${domain}`, `STACK_NAME=${stack}`, "PRICE=5 $ or ${FIVE}", "CONF_VERSION=v2"]) {
        assert.include(variables, line)
      }
    })
  )

  law(
    "what docker refuses is told in docker's words",
    Effect.gen(function* () {
      const { abra, checkout, domain, files } = yield* made()
      const compose = yield* files.readText(`${checkout}/compose.yml`)
      yield* files.writeAtomic(
        `${checkout}/compose.yml`,
        compose.replace("  app:\n", "  app:\n    networks: [proxy]\n").concat("\nnetworks:\n  proxy:\n    external: true\n    name: no-such-network\n")
      )
      const error = yield* errorOf(abra.deploy(domain, chaos, limit))
      assert.strictEqual(error._tag, "AbraError")
      assert.match(error.message, /no-such-network.*could not be found/)
    })
  )
}
