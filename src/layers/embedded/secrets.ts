/** `abra app secret generate --all`, and what a deploy demands of secrets. */
import { Effect, Redacted } from "effect"
import { neededSecrets, type Compose, type ComposeResource } from "../../model/compose.ts"
import { parseEnv, type EnvEntry } from "../../model/envFile.ts"
import { stackOf, type Domain } from "../../model/names.ts"
import type { GeneratedSecret } from "../../services/Abra.ts"
import { Crypto } from "../../services/Crypto.ts"
import { Docker } from "../../services/Docker.ts"
import { Files } from "../../services/Files.ts"
import { Redaction } from "../../services/Redaction.ts"
import { composeOf, findApp, refuse, smallFile, stackVariables, type EmbeddedApp } from "./app.ts"

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

/** abra's names of alphabets for the modifier `charset`; several may be joined by commas. */
const charsets: Readonly<Record<string, string>> = { default: letters, special: "!@#$%^&*_-+=", safespecial: "!@#%^&*_-+=", hex: "0123456789abcdef" }

/** Without a `length`. */
const defaultLength = 32
const longestSecret = 4096
/** Docker's own limit on the names of secrets and configs. */
const longestName = 64

/** Keys that the recipe declares: the checked-out tree's sample, with the app's own `.env` over it. */
const declaredEntries = Effect.fn("embedded.declaredEntries")(function* (app: EmbeddedApp) {
  const files = yield* Files
  const path = `${app.checkout}/.env.sample`
  const sample = (yield* files.stat(path))._tag === "None" ? [] : parseEnv(yield* files.readText(path, smallFile)).entries
  return new Map<string, EnvEntry>([...sample, ...app.env.entries].map((entry) => [entry.key, entry]))
})

/** The modifiers of the variable that a secret's name is made with (`${SECRET_DB_VERSION}`). */
const modifiersOf = (secret: ComposeResource, entries: ReadonlyMap<string, EnvEntry>): Readonly<Record<string, string>> => {
  for (const [, name = ""] of secret.template.matchAll(/\$\{?([A-Za-z_][A-Za-z0-9_]*)/g)) {
    const modifiers = entries.get(name)?.modifiers ?? {}
    if (Object.keys(modifiers).length > 0) return modifiers
  }
  return {}
}

const isGenerated = (modifiers: Readonly<Record<string, string>>) => !/^(false|0|f)$/i.test(modifiers["generate"] ?? "true")

/** Names that swarm would refuse or that lack their version, in abra's words. */
const checkNames = Effect.fn("embedded.checkNames")(function* (compose: Compose) {
  for (const { key, name } of neededSecrets(compose)) if (name.endsWith("_")) return yield* refuse("invalid", `missing version for secret? (${key})`)
  for (const { name } of [...compose.secrets, ...compose.configs]) {
    if (name.length > longestName) return yield* refuse("invalid", `the name ${name} has ${name.length} characters; docker takes ${longestName} at most`)
  }
})

const generate = Effect.fn("embedded.generate")(function* (key: string, modifiers: Readonly<Record<string, string>>) {
  const crypto = yield* Crypto
  const length = modifiers["length"] === undefined ? defaultLength : Number(modifiers["length"])
  if (!Number.isInteger(length) || length < 1 || length > longestSecret) {
    return yield* refuse("invalid", `secret ${key}: length=${modifiers["length"]} is no number from 1 to ${longestSecret}`)
  }
  const names = (modifiers["charset"] ?? "default").split(",").map((name) => name.trim().toLowerCase())
  const unknown = names.find((name) => !Object.hasOwn(charsets, name))
  if (unknown !== undefined) return yield* refuse("invalid", `secret ${key}: charset ${unknown} is none of ${Object.keys(charsets).join(", ")}`)
  const alphabet = new Set(names.flatMap((name) => [...(charsets[name] ?? "")]))
  return yield* crypto.randomText(length, [...alphabet].join(""))
})

/** Creates, without labels as abra does, the secrets that the app needs and the engine lacks. */
export const createSecrets = Effect.fn("embedded.createSecrets")(function* (domain: Domain) {
  const docker = yield* Docker
  const redaction = yield* Redaction
  const app = yield* findApp(domain)
  const entries = yield* declaredEntries(app)
  const values = Object.fromEntries([...entries].map(([key, { value }]) => [key, value]))
  const { compose } = yield* composeOf(app, yield* stackVariables(app, { ...values, ...app.env.values }))
  yield* checkNames(compose)
  const present = new Set((yield* docker.secrets).map(({ name }) => name))
  const generated: Array<GeneratedSecret> = []
  const wanted = neededSecrets(compose).filter((secret) => !present.has(secret.name) && isGenerated(modifiersOf(secret, entries)))
  // They carry no label: the stack's name at their beginning is all that tells whose they are, and so that they go with it (TEAR-1, TEAR-4).
  const prefix = `${stackOf(domain)}_`
  const foreign = wanted.find(({ name }) => !name.startsWith(prefix))
  if (foreign !== undefined) {
    return yield* refuse("invalid", `secret ${foreign.key} would be called ${foreign.name}; a generated secret's name begins with \${STACK_NAME}_`)
  }
  for (const secret of wanted) {
    const value = yield* generate(secret.key, modifiersOf(secret, entries))
    yield* redaction.register(value)
    yield* docker.createSecret(secret.name, value, {})
    generated.push({ name: secret.key, engineName: secret.name, value: Redacted.make(value) })
  }
  return generated
})

/** A deploy, pinned or not, wants every external secret to be there. */
export const demandSecrets = Effect.fn("embedded.demandSecrets")(function* (app: EmbeddedApp, compose: Compose) {
  const docker = yield* Docker
  yield* checkNames(compose)
  const present = new Set((yield* docker.secrets).map(({ name }) => name))
  const missing = neededSecrets(compose).filter(({ name }) => !present.has(name))
  if (missing.length === 0) return
  const entries = yield* declaredEntries(app)
  const words = missing.map((secret) =>
    isGenerated(modifiersOf(secret, entries)) ? `secret not generated: ${secret.key}` : `secret not inserted (#generate=false): ${secret.key}`
  )
  return yield* refuse("missingSecret", words.join("; "))
})
