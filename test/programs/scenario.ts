/** A small recipe in the simulated world, every part of which a rule's test may change; runs of it, and what they told. */
import { Duration, Effect, Exit, Layer, Option, Result } from "effect"
import type { CommitId, Domain } from "../../src/model/names.ts"
import { RecipeName } from "../../src/model/names.ts"
import type { Stage } from "../../src/model/stages.ts"
import { janitor } from "../../src/programs/janitor.ts"
import { run } from "../../src/programs/run.ts"
import type { JanitorReport, RunRequest, RunResult } from "../../src/programs/types.ts"
import { runRequest } from "../../src/programs/types.ts"
import type { RecipeDefinition } from "../../src/recipe.ts"
import type { World as Services } from "../../src/services/Backend.ts"
import type { RunEvent } from "../../src/services/Progress.ts"
import { Progress } from "../../src/services/Progress.ts"
import type { Settings } from "../../src/services/Settings.ts"
import type { Stop } from "../../src/services/Stop.ts"
import { launch, runToEnd, runUntilEnded, simulatedLayer } from "../../src/layers/simulated.ts"
import type { SimulatedOptions } from "../../src/layers/simulated.ts"
import { webServer } from "../../src/layers/simulated/example/images.ts"
import type { Step } from "../../src/layers/simulated/git/build.ts"
import { makeRepository } from "../../src/layers/simulated/git/build.ts"
import { fileAt, writeAtomic } from "../../src/layers/simulated/kernel/fileCalls.ts"
import type { SimulatedModule } from "../../src/layers/simulated/kernel/modules.ts"
import { installModule } from "../../src/layers/simulated/kernel/modules.ts"
import type { Process } from "../../src/layers/simulated/kernel/processes.ts"
import type { Program } from "../../src/layers/simulated/kernel/programs.ts"
import { install } from "../../src/layers/simulated/kernel/programs.ts"
import { makeWorld, places } from "../../src/layers/simulated/makeWorld.ts"
import { simulatedSettings } from "../../src/layers/simulated/settings.ts"
import type { Image } from "../../src/layers/simulated/swarm/images.ts"
import { createNetwork } from "../../src/layers/simulated/swarm/objects.ts"
import { remains } from "../../src/layers/simulated/remains.ts"
import type { Call, Driver, TraceEntry } from "../../src/layers/simulated/seam.ts"
import { goOn } from "../../src/layers/simulated/seam.ts"
import type { World, WorldOptions } from "../../src/layers/simulated/World.ts"

export const recipe = RecipeName.make("shop")
export { places }

/** What a version of the recipe is made of; texts of YAML, indented as they stand. */
export interface Version {
  readonly version: string
  readonly image: string
  /** Lines below `deploy:` of the service app. */
  readonly deploy?: string
  /** Lines below the service app. */
  readonly app?: string
  /** Whole sections: more services, secrets. */
  readonly services?: string
  readonly sections?: string
  readonly labels?: ReadonlyArray<string>
}

const backupLabels = ["backupbot.backup=true"]

export const compose = ({ version, image, deploy = "", app = "", services = "", sections = "", labels = backupLabels }: Version): string => `version: "3.8"
services:
  app:
    image: ${image}
    networks: [proxy, internal]
    volumes: ["content:/usr/share/nginx/html"]
    healthcheck:
      test: ["CMD", "wget", "-q", "-O", "/dev/null", "http://127.0.0.1/healthz"]
      interval: 2s
      retries: 3
${app}
    deploy:
      update_config:
        order: start-first
        failure_action: rollback
        monitor: 1s
${deploy}
      labels:
        - "traefik.enable=true"
        - "traefik.http.routers.\${STACK_NAME}.rule=Host(\`\${DOMAIN}\`)"
        - "traefik.http.routers.\${STACK_NAME}.tls.certresolver=\${LETS_ENCRYPT_ENV}"
        - "coop-cloud.\${STACK_NAME}.version=${version}"
${labels.map((label) => `        - "${label}"\n`).join("")}
${services}
networks:
  proxy:
    external: true
  internal:
volumes:
  content:
${sections}
`

export const sample = `TYPE=shop

DOMAIN=shop.example.com
LETS_ENCRYPT_ENV=production
COMPOSE_FILE="compose.yml"
`

export const images = { old: "example/web:1", new: "example/web:2" } as const
export const versions = {
  first: { version: "0.1.0+1", image: images.old },
  second: { version: "0.2.0+1", image: images.old },
  head: { version: "1.0.0+2", image: images.new }
}

/** Two published versions and a head, with what is different in each. */
export const history = (
  change: {
    readonly base?: Partial<Version>
    readonly head?: Partial<Version>
    readonly baseFiles?: Step["files"]
    readonly headFiles?: Step["files"]
    readonly annotated?: boolean
  } = {}
): ReadonlyArray<Step> => [
  { files: { "compose.yml": compose(versions.first), ".env.sample": sample }, tags: [{ name: versions.first.version, annotated: true }] },
  {
    files: { "compose.yml": compose({ ...versions.second, ...change.base }), ...change.baseFiles },
    tags: [{ name: versions.second.version, annotated: change.annotated ?? true }]
  },
  { files: { "compose.yml": compose({ ...versions.head, ...change.head }), ...change.headFiles }, branch: "main" }
]

export interface ScenarioOptions extends WorldOptions {
  readonly history?: ReadonlyArray<Step>
  readonly images?: Readonly<Record<string, Image>>
  /** `recipe.ts` */
  readonly definition?: RecipeDefinition
  /** `ops.ts` */
  readonly ops?: SimulatedModule
  readonly overlay?: string
  readonly installSteps?: Program
  readonly functional?: SimulatedModule
  readonly settings?: Partial<Settings["Service"]>
  readonly nodes?: ReadonlyArray<string>
}

export interface Scenario {
  readonly world: World
  readonly commits: ReadonlyArray<CommitId>
  /** Everything that its processes told. */
  readonly events: Array<RunEvent>
  readonly run: (over?: Partial<RunRequest>) => RunResult
  readonly start: (over?: Partial<RunRequest>) => { readonly process: Process; readonly result: () => RunResult }
  readonly finish: (processes: ReadonlyArray<Process>) => void
  readonly sweep: (options?: { readonly dryRun?: boolean }) => JanitorReport
  /** A janitor pass that is under way. */
  readonly begin: () => Process
  /** Everything that a process of this world has. */
  readonly layerOf: (process: Process) => Layer.Layer<Services | Stop>
  /** Any program, as a process of its own. */
  readonly play: <A, E>(program: Effect.Effect<A, E, Services | Stop>, settings?: Partial<Settings["Service"]>) => Exit.Exit<A, E>
  readonly read: (path: string) => string
  readonly put: (path: string, text: string) => void
  /** What there is beside the site's own network. */
  readonly left: () => ReadonlyArray<string>
}

const reportOf = <A, E>(exit: Exit.Exit<A, E>): A => {
  if (Exit.isFailure(exit)) throw new Error(`it ended without a result: ${exit.cause}`)
  return exit.value
}

const page: SimulatedModule = { default: () => Effect.void }

export const scenario = (options: ScenarioOptions = {}): Scenario => {
  const known = { [images.old]: webServer({ version: "1" }), [images.new]: webServer({ version: "2" }), ...options.images }
  const world = makeWorld({ ...options, swarm: { ...options.swarm, images: { ...known, ...options.swarm?.images } } })
  const folder = `${places.testsDir}/${recipe}`
  const commits = makeRepository(world, `${places.recipes}/${recipe}`, options.history ?? history())
  createNetwork(world.swarm, "proxy", {}, { attachable: true })
  const put = (path: string, text: string) => {
    world.tree.makeDirectories(path.slice(0, path.lastIndexOf("/")))
    writeAtomic(world.tree, path, text)
  }
  installModule(world, `${folder}/recipe.ts`, { default: options.definition ?? {} })
  installModule(world, `${folder}/functional/page.ts`, options.functional ?? page)
  if (options.ops !== undefined) installModule(world, `${folder}/ops.ts`, options.ops)
  if (options.overlay !== undefined) put(`${folder}/compose.ccci.yml`, options.overlay)
  if (options.installSteps !== undefined) install(world, `${folder}/install_steps.sh`, options.installSteps)

  const events: Array<RunEvent> = []
  const progress = Layer.succeed(Progress, Progress.of({ emit: (event) => Effect.sync(() => void events.push(event)) }))
  const layerOf = (process: Process, settings: Partial<Settings["Service"]> = {}) => {
    const given: SimulatedOptions = {
      progress,
      settings: { ...options.settings, ...settings },
      ...(options.nodes === undefined ? {} : { nodes: options.nodes })
    }
    return simulatedLayer(world, process, given)
  }
  const start = (over: Partial<RunRequest> = {}) => {
    const slot: { exit: Exit.Exit<RunResult, unknown> } = { exit: Exit.interrupt() }
    const process = launch(world, { name: "ccci run" }, (self) =>
      run(runRequest(recipe, over)).pipe(
        Effect.provide(layerOf(self)),
        Effect.onExit((exit) => Effect.sync(() => (slot.exit = exit)))
      )
    )
    return { process, result: () => reportOf(slot.exit) }
  }
  return {
    world,
    commits,
    events,
    put,
    start,
    finish: (processes) => runUntilEnded(world, processes),
    run: (over) => {
      const { process, result } = start(over)
      runUntilEnded(world, [process])
      return result()
    },
    sweep: ({ dryRun = false } = {}) =>
      reportOf(runToEnd(world, { name: "ccci janitor" }, (process) => janitor({ dryRun, prune: false }).pipe(Effect.provide(layerOf(process))))),
    begin: () => launch(world, { name: "ccci janitor" }, (process) => janitor({ dryRun: false, prune: false }).pipe(Effect.provide(layerOf(process)))),
    layerOf,
    play: (program, settings) => runToEnd(world, { name: "program" }, (process) => Effect.provide(program, layerOf(process, settings))),
    read: (path) =>
      Result.getOrElse(
        Result.map(fileAt(world.tree, path), ({ text }) => text),
        () => ""
      ),
    left: () => remains(world, places.abraDir).filter((one) => one !== "network proxy")
  }
}

/** Exit class and code. */
export const judgement = ({ verdict }: RunResult): readonly [string, number] => [verdict.exit.class, verdict.exit.code]

export const stage = ({ facts }: RunResult, name: Stage) => facts.stages.find((fact) => fact.stage === name)

export const rung = ({ verdict }: RunResult, name: string) => verdict.rungs.find((one) => one.rung === name)?.status

/** Statuses of all tiers that came up. */
export const statuses = ({ facts }: RunResult): ReadonlyArray<string> => facts.stages.map((fact) => `${fact.stage} ${fact.status}`)

/** Everything that was written down against a run, as text. */
export const told = ({ facts, verdict }: RunResult): string =>
  [...verdict.causes.flatMap(({ headline, hint }) => [headline, hint]), ...facts.stages.map(({ reason }) => reason), ...facts.notes].join("\n")

/** Calls of the world in words: `Docker.remove service x`. */
export const words = ({ call }: Pick<TraceEntry, "call">): string => `${call.service}.${call.operation} ${call.subject}`

/** Where in the trace the first (last) call is that matches; -1 without one. */
export const first = (world: World, pattern: RegExp): number => world.seam.trace.findIndex((entry) => pattern.test(words(entry)))
export const last = (world: World, pattern: RegExp): number => world.seam.trace.findLastIndex((entry) => pattern.test(words(entry)))
export const count = (world: World, pattern: RegExp): number => world.seam.trace.filter((entry) => pattern.test(words(entry))).length

/** A driver that does something as a call comes, and lets it go on unless it says otherwise. */
export const onCall = (act: (call: Call, world: World, text: string) => ReturnType<Driver["onCall"]> | undefined): Driver => ({
  onCall: (call, world) => act(call, world, words({ call })) ?? goOn.onCall(call, world)
})

export const lockFile = (domain: Domain | string): string => `/run/lock/cc-ci-app-${domain}.lock`
export const envFile = (domain: Domain | string): string => `${places.abraDir}/servers/default/${domain}.env`

const defaults = simulatedSettings(makeWorld()).limits

/** The simulated site's limits, some of them other numbers of seconds. */
export const limits = (seconds: Readonly<Partial<Record<keyof Settings["Service"]["limits"], number>>>): Settings["Service"]["limits"] => ({
  ...defaults,
  ...Object.fromEntries(Object.entries(seconds).map(([name, value]) => [name, Duration.seconds(value)]))
})

/** The domain of a run of the default request. */
export const domainOf = (made: Scenario): Domain => {
  const { domain } = made.run({ stages: [] }).facts
  made.world.seam.trace.splice(0)
  made.events.splice(0)
  return Option.getOrThrow(domain)
}

/** A scenario in which a run was killed with its app up: the app is everything that a run has, and nobody's. */
export const orphaned = (options: ScenarioOptions = {}): Scenario & { readonly domain: Domain; readonly stack: string } => {
  const made = scenario({ ...options, functional: { default: () => Effect.sync(() => made.world.signal(slot.process, "SIGKILL")) } })
  const domain = domainOf(made)
  const slot = { process: made.start({ stages: ["install", "custom"] }).process }
  made.finish([slot.process])
  made.world.seam.trace.splice(0)
  made.events.splice(0)
  return { ...made, domain, stack: domain.replaceAll(".", "_") }
}
