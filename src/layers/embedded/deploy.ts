/** `abra app deploy`: abra's gates, then `docker stack deploy`. */
import { Effect, Option, Ref } from "effect"
import type { Duration } from "effect"
import type { Domain } from "../../model/names.ts"
import { isVersion } from "../../model/versions.ts"
import { Docker } from "../../services/Docker.ts"
import { Files } from "../../services/Files.ts"
import { Git } from "../../services/Git.ts"
import { Processes, type Exited } from "../../services/Processes.ts"
import { abraDirectory, composeOf, findApp, refuse, stackVariables, type EmbeddedApp } from "./app.ts"
import { demandSecrets } from "./secrets.ts"
import { entryService, stackFile, stackLabels, steersTheClient } from "./stackFile.ts"

/** A pinned deploy's gates, in abra's words, and its checkout. */
const checkoutPinned = Effect.fn("embedded.checkoutPinned")(function* (app: EmbeddedApp, version: string) {
  const git = yield* Git
  const changed = yield* git.status(app.checkout)
  if (changed.length > 0) {
    return yield* refuse("uncleanTree", `FATA ${app.recipe} (${app.checkout}) has locally unstaged changes: ${changed.slice(0, 5).join(", ")}`)
  }
  const tags = yield* git.tags(app.checkout)
  const lightweight = tags.filter(({ name, annotated }) => isVersion(name) && !annotated).map(({ name }) => name)
  if (lightweight.length > 0) {
    return yield* refuse("lint", `FATA lint error in ${app.recipe}: R014: only annotated tags used for recipe version: ${lightweight.join(", ")}`)
  }
  const tag = tags.find(({ name }) => name === version && isVersion(name))
  if (tag === undefined) return yield* refuse("unknownVersion", `FATA ${app.recipe} has no version ${version}`)
  yield* git.checkout(app.checkout, tag.commit)
  return { version }
})

/** A chaos deploy takes HEAD and tree as they are. */
const stampChaos = Effect.fn("embedded.stampChaos")(function* (app: EmbeddedApp) {
  const git = yield* Git
  return { commit: yield* git.head(app.checkout), dirty: (yield* git.status(app.checkout)).length > 0 }
})

const lastWords = (exited: Exited) => {
  const text = exited.stderr.trim() === "" ? exited.stdout : exited.stderr
  const words = text.trim().split("\n").slice(-8).join("\n").slice(-2000)
  return words === "" ? `docker stack deploy ended with ${exited.code} and said nothing` : words
}

/** `--detach` is there from the docker client's version 26 on, and is said explicitly: what it defaults to may change. */
const detachSince = 26

/** The client's major version, asked once. */
export const clientVersion = (known: Ref.Ref<Option.Option<number>>) =>
  Effect.gen(function* () {
    const before = yield* Ref.get(known)
    if (Option.isSome(before)) return before.value
    const processes = yield* Processes
    const exited = yield* processes.run({ command: "docker", args: ["--version"], timeLimit: "30 seconds" })
    const major = /version (\d+)\./.exec(exited.stdout)?.[1]
    if (exited.code !== 0 || major === undefined) return yield* refuse("io", `docker --version ended with ${exited.code}: ${lastWords(exited)}`)
    yield* Ref.set(known, Option.some(Number(major)))
    return Number(major)
  })

/** Hands the app's spec to swarm; convergence is not waited for. */
export const deployApp = Effect.fn("embedded.deployApp")(function* (
  domain: Domain,
  pinned: Option.Option<string>,
  timeLimit: Duration.Input,
  client: Ref.Ref<Option.Option<number>>
) {
  const files = yield* Files
  const docker = yield* Docker
  const processes = yield* Processes
  const app = yield* findApp(domain)
  const what = Option.isSome(pinned) ? yield* checkoutPinned(app, pinned.value) : yield* stampChaos(app)
  const variables = yield* stackVariables(app, app.env.values)
  const steering = Object.keys(variables).find(steersTheClient)
  if (steering !== undefined)
    return yield* refuse("invalid", `${steering} in the app's .env would steer the docker client itself; give the variable another name`)
  const { paths, compose } = yield* composeOf(app, variables)
  yield* demandSecrets(app, compose)
  const entry = entryService(compose, app.stack)
  if (entry === undefined) return yield* refuse("invalid", `${paths.join(", ")}: no service`)
  const labels = stackLabels({ stack: app.stack, recipe: app.recipe, what })
  const override = `${yield* abraDirectory}/.ccci-${app.stack}.compose.yml`
  const detach = (yield* clientVersion(client)) >= detachSince ? ["--detach=true"] : []
  const exited = yield* files.writeAtomic(override, stackFile(compose, entry, labels, variables), 0o600).pipe(
    Effect.andThen(
      processes.run({
        command: "docker",
        args: ["stack", "deploy", ...[...paths, override].flatMap((path) => ["--compose-file", path]), "--resolve-image", "never", ...detach, app.stack],
        cwd: app.checkout,
        // The client must talk to the very engine that ccci talks to.
        env: { ...variables, DOCKER_HOST: docker.endpoint, LC_ALL: "C" },
        timeLimit
      })
    ),
    Effect.ensuring(Effect.ignore(files.remove(override)))
  )
  if (exited.timedOut) return yield* refuse("timeout", `FATA deploy timed out: ${lastWords(exited)}`)
  if (exited.code !== 0) return yield* refuse("other", `FATA ${lastWords(exited)}`)
})
