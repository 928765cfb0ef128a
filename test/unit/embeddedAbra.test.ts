/** What no contract can see of the embedded abra: how it runs its child, and what it does with a damaged backup. */
import { assert, describe } from "@effect/vitest"
import { Effect, Layer, Option, Ref } from "effect"
import { layer as redactionLayer } from "../../src/layers/common/Redaction.ts"
import { layer as embeddedLayer } from "../../src/layers/embedded/Abra.ts"
import { layer as cryptoLayer } from "../../src/layers/live/Crypto.ts"
import { layer as filesLayer } from "../../src/layers/live/Files.ts"
import { CommitId, Domain } from "../../src/model/names.ts"
import { Abra } from "../../src/services/Abra.ts"
import { Docker, type Container, type Service } from "../../src/services/Docker.ts"
import { Files } from "../../src/services/Files.ts"
import { Git } from "../../src/services/Git.ts"
import { ChildEnvironment, Processes, type Command } from "../../src/services/Processes.ts"
import { Settings } from "../../src/services/Settings.ts"
import { errorOf, lawsOf, present } from "../support/contract.ts"
import { testSettings } from "../support/settings.ts"
import { layerWorkspace } from "../support/temporary.ts"
import { Workspace } from "../support/workspace.ts"

const domain = Domain.make("blog-1a2b3c.ci.example.org")
const stack = "blog-1a2b3c_ci_example_org"
const chaos = Option.none<string>()

const service: Service = {
  ...{ id: "s", name: `${stack}_app`, labels: { "backupbot.backup": "true" }, image: "x", replicas: 1, mode: "replicated", running: 1, version: 1 },
  ...{ updateState: Option.none(), updateMessage: "", secrets: [], configs: [], networks: [], restart: "any", stopGrace: 0 }
}
const container: Container = {
  ...{ id: "c", name: "c", labels: { "com.docker.swarm.service.name": service.name }, image: "x", state: "running" },
  mounts: [{ type: "volume", name: `${stack}_data`, destination: "/data" }]
}

/** Commands that were run, and for each compose file named in them whether it was there, and its mode. */
const setup = Effect.fnUntraced(function* (options: {
  readonly env?: string
  readonly client?: string
  readonly ended?: Partial<{ code: number; stderr: string; timedOut: boolean }>
}) {
  const { path } = yield* Workspace
  const files = yield* Files
  const commands = yield* Ref.make<ReadonlyArray<Command>>([])
  const modes = yield* Ref.make<ReadonlyArray<number>>([])
  const unpacked = yield* Ref.make<ReadonlyArray<string>>([])
  const root = `${path}/run/abra`
  yield* files.makeDirectory(`${root}/servers/default`)
  yield* files.makeDirectory(`${root}/recipes/blog`)
  yield* files.writeAtomic(`${root}/servers/default/${domain}.env`, `TYPE=blog\nDOMAIN=${domain}\nTOKEN=visible-to-nobody\n${options.env ?? ""}`)
  yield* files.writeAtomic(`${root}/recipes/blog/compose.yml`, 'version: "3.8"\nservices: { app: { image: x } }\n')
  const run = Effect.fnUntraced(function* (command: Command) {
    yield* Ref.update(commands, (all) => [...all, command])
    const override = command.args.findLast((argument) => argument.includes(".ccci-"))
    if (override !== undefined) {
      const stat = present(yield* Effect.orDie(files.stat(override)), "the override file")
      yield* Ref.update(modes, (all) => [...all, stat.mode])
    }
    const exited = { code: 0, signal: Option.none(), timedOut: false, stdout: "", stderr: "", dropped: 0 }
    return command.args[0] === "--version" ? { ...exited, stdout: `Docker version ${options.client ?? "26.1.5"}, build x\n` } : { ...exited, ...options.ended }
  })
  const fakes = Layer.mergeAll(
    Layer.mock(Processes, { run }),
    Layer.mock(Git, { head: () => Effect.succeed(CommitId.make("a".repeat(40))), status: () => Effect.succeed([]), tags: () => Effect.succeed([]) }),
    Layer.mock(Docker, {
      endpoint: "unix:///run/its/own.sock",
      others: new Map(),
      secrets: Effect.succeed([]),
      services: () => Effect.succeed([service]),
      containers: () => Effect.succeed([container]),
      archiveToFile: (_, __, file) => Effect.orDie(files.writeAtomic(file, "tar")),
      archiveFromFile: (_, directory) => Ref.update(unpacked, (all) => [...all, directory])
    }),
    Layer.succeed(Settings, testSettings(path))
  )
  const abra = yield* Abra.pipe(
    Effect.provide(embeddedLayer.pipe(Layer.provide(fakes), Layer.provide(Layer.merge(cryptoLayer, redactionLayer))), { local: true })
  )
  return { abra, commands, files, modes, root, unpacked }
})

/** In the run's abra directory, not the settings' (RUN-2). */
const inRun = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.flatMap(Workspace, ({ path }) => Effect.provideService(effect, ChildEnvironment, { ABRA_DIR: `${path}/run/abra` }))

describe("the embedded abra", () => {
  const register = lawsOf(Layer.merge(filesLayer, layerWorkspace))
  const law = <E>(name: string, body: Effect.Effect<void, E, Files | Workspace>) => register(name, inRun(body))

  law(
    "values of the .env are in no argument; the override is for its owner's eyes, and gone afterwards",
    Effect.gen(function* () {
      const { abra, commands, files, modes, root } = yield* setup({})
      yield* abra.deploy(domain, chaos, "1 minute")
      const deploy = (yield* Ref.get(commands)).at(-1)
      assert.deepStrictEqual([deploy?.command, deploy?.args.slice(0, 2), deploy?.cwd], ["docker", ["stack", "deploy"], `${root}/recipes/blog`])
      assert.notInclude(JSON.stringify(deploy?.args), "visible-to-nobody")
      assert.strictEqual(deploy?.env?.["TOKEN"], "visible-to-nobody")
      assert.deepStrictEqual(yield* Ref.get(modes), [0o600])
      assert.deepStrictEqual(yield* files.list(root), ["recipes", "servers"])
    })
  )

  law(
    "the client is sent to the very engine that ccci talks to, and is asked for its version once",
    Effect.gen(function* () {
      const { abra, commands } = yield* setup({})
      yield* abra.deploy(domain, chaos, "1 minute")
      yield* abra.deploy(domain, chaos, "1 minute")
      const all = yield* Ref.get(commands)
      assert.deepStrictEqual(
        all.map(({ args }) => args[0]),
        ["--version", "stack", "stack"]
      )
      assert.strictEqual(all[1]?.env?.["DOCKER_HOST"], "unix:///run/its/own.sock")
    })
  )

  for (const [client, knows] of [
    ["20.10.24+dfsg1", false],
    ["25.0.1", false],
    ["26.0.0", true],
    ["28.2.2", true]
  ] as const) {
    law(
      `a client of version ${client} is ${knows ? "" : "not "}told to detach`,
      Effect.gen(function* () {
        const { abra, commands } = yield* setup({ client })
        yield* abra.deploy(domain, chaos, "1 minute")
        const args = (yield* Ref.get(commands)).at(-1)?.args ?? []
        assert.strictEqual(args.includes("--detach=true"), knows)
        assert.deepStrictEqual(args.slice(args.indexOf("--resolve-image")), ["--resolve-image", "never", ...(knows ? ["--detach=true"] : []), stack])
      })
    )
  }

  law(
    "an .env that would steer the client is refused, and nothing is run",
    Effect.gen(function* () {
      const { abra, commands } = yield* setup({ env: "DOCKER_HOST=tcp://elsewhere:2375\n" })
      assert.include((yield* errorOf(abra.deploy(domain, chaos, "1 minute"))).message, "DOCKER_HOST")
      assert.deepStrictEqual(yield* Ref.get(commands), [])
    })
  )

  law(
    "an .env that abra could not read is refused, naming the line",
    Effect.gen(function* () {
      const { abra } = yield* setup({ env: "this is nothing\n" })
      assert.include((yield* errorOf(abra.deploy(domain, chaos, "1 minute"))).message, "line 4")
    })
  )

  law(
    "a deploy that does not end in time is a timeout, one that fails has docker's last words",
    Effect.gen(function* () {
      const late = yield* setup({ ended: { code: 143, timedOut: true } })
      const error = yield* errorOf(late.abra.deploy(domain, chaos, "1 minute"))
      assert.deepStrictEqual([error._tag, error.reason], ["AbraError", "timeout"])
      const failing = yield* setup({ ended: { code: 1, stderr: "one\nfailed to create service\n" } })
      assert.include((yield* errorOf(failing.abra.deploy(domain, chaos, "1 minute"))).message, "failed to create service")
    })
  )

  law(
    "a domain whose stack name abra would cut is refused",
    Effect.gen(function* () {
      const { abra, files, root } = yield* setup({})
      const long = Domain.make(`blog-1a2b3c.${"x".repeat(30)}.example.org`)
      yield* files.writeAtomic(`${root}/servers/default/${long}.env`, "TYPE=blog\n")
      assert.include((yield* errorOf(abra.deploy(long, chaos, "1 minute"))).message, "cuts it at 45")
    })
  )

  law(
    "ABRA-6: a damaged archive is not unpacked over a live app",
    Effect.gen(function* () {
      const { abra, files, root, unpacked } = yield* setup({})
      yield* abra.backup(domain, "1 minute")
      const [snapshot] = yield* abra.snapshots(domain)
      const archive = `${root}/ccci-backups/${domain}/${snapshot?.id ?? ""}/1.tar`
      yield* files.writeAtomic(archive, "tar, but another")
      const error = yield* errorOf(abra.restore(domain, "1 minute"))
      assert.include(error.message, "is damaged")
      assert.deepStrictEqual(yield* Ref.get(unpacked), [])
      yield* files.writeAtomic(archive, "tar")
      yield* abra.restore(domain, "1 minute")
      assert.deepStrictEqual(yield* Ref.get(unpacked), ["/data"])
    })
  )
})
