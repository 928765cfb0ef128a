/** The command line in memory: argv in, exit code and words out, in a world of mocks that says what it was asked for. */
import { ConfigProvider, Deferred, Effect, Layer, Option, Ref } from "effect"
import { TestConsole } from "effect/testing"
import { main } from "../../src/cli/main.ts"
import * as Silent from "../../src/layers/common/progress/Silent.ts"
import { decodeSettings, describeProblem } from "../../src/model/settingsSources.ts"
import { Abra } from "../../src/services/Abra.ts"
import type { World, WorldOptions } from "../../src/services/Backend.ts"
import { simulate } from "../../src/layers/simulated.ts"
import { ExampleSite } from "../../src/services/ExampleSite.ts"
import { SandboxUnavailable } from "../../src/services/Sandbox.ts"
import { Backend } from "../../src/services/Backend.ts"
import { Crypto } from "../../src/services/Crypto.ts"
import { Docker, DockerError } from "../../src/services/Docker.ts"
import { Files } from "../../src/services/Files.ts"
import { Git } from "../../src/services/Git.ts"
import { Guards } from "../../src/services/Guards.ts"
import { Http } from "../../src/services/Http.ts"
import { Lock } from "../../src/services/Lock.ts"
import { Modules } from "../../src/services/Modules.ts"
import { Processes } from "../../src/services/Processes.ts"
import { Recipes } from "../../src/services/Recipes.ts"
import { RunStore } from "../../src/services/RunStore.ts"
import { Settings, SettingsError } from "../../src/services/Settings.ts"
import type { StopCause } from "../../src/services/Stop.ts"
import { Stop, Stopped } from "../../src/services/Stop.ts"
import { testScreen } from "./screen.ts"

const place = { cwd: "/work/site", home: "/home/me", stateHome: "/home/me/.local/state", root: false }

const unreachable = Effect.fail(new DockerError({ operation: "list", subject: "", reason: "unreachable", status: 0, seen: "connect ENOENT" }))

/** An engine that nobody answers for; a swarm without anything. */
export const noEngine = Layer.mock(Docker, {
  endpoint: "unix:///nowhere.sock",
  others: new Map(),
  info: unreachable,
  nodes: unreachable,
  services: () => unreachable,
  tasks: () => unreachable,
  containers: () => unreachable,
  volumes: unreachable,
  secrets: unreachable,
  configs: unreachable,
  networks: unreachable
})

/** Mocks for what every command may touch; what a test needs is laid over them. */
const mocks = (screen: ReturnType<typeof testScreen>) =>
  Layer.mergeAll(
    Layer.mock(Abra, { implementation: "embedded", version: "embedded, for tests", apps: Effect.succeed([]) }),
    Layer.mock(Crypto, { sha256: () => Effect.succeed("1a2b3c".repeat(10)), randomHex: () => Effect.succeed("abcd1234") }),
    Layer.mock(Files, { remove: () => Effect.void, stat: () => Effect.succeed(Option.none()) }),
    Layer.mock(Git, {}),
    Layer.mock(Http, {}),
    Layer.mock(Modules, {}),
    Layer.mock(Recipes, {}),
    Layer.succeed(Guards, { install: () => Effect.void }),
    Layer.mock(Lock, {
      list: () => Effect.succeed([]),
      identityOfPath: () => Effect.succeed(Option.some({ device: 1n, inode: 2n })),
      holders: () => Effect.succeed([])
    }),
    Layer.mock(Processes, { lineage: Effect.succeed([4711]), marked: Effect.succeed([]) }),
    Layer.mock(RunStore, {
      create: (id) => Effect.succeed({ id, path: `/runs/${id}`, abraDir: `/runs/${id}/abra`, log: () => Effect.void, write: () => Effect.void }),
      prune: Effect.succeed([])
    }),
    noEngine,
    Silent.layer,
    screen.layer
  )

export interface CliOptions {
  readonly env?: Readonly<Record<string, string>>
  /** Laid over the mocks. */
  readonly world?: Layer.Layer<World> | Layer.Layer<never>
  /** A stop that is asked for before the command begins. */
  readonly stop?: StopCause
}

/** Runs one command line. */
export const cli = Effect.fnUntraced(function* (args: ReadonlyArray<string>, { env = {}, world = Layer.empty, stop }: CliOptions = {}) {
  const screen = testScreen()
  const asked = yield* Ref.make<ReadonlyArray<WorldOptions>>([])
  const decoded = (options: WorldOptions) =>
    Effect.gen(function* () {
      yield* Ref.update(asked, (before) => [...before, options])
      const placeholders = options.purpose === "run" ? {} : { gateway: "127.0.0.1", baseDomain: "ci.example.org" }
      const settings = yield* Effect.fromResult(decodeSettings({ flags: options.flags, environment: env, file: Option.none(), place, placeholders })).pipe(
        Effect.mapError((problems) => new SettingsError({ problems: problems.map(describeProblem) }))
      )
      return { ...settings.values, backend: "simulated" } as const
    })
  const backend = Layer.succeed(Backend, {
    simulate,
    exampleSite: Layer.succeed(ExampleSite, { open: () => Effect.fail(new SandboxUnavailable({ reason: "there is none in this test" })) }),
    world: (options) => Layer.mergeAll(mocks(screen), Layer.effect(Settings, decoded(options))).pipe(Layer.merge(world)),
    place: Effect.succeed(place)
  })
  const cause = yield* Deferred.make<never, Stopped>()
  if (stop !== undefined) yield* Deferred.fail(cause, new Stopped({ cause: stop }))
  const stops = Layer.succeed(Stop, {
    requested: Deferred.await(cause),
    request: () => Effect.succeed(false),
    first: Effect.succeed(Option.fromUndefinedOr(stop))
  })
  const code = yield* main(args).pipe(
    Effect.provide(Layer.mergeAll(backend, stops, screen.layer)),
    Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnv({ env }))
  )
  const logged = (yield* TestConsole.logLines).join("\n")
  const errors = (yield* TestConsole.errorLines).join("\n")
  return { code, stdout: logged + screen.textOf("stdout"), stderr: errors + screen.textOf("stderr"), asked: yield* Ref.get(asked) }
})
