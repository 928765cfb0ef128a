/**
 * abra's few operations that ccci needs, carried out on git, files and the engine (ABRA-2): the same files, names, labels and refusals. It is for machines without abra,
 * and says so; it is no deployment tool of its own.
 */
import { Context, Duration, Effect, Layer, Option, Ref } from "effect"
import { Abra, AbraError } from "../../services/Abra.ts"
import { Crypto } from "../../services/Crypto.ts"
import { Docker } from "../../services/Docker.ts"
import { Files } from "../../services/Files.ts"
import { Git } from "../../services/Git.ts"
import { Processes } from "../../services/Processes.ts"
import { Redaction } from "../../services/Redaction.ts"
import { Settings } from "../../services/Settings.ts"
import { commandError, type Failure, type Needs } from "./app.ts"
import { createApp, listApps, publishedVersions } from "./apps.ts"
import { createBackup, restoreNewest } from "./backup.ts"
import { deployApp } from "./deploy.ts"
import { createSecrets } from "./secrets.ts"
import { readSnapshots } from "./snapshots.ts"

/** The abra whose behaviour is imitated. */
const reference = "0.13.0-beta"

export const layer = Layer.effect(
  Abra,
  Effect.gen(function* () {
    // Only the services: what else the building fiber carries (its children's environment) is not the callers'.
    const services = Context.pick(Crypto, Docker, Files, Git, Processes, Redaction, Settings)(yield* Effect.context<Needs>())
    const client = yield* Ref.make(Option.none<number>())

    /** A command: its services, and its failures in the contract's words. */
    const command = <A>(attempted: string, subject: string, effect: Effect.Effect<A, Failure, Needs>) =>
      effect.pipe(Effect.mapError(commandError(attempted, subject)), Effect.provideContext(services))

    const within = <A, E>(attempted: string, subject: string, timeLimit: Duration.Input, effect: Effect.Effect<A, E>) =>
      Effect.timeoutOrElse(effect, {
        duration: timeLimit,
        orElse: () =>
          Effect.fail(new AbraError({ attempted, subject, reason: "timeout", seen: `not done within ${Duration.format(Duration.fromInputUnsafe(timeLimit))}` }))
      })

    return Abra.of({
      implementation: "embedded",
      version: `embedded, after abra ${reference}`,
      apps: command("list apps", "of the server", listApps),
      newApp: (recipe, domain) => command("make the app", domain, createApp(recipe, domain)),
      generateSecrets: (domain) => command("generate secrets of", domain, createSecrets(domain)),
      deploy: (domain, version, timeLimit) => command("deploy", domain, deployApp(domain, version, timeLimit, client)),
      versions: (recipe) => command("list versions of", recipe, publishedVersions(recipe)),
      backup: (domain, timeLimit) => within("back up", domain, timeLimit, command("back up", domain, createBackup(domain, timeLimit))),
      snapshots: (domain) =>
        Effect.map(command("list snapshots of", domain, readSnapshots(domain)), (found) => found.map(({ id, manifest }) => ({ id, at: manifest.at }))),
      restore: (domain, timeLimit) => within("restore", domain, timeLimit, command("restore", domain, restoreNewest(domain, timeLimit)))
    })
  })
)
