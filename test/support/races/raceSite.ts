/**
 * The ground of the race tests: the private swarm with witnesses beside one domain, a recipe whose runs have that domain, and ccci as real processes that
 * can be held at any point. Tests of one file take turns on it; each begins and ends with nothing of the domain there.
 */
import { spawnSync } from "node:child_process"
import { createHash, randomBytes } from "node:crypto"
import * as fs from "node:fs"
import { assert, layer } from "@effect/vitest"
import { Context, Effect, Layer, Option } from "effect"
import type { Scope } from "effect"
import * as LiveProcesses from "../../../src/layers/live/Processes.ts"
import { world } from "../../../src/layers/live.ts"
import { layer as layerStop } from "../../../src/layers/live/Stop.ts"
import { BaseDomain, runDomain, stackOf, Domain, type RecipeName } from "../../../src/model/names.ts"
import { settingKeys } from "../../../src/model/settingKeys.ts"
import { Docker, stackLabel } from "../../../src/services/Docker.ts"
import { Processes } from "../../../src/services/Processes.ts"
import { history, recipe } from "../blogRecipe.ts"
import { layerGitRepositories } from "../gitRepositories.ts"
import { layerPlainRedaction } from "../plainRedaction.ts"
import { removeLabelled } from "../removal.ts"
import { Repositories } from "../repositories.ts"
import { spawned, type Spawned } from "../spawned.ts"
import { layerSwarm, withSwarm } from "../swarm.ts"
import type { TestSwarm } from "../swarm.setup.ts"
import { placeWitnesses } from "../witnesses.ts"
import { Workspace } from "../workspace.ts"
import type { Point } from "./points.ts"

/** How a process of ccci is started: held where, with which programs before all others on PATH, with what else in its environment. */
export interface CcciOptions {
  readonly hold?: ReadonlyArray<Point>
  readonly bin?: string
  readonly env?: Readonly<Record<string, string>>
}

/** Another recipe's name, so that one process can run two. */
export const otherRecipe = "side"

export class RaceSite extends Context.Service<
  RaceSite,
  {
    readonly swarm: TestSwarm
    /** A folder of the file's own. */
    readonly root: string
    readonly lockDir: string
    readonly baseDomain: string
    readonly domain: Domain
    readonly stack: string
    readonly lockFile: string
    readonly envPath: string
    /** Settings by key, and as the environment that makes ccci use this site. */
    readonly settings: Readonly<Record<string, string>>
    readonly env: Readonly<Record<string, string>>
    /** Starts ccci; SIGKILLed with the scope if it is still there. */
    readonly ccci: (args: ReadonlyArray<string>, options?: CcciOptions) => Effect.Effect<Spawned, never, Scope.Scope>
    /** Starts a run of the domain, of the install tier only. */
    readonly run: (options?: CcciOptions) => Effect.Effect<Spawned, never, Scope.Scope>
    readonly janitor: (options?: CcciOptions) => Effect.Effect<Spawned, never, Scope.Scope>
    /** What there is of the domain: objects on the engine, the `.env`, the lock file, marked processes. */
    readonly left: Effect.Effect<ReadonlyArray<string>>
    /** Whether somebody holds the lock of the file that the path names now: asked of the kernel by a process of another make. */
    readonly isHeld: Effect.Effect<boolean>
    readonly clear: Effect.Effect<void>
    readonly witnessed: Effect.Effect<void>
    readonly said: Effect.Effect<string>
  }
>()("ccci/test/RaceSite") {}

/** A program of this folder, as argv for `spawned`. */
export const program = (name: string, ...args: ReadonlyArray<string>): readonly [string, ...ReadonlyArray<string>] => [
  process.execPath,
  "--disable-warning=ExperimentalWarning",
  `${import.meta.dirname}/${name}.ts`,
  ...args
]

/** The domain of a run from that source (RUN-6). */
export const domainOf = (name: RecipeName, source: string, base: string): Domain =>
  runDomain(name, createHash("sha256").update([name, source, "ref "].join("\n")).digest("hex"), BaseDomain.make(base))

const make = Effect.fnUntraced(function* (swarm: TestSwarm) {
  const { path: root } = yield* Workspace
  const docker = yield* Docker
  const processes = yield* Processes
  const repositories = yield* Repositories
  const baseDomain = `r${randomBytes(3).toString("hex")}.example.org`
  for (const name of [recipe, otherRecipe]) yield* repositories.make(name, history())
  const lockDir = `${root}/locks`
  for (const directory of [lockDir, `${root}/abra/servers/default`]) fs.mkdirSync(directory, { recursive: true })
  const domain = domainOf(recipe, `${root}/${recipe}`, baseDomain)
  const stack = stackOf(domain)
  const lockFile = `${lockDir}/cc-ci-app-${domain}.lock`
  const envPath = `${root}/abra/servers/default/${domain}.env`
  const settings: Record<string, string> = {
    baseDomain,
    gateway: "127.0.0.1:1",
    recipeSource: `${root}/{recipe}`,
    runsDir: `${root}/runs`,
    lockDir,
    abraDir: `${root}/abra`,
    abra: "embedded",
    dockerHost: swarm.dockerHost,
    "limits.work": "5m",
    "limits.teardown": "60s",
    "limits.killGrace": "20s",
    "limits.quiet": "300ms",
    "limits.hold": "200ms",
    "limits.slowLook": "500ms"
  }
  const inEnvironment = settingKeys.flatMap(({ key, env: [name] }) => (name === undefined || settings[key] === undefined ? [] : [[name, settings[key]]]))
  const env: Record<string, string> = { ...swarm.env, ...Object.fromEntries(inEnvironment) }
  const started: Array<Spawned> = []
  const ccci = (args: ReadonlyArray<string>, { hold = [], bin, env: more = {} }: CcciOptions = {}) =>
    spawned(program("stepped", ...args), {
      env: { ...env, ...(bin === undefined ? {} : { PATH: `${bin}:${env["PATH"] ?? ""}` }), CCCI_TEST_HOLD: hold.join(" "), ...more }
    }).pipe(Effect.tap((process) => Effect.sync(() => void started.push(process))))

  const ours = <A extends { readonly name: string; readonly labels: Readonly<Record<string, string>> }>(objects: ReadonlyArray<A>) =>
    objects.filter(({ name, labels }) => labels[stackLabel] === stack || (!("ccci.test.witness" in labels) && name.startsWith(`${stack}_`)))
  const marked = Effect.map(processes.marked, (all) => all.filter(({ lock, zombie }) => !zombie && Option.exists(lock, (mark) => mark.endsWith(`:${domain}`))))
  const left = Effect.gen(function* () {
    const kinds = { service: docker.services(), container: docker.containers(), network: docker.networks, volume: docker.volumes, secret: docker.secrets }
    const objects = yield* Effect.forEach(Object.entries({ ...kinds, config: docker.configs }), ([kind, list]) =>
      Effect.map(list, (all) => ours(all).map(({ name }) => `${kind} ${name}`))
    )
    const files = [envPath, lockFile].filter((path) => fs.existsSync(path))
    return [...objects.flat(), ...files, ...(yield* marked).map(({ command }) => `process ${command}`)]
  }).pipe(Effect.orDie)

  /** Objects of any stack below the base domain. */
  const below = <A extends { readonly name: string; readonly labels: Readonly<Record<string, string>> }>(objects: ReadonlyArray<A>) =>
    objects.filter(
      ({ name, labels }) =>
        !("ccci.test.witness" in labels) && [name, labels[stackLabel]].some((text) => text?.includes(`_${stackOf(Domain.make(baseDomain))}`))
    )
  const clear = Effect.gen(function* () {
    started.splice(0)
    for (const { pid } of yield* marked) process.kill(pid, "SIGKILL")
    for (const directory of [lockDir, `${root}/abra/servers/default`]) {
      for (const name of fs.readdirSync(directory)) fs.rmSync(`${directory}/${name}`, { recursive: true })
    }
    const { volumes, networks, secrets, configs } = docker
    const objects = below((yield* Effect.all([docker.services(), docker.containers(), volumes, networks, secrets, configs])).flat())
    for (const other of new Set(objects.flatMap(({ labels }) => labels[stackLabel] ?? []))) yield* removeLabelled(stackLabel, other)
    for (const { id } of below(yield* docker.containers())) yield* docker.removeContainer(id)
    for (const { id } of below(yield* secrets)) yield* docker.removeSecret(id)
    for (const { id } of below(yield* configs)) yield* docker.removeConfig(id)
    for (const { name } of below(yield* volumes)) yield* docker.removeVolume(name)
    for (const { id } of below(yield* networks)) yield* docker.removeNetwork(id)
  }).pipe(Effect.provideService(Docker, docker), Effect.orDie)

  const { unchanged } = yield* placeWitnesses(swarm, stack)
  return RaceSite.of({
    ...{ swarm, root, lockDir, baseDomain, domain, stack, lockFile, envPath, settings, env, ccci, left, clear },
    run: (options) => ccci(["run", recipe, "--stages", "install", "--json"], options),
    janitor: (options) => ccci(["janitor"], options),
    isHeld: Effect.sync(() => {
      // Opened for reading, so that the look itself makes no file.
      const { status } = spawnSync("sh", ["-c", 'exec 9<"$1" && exec flock --nonblock --conflict-exit-code 75 9', "sh", lockFile])
      assert.include([0, 75], status, `flock on ${lockFile}`)
      return status === 75
    }),
    witnessed: Effect.orDie(unchanged),
    said: Effect.sync(() => started.map(({ pid, lines }) => [`process ${pid}:`, ...lines].join("\n  ")).join("\n"))
  })
})

const layerRaceSite = (swarm: TestSwarm) =>
  Layer.effect(RaceSite, make(swarm)).pipe(
    Layer.provide(layerGitRepositories),
    Layer.provideMerge(Layer.merge(layerSwarm(swarm), Layer.provide(LiveProcesses.layer, layerPlainRedaction)))
  )

type Race = (name: string, body: Effect.Effect<void, unknown, RaceSite | Docker | Processes | Workspace | Scope.Scope>, timeout?: number) => void

/** Runs a program of ccci's in the test's own process, on the live world of the site, with some settings changed. */
export const inWorld = <A, E, R>(program: Effect.Effect<A, E, R>, changes: Readonly<Record<string, string>> = {}) =>
  Effect.flatMap(RaceSite, ({ settings }) =>
    Effect.provide(
      program,
      Layer.merge(world({ purpose: "janitor", config: Option.none(), flags: { ...settings, ...changes }, progress: "silent" }), layerStop),
      { local: true }
    )
  )

/** The process ends by itself, with that exit code. */
export const ends = (process: Spawned, code: number) => Effect.map(process.ended, (ended) => assert.deepStrictEqual(ended, { code, signal: null }))

/** What a run says when it waits for the app lock of a domain. */
export const lockWait = (domain: Domain) => new RegExp(`"Waiting".*the app lock of ${domain}`)

/** What a dead run may leave that takes no time to make or to remove: an `.env`, an unlabelled secret, a volume, a network. */
export const orphan = Effect.gen(function* () {
  const { envPath, stack } = yield* RaceSite
  const docker = yield* Docker
  const labels = { [stackLabel]: stack }
  fs.writeFileSync(envPath, `TYPE=${recipe}\n`)
  yield* docker.createSecret(`${stack}_key_v1`, "s3cret", {})
  yield* docker.createVolume(`${stack}_data`, labels)
  yield* docker.createNetwork(`${stack}_default`, labels)
})

/** Registers race tests that take turns on one site. After each of them the witnesses are what they were. */
export const races = (title: string, tests: (race: Race) => void): void =>
  withSwarm(title, (swarm) =>
    layer(layerRaceSite(swarm), { excludeTestServices: true, timeout: "2 minutes" })(title, (it) =>
      tests((name, body, timeout = 90_000) =>
        it.effect(
          name,
          () =>
            Effect.gen(function* () {
              const site = yield* RaceSite
              const told = Effect.flatMap(site.said, (said) => Effect.sync(() => void process.stderr.write(`${name}:\n${said}\n`)))
              yield* Effect.scoped(body).pipe(
                Effect.tapCause(() => told),
                Effect.onInterrupt(() => told),
                Effect.andThen(site.witnessed),
                Effect.ensuring(site.clear)
              )
            }),
          timeout
        )
      )
    )
  )
