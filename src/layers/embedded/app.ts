/** What the embedded abra's commands share: where things lie, how an app is read, and how a refusal is worded. */
import { Effect, Option, Result, Schema } from "effect"
import { parseAbraSh } from "../../model/abraSh.ts"
import { composeFiles, readCompose } from "../../model/compose.ts"
import { parseEnv, type EnvFile } from "../../model/envFile.ts"
import { RecipeName, stackOf, type Domain, type StackName } from "../../model/names.ts"
import { AbraError } from "../../services/Abra.ts"
import type { Crypto } from "../../services/Crypto.ts"
import type { Docker, DockerError } from "../../services/Docker.ts"
import { Files, type FilesError } from "../../services/Files.ts"
import type { Git, GitError } from "../../services/Git.ts"
import { ChildEnvironment, type ProcessError, type Processes } from "../../services/Processes.ts"
import type { Redaction } from "../../services/Redaction.ts"
import { Settings } from "../../services/Settings.ts"

/** All that the embedded abra stands on. */
export type Needs = Crypto | Docker | Files | Git | Processes | Redaction | Settings

/** abra's own no, in its own words. */
export class Refusal extends Schema.TaggedError<Refusal>()("Refusal", { reason: AbraError.fields.reason, seen: Schema.String }) {
  override get message() {
    return this.seen
  }
}

export const refuse = (reason: AbraError["reason"], seen: string) => Effect.fail(new Refusal({ reason, seen }))

export type Failure = Refusal | DockerError | FilesError | GitError | ProcessError

/** A command's failures as the contract has them: the engine's stay the engine's. */
export const commandError =
  (attempted: string, subject: string) =>
  (failure: Failure): AbraError | DockerError =>
    failure._tag === "DockerError"
      ? failure
      : new AbraError({
          attempted,
          subject,
          reason: failure._tag === "Refusal" ? failure.reason : failure._tag === "GitError" ? "other" : "io",
          seen: failure.message
        })

/** The directory that this command works in: the run's (RUN-2), else the settings'. */
export const abraDirectory = Effect.gen(function* () {
  const { ABRA_DIR } = yield* ChildEnvironment
  return ABRA_DIR ?? (yield* Settings).abraDir
})

/** `servers/<server>` of the configured server (ABRA-8). */
export const serverDirectory = Effect.gen(function* () {
  const { server } = yield* Settings
  return `${yield* abraDirectory}/servers/${server}`
})

/** A recipe's checkout. Fails where there is none. */
export const checkoutOf = Effect.fn("embedded.checkoutOf")(function* (recipe: RecipeName) {
  const files = yield* Files
  const checkout = `${yield* abraDirectory}/recipes/${recipe}`
  if (Option.isNone(yield* files.stat(checkout))) return yield* refuse("unknownRecipe", `recipe ${recipe} is not at ${checkout}`)
  return checkout
})

/** The recipe that an `.env` names (`TYPE=<recipe>[:<version>]`, or RECIPE). */
export const recipeOf = (values: Readonly<Record<string, string>>): Option.Option<RecipeName> =>
  Schema.decodeUnknownOption(RecipeName)((values["RECIPE"] ?? values["TYPE"] ?? "").split(":")[0])

/** A text file of a recipe: recipes are small, and come from outside. */
export const smallFile = 1024 * 1024

export interface EmbeddedApp {
  readonly domain: Domain
  readonly stack: StackName
  readonly recipe: RecipeName
  readonly checkout: string
  readonly env: EnvFile
}

/** An app by its `.env`. */
export const findApp = Effect.fn("embedded.findApp")(function* (domain: Domain) {
  const files = yield* Files
  const path = `${yield* serverDirectory}/${domain}.env`
  if (Option.isNone(yield* files.stat(path))) return yield* refuse("unknownApp", `no app ${domain}: ${path} does not exist`)
  const env = parseEnv(yield* files.readText(path, smallFile))
  const [problem] = env.problems
  if (problem !== undefined) return yield* refuse("invalid", `${path}, line ${problem.line}: unexpected ${JSON.stringify(problem.seen)}`)
  const recipe = recipeOf(env.values)
  if (Option.isNone(recipe)) return yield* refuse("invalid", `${path} names no recipe: TYPE is missing or wrong`)
  const stack = stackOf(domain)
  if (stack.length > longestStack) return yield* refuse("invalid", `the stack name ${stack} has ${stack.length} characters; abra cuts it at ${longestStack}`)
  const app: EmbeddedApp = { domain, stack, recipe: recipe.value, checkout: yield* checkoutOf(recipe.value), env }
  return app
})

/** RUN-6: past it abra cuts a stack's name, and two domains could mean one stack. */
const longestStack = 45

/** The variables that compose files see: the `.env`'s, abra.sh's exports over them, the stack's name. */
export const stackVariables = Effect.fn("embedded.stackVariables")(function* (app: EmbeddedApp, values: Readonly<Record<string, string>>) {
  const files = yield* Files
  const path = `${app.checkout}/abra.sh`
  const script = Option.isNone(yield* files.stat(path)) ? "" : yield* files.readText(path, smallFile)
  return { ...values, ...parseAbraSh(script, values), STACK_NAME: app.stack }
})

/** The app's compose files: their paths, and what they say with the variables put in. */
export const composeOf = Effect.fn("embedded.composeOf")(function* (app: EmbeddedApp, variables: Readonly<Record<string, string>>) {
  const files = yield* Files
  const paths: Array<string> = []
  const texts: Array<{ name: string; text: string }> = []
  for (const name of composeFiles(variables)) {
    const path = `${app.checkout}/${name}`
    if (Option.isNone(yield* files.stat(path))) return yield* refuse("invalid", `compose file ${name} (COMPOSE_FILE) is not in ${app.checkout}`)
    paths.push(path)
    texts.push({ name, text: yield* files.readText(path, smallFile) })
  }
  const compose = readCompose(texts, variables)
  if (Result.isFailure(compose)) return yield* refuse("invalid", compose.failure.message)
  return { paths, compose: compose.success }
})
