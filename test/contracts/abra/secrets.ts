/** app secret generate, and what a deploy demands of secrets. */
import { assert } from "@effect/vitest"
import { Effect, Option, Redacted } from "effect"
import { Redaction } from "../../../src/services/Redaction.ts"
import { addEnv, recipe, setup } from "../../support/blogRecipe.ts"
import { errorOf } from "../../support/contract.ts"
import type { Law } from "../abra.ts"

const chaos = Option.none<string>()

export const secretLaws = (law: Law) => {
  law(
    "secrets are made as the sample says, unlabelled, and their values are redacted from then on",
    Effect.gen(function* () {
      const { abra, docker, domain, stack } = yield* setup()
      const redaction = yield* Redaction
      yield* abra.newApp(recipe, domain)
      const generated = yield* abra.generateSecrets(domain)
      assert.deepStrictEqual(
        generated.map(({ name, engineName }) => [name, engineName]),
        [["key", `${stack}_key_v1`]]
      )
      const value = generated.map((secret) => Redacted.value(secret.value)).join()
      assert.match(value, /^[0-9a-f]{40}$/)
      assert.strictEqual(redaction.scrub(`it is ${value}.`), "it is [redacted].")
      const [secret] = (yield* docker.secrets).filter(({ name }) => name.startsWith(`${stack}_`))
      assert.deepStrictEqual([secret?.name, secret?.labels], [`${stack}_key_v1`, {}])
    })
  )

  law(
    "what the engine has already is not made again",
    Effect.gen(function* () {
      const { abra, domain } = yield* setup()
      yield* abra.newApp(recipe, domain)
      assert.lengthOf(yield* abra.generateSecrets(domain), 1)
      assert.lengthOf(yield* abra.generateSecrets(domain), 0)
    })
  )

  law(
    "UPG-2: a new version of a secret is made beside the old one",
    Effect.gen(function* () {
      const { abra, docker, domain, envPath, files, stack } = yield* setup()
      yield* abra.newApp(recipe, domain)
      yield* abra.generateSecrets(domain)
      yield* files.writeAtomic(envPath, (yield* files.readText(envPath)).replace("SECRET_KEY_VERSION=v1", "SECRET_KEY_VERSION=v2"))
      assert.deepStrictEqual(
        (yield* abra.generateSecrets(domain)).map(({ engineName }) => engineName),
        [`${stack}_key_v2`]
      )
      const names = (yield* docker.secrets).map(({ name }) => name).filter((name) => name.startsWith(`${stack}_`))
      assert.deepStrictEqual(names.sort(), [`${stack}_key_v1`, `${stack}_key_v2`])
    })
  )

  law(
    "a missing secret is refused by name, chaos or not, and nothing is deployed",
    Effect.gen(function* () {
      const { abra, docker, domain, stack } = yield* setup()
      yield* abra.newApp(recipe, domain)
      for (const version of [chaos, Option.some("1.10.0+1")]) {
        const error = yield* errorOf(abra.deploy(domain, version, "1 minute"))
        assert.deepStrictEqual([error._tag, error.reason], ["AbraError", "missingSecret"])
        assert.include(error.message, "secret not generated: key")
      }
      assert.deepStrictEqual(yield* docker.services(stack), [])
    })
  )

  law(
    "a secret that is to be inserted by hand is never generated, and a deploy without it says so",
    Effect.gen(function* () {
      const { abra, at, checkout, docker, domain, envPath, git, stack } = yield* setup()
      yield* abra.newApp(recipe, domain)
      yield* git.checkout(checkout, at(2))
      yield* addEnv(envPath, 'COMPOSE_FILE="$COMPOSE_FILE:compose.extra.yml"\nSECRET_GIVEN_VERSION=v1 # generate=false')
      assert.deepStrictEqual(
        (yield* abra.generateSecrets(domain)).map(({ name }) => name),
        ["key"]
      )
      const error = yield* errorOf(abra.deploy(domain, chaos, "1 minute"))
      assert.include(error.message, "secret not inserted (#generate=false): given")
      yield* docker.createSecret(`${stack}_given_v1`, "by hand", {})
      yield* abra.deploy(domain, chaos, "1 minute")
    })
  )

  law(
    "TEAR-1: a secret that would not be known by the stack's name is not made: nothing could remove it again",
    Effect.gen(function* () {
      const { abra, checkout, docker, domain, files } = yield* setup()
      yield* abra.newApp(recipe, domain)
      const compose = `${checkout}/compose.yml`
      const text = (yield* files.readText(compose)).replaceAll("${STACK_NAME}_key_", "shared_key_")
      assert.include(text, "shared_key_")
      yield* files.writeAtomic(compose, text)
      const error = yield* errorOf(abra.generateSecrets(domain))
      assert.deepStrictEqual([error._tag, error.reason], ["AbraError", "invalid"])
      assert.include(error.message, "shared_key_v1")
      assert.notInclude(
        (yield* docker.secrets).map(({ name }) => name),
        "shared_key_v1"
      )
    })
  )
}
