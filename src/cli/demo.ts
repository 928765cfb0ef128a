/** `ccci demo`: the main job on an example recipe, with an engine of its own that is gone afterwards. */
import { Console, Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { RecipeName } from "../model/names.ts"
import { runRequest } from "../programs/types.ts"
import { Backend } from "../services/Backend.ts"
import { ExampleSite, type ExampleSiteInfo } from "../services/ExampleSite.ts"
import { ChildEnvironment } from "../services/Processes.ts"
import { endWith, endWithWords, failing, infrastructure, stoppable } from "./ending.ts"
import { codeInWorld } from "./run.ts"

const recipe = RecipeName.make("custom-html")
const request = runRequest(recipe)

const say = (line: string) => Console.error(`demo: ${line}`)

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
  const opening = Effect.flatMap(ExampleSite, (site) => site.open({ recipes: [recipe], say })).pipe(Effect.provide(backend.exampleSite))
  const site = yield* stoppable(opening)
  const options = { config: Option.some(`${site.testsDir}/../ccci.config.json`), flags: flagsOf(site) }
  return yield* codeInWorld(request, options, false).pipe(Effect.updateService(ChildEnvironment, (environment) => ({ ...environment, ...site.env })))
}).pipe(
  Effect.scoped,
  Effect.tap(() => say("the private engine is gone, and all that was on it"))
)

const inSimulation = Effect.fnUntraced(function* (why: string) {
  yield* say(`SIMULATED (${why})`)
  return yield* endWithWords(infrastructure, "the simulated world is not composed yet")
})

const demoProgram = Effect.fnUntraced(function* (simulated: boolean) {
  if (simulated) return yield* inSimulation("as asked for")
  const code = yield* onAnEngine.pipe(
    Effect.catchTags({
      SandboxUnavailable: ({ reason }) => inSimulation(`no private engine can be had here: ${reason}`),
      SandboxError: failing(infrastructure),
      ExampleSiteError: failing(infrastructure)
    })
  )
  yield* endWith(code)
})

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
