/** `ccci demo`: the main job on an example recipe, with an engine of its own that is gone afterwards. */
import { Clock, Console, Effect, Option, Ref } from "effect"
import { Command, Flag } from "effect/cli"
import { RecipeName } from "../model/names.ts"
import { runRequest } from "../programs/types.ts"
import { Backend } from "../services/Backend.ts"
import { Crypto } from "../services/Crypto.ts"
import { ExampleSite, type ExampleSiteInfo } from "../services/ExampleSite.ts"
import { Files, type FilesError } from "../services/Files.ts"
import { ChildEnvironment } from "../services/Processes.ts"
import { Settings } from "../services/Settings.ts"
import { endWith, failing, infrastructure, stoppable, usage } from "./ending.ts"
import { codeInWorld, runAndTell } from "./run.ts"

const recipe = RecipeName.make("custom-html")
const request = runRequest(recipe)

const say = (line: string) => Console.error(`demo: ${line}`)

/** Runs what speaks through `say`, and says every 5 s what it said last while it says nothing new: packages and images take their time. */
const neverSilent = <A, E, R>(speaking: (say: (line: string) => Effect.Effect<void>) => Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const began = yield* Clock.currentTimeMillis
    const last = yield* Ref.make({ line: "setting up", since: began, saidAt: began })
    const told = Effect.fnUntraced(function* (line: string) {
      const now = yield* Clock.currentTimeMillis
      yield* Ref.set(last, { line, since: now, saidAt: now })
      yield* say(line)
    })
    const beat = Effect.gen(function* () {
      yield* Effect.sleep("1 second")
      const now = yield* Clock.currentTimeMillis
      const { line, since, saidAt } = yield* Ref.get(last)
      if (now - saidAt < 4_000) return
      yield* Ref.set(last, { line, since, saidAt: now })
      yield* say(`still at it for ${Math.round((now - since) / 1000)} s: ${line}`)
    })
    return yield* Effect.raceFirst(speaking(told), Effect.forever(beat))
  })

/** The site's settings as flags: they go before whatever this machine has configured. */
const flagsOf = (site: ExampleSiteInfo): Readonly<Record<string, string>> => ({
  baseDomain: site.baseDomain,
  gateway: `${site.gateway.address}:${site.gateway.port}`,
  dockerHost: site.dockerHost,
  abra: "embedded",
  abraDir: site.abraDir,
  lockDir: site.lockDir,
  recipeSource: site.recipeSource,
  server: "default",
  testsDir: site.testsDir
})

/** On a real engine: brought, used, and gone again before the exit code is returned. */
const onAnEngine = Effect.gen(function* () {
  const backend = yield* Backend
  const opening = neverSilent((told) => Effect.flatMap(ExampleSite, (site) => site.open({ recipes: [recipe], say: told }))).pipe(
    Effect.provide(backend.exampleSite)
  )
  const site = yield* stoppable(opening)
  const options = { config: Option.some(`${site.testsDir}/../ccci.config.json`), flags: flagsOf(site) }
  return yield* codeInWorld(request, options, false).pipe(Effect.updateService(ChildEnvironment, (environment) => ({ ...environment, ...site.env })))
}).pipe(
  Effect.scoped,
  Effect.tap(() => say("the private engine is gone, and all that was on it"))
)

/** Every file below a folder, with its text. */
const filesBelow = Effect.fnUntraced(function* (folder: string): Effect.fn.Return<ReadonlyArray<Written>, FilesError, Files> {
  const files = yield* Files
  const names = yield* files.list(folder)
  const found = yield* Effect.forEach(names, (name) => {
    const path = `${folder}/${name}`
    return Effect.flatMap(files.stat(path), (stat) =>
      Option.isSome(stat) && stat.value.kind === "directory" ? filesBelow(path) : Effect.map(files.readText(path), (text) => [{ path, text }])
    )
  })
  return found.flat()
})

interface Written {
  readonly path: string
  readonly text: string
}

/** What the simulated run wrote into its simulated disk, laid where its results say they lie. */
const bringOut = Effect.fnUntraced(function* (directory: string, written: ReadonlyArray<Written>) {
  const files = yield* Files
  yield* files.makeDirectory(directory, 0o700)
  for (const { path, text } of written) {
    yield* files.makeDirectory(path.slice(0, path.lastIndexOf("/")), 0o700)
    yield* files.writeAtomic(path, text, 0o600)
  }
})

/** The same programs in the simulated world; the first and the last line say that it is one. */
const inSimulation = Effect.fnUntraced(function* (why: string) {
  const backend = yield* Backend
  yield* say(`SIMULATED: ${why}`)
  const real = backend.world({ purpose: "look", config: Option.none(), flags: {}, progress: "silent" })
  const code = yield* Effect.gen(function* () {
    const { runsDir } = yield* Settings
    const seed = Number.parseInt(yield* Effect.flatMap(Crypto, (crypto) => crypto.randomHex(4)), 16)
    const simulated = Effect.gen(function* () {
      const told = yield* runAndTell(request, false)
      return { ...told, written: yield* filesBelow(told.directory) }
    })
    const told = yield* backend.simulate(simulated, { runsDir, seed })
    yield* bringOut(told.directory, told.written)
    return told.code
  }).pipe(Effect.provide(real))
  yield* say("SIMULATED: no engine was used, and nothing was deployed anywhere")
  return code
})

const demoProgram = (simulated: boolean) =>
  Effect.gen(function* () {
    if (simulated) return yield* endWith(yield* inSimulation("as asked for"))
    const code = yield* onAnEngine.pipe(Effect.catchTag("SandboxUnavailable", ({ reason }) => inSimulation(`no private engine can be had here: ${reason}`)))
    yield* endWith(code)
  }).pipe(
    Effect.catchTags({
      SettingsError: failing(usage),
      ConfigError: failing(usage),
      SandboxError: failing(infrastructure),
      ExampleSiteError: failing(infrastructure),
      FilesError: failing(infrastructure),
      RunStoreError: failing(infrastructure),
      ProcessError: failing(infrastructure),
      ParentGone: failing(infrastructure)
    })
  )

export const demo = Command.make(
  "demo",
  {
    simulated: Flag.Boolean("simulated").pipe(Flag.withDescription("In the simulated world: anywhere, in seconds, without an engine"), Flag.withDefault(false))
  },
  ({ simulated }) => demoProgram(simulated)
).pipe(
  Command.withDescription(
    "Bring a private throwaway engine, and run an example recipe from its base version to its head through all tiers. Nothing of this machine's own engine is touched."
  ),
  Command.withShortDescription("See it work, on an engine of its own"),
  Command.withExamples([
    { command: "ccci demo", description: "On a real swarm" },
    { command: "ccci demo --simulated", description: "In the simulated world" }
  ])
)
