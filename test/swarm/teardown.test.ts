/** Teardown (TEAR) on the real engine: what is gone afterwards, what is not, in which order, and what is said of it. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert } from "@effect/vitest"
import { Context, Deferred, Effect, Fiber, Layer, Ref } from "effect"
import * as fs from "node:fs"
import { layer as layerDocker } from "../../src/layers/live/docker/Docker.ts"
import { layer as layerSandbox } from "../../src/layers/live/sandbox/sandbox.ts"
import { Docker, DockerError, stackLabel } from "../../src/services/Docker.ts"
import { Sandbox } from "../../src/services/Sandbox.ts"
import type { RunEvent } from "../../src/services/Progress.ts"
import { accepted } from "../support/engineApi.ts"
import { eventsOf } from "../support/eventually.ts"
import { orphan, RaceSite, races } from "../support/races/raceSite.ts"
import { fixtureImage, runService, specOf } from "../support/stack.ts"
import { tearDown, impatient, namesOf, wholeApp, holdVolume, type Engine } from "../support/races/teardownWorld.ts"

const endedStates = ["complete", "failed", "shutdown", "rejected", "orphaned", "remove"]

races("Teardown", (race) => {
  race(
    "TEAR-1: services, then their tasks and containers, then networks, then configs, secrets and volumes; the .env when all of that is gone",
    Effect.gen(function* () {
      const { stack, left, envPath } = yield* RaceSite
      const docker = yield* Docker
      yield* wholeApp()
      const seen = yield* Ref.make<ReadonlyArray<readonly [call: string, left: ReadonlyArray<string>]>>([])
      const look = (call: string) =>
        Effect.gen(function* () {
          const tasks = (yield* docker.tasks(stack)).filter(({ state }) => !endedStates.includes(state))
          const now = [...(yield* left), ...tasks.map(({ id }) => `task ${id}`)]
          yield* Ref.update(seen, (before) => [...before, [call, now] as const])
        }).pipe(Effect.orDie)
      const over = `${stack}over`
      const tearing = tearDown({
        engine: ({ removeNetwork, removeConfig, removeSecret, removeVolume }) => ({
          removeNetwork: (id) => Effect.andThen(look("removeNetwork"), removeNetwork(id)),
          removeConfig: (id) => Effect.andThen(look("removeConfig"), removeConfig(id)),
          removeSecret: (id) => Effect.andThen(look("removeSecret"), removeSecret(id)),
          removeVolume: (name) => Effect.andThen(look("removeVolume"), removeVolume(name))
        }),
        files: ({ remove }) => ({ remove: (path) => Effect.andThen(look("remove"), remove(path)) })
      }).pipe(Effect.andThen(docker.createVolume(over, {})), Effect.andThen(docker.removeVolume(over)))
      const told = yield* eventsOf(tearing, ({ type, action, id }) => type === "volume" && action === "destroy" && id === over)
      assert.deepStrictEqual(yield* left, [])

      for (const [call, there] of yield* Ref.get(seen)) {
        const alive = there.filter((one) => /^(service|task|container) /.test(one))
        assert.deepStrictEqual(alive, [], `at ${call}`)
        assert.include(there, envPath, `at ${call}`)
        if (call !== "removeNetwork") assert.notInclude(there, `network ${stack}_default`, `at ${call}`)
        if (call === "remove") assert.deepStrictEqual(there, [envPath])
      }
      const order = told.flatMap(({ type, action, attributes, id }) =>
        action === (type === "container" || type === "volume" ? "destroy" : "remove") && [attributes["name"], id].some((name) => name?.startsWith(`${stack}_`))
          ? [type]
          : []
      )
      assert.deepStrictEqual(order.slice(0, 3), ["service", "container", "network"])
      assert.deepStrictEqual(order.slice(3).sort(), ["config", "secret", "secret", "volume"])
    })
  )

  race(
    "TEAR-2: a container that ignores TERM is killed once its own grace, within half of the budget, and ours are over, and not before its service is deleted",
    Effect.gen(function* () {
      const { stack, left } = yield* RaceSite
      const docker = yield* Docker
      yield* wholeApp({ command: ["fixture", "stubborn"], stopGrace: "10 minutes" })
      const warnings = yield* Ref.make<ReadonlyArray<string>>([])
      const services = yield* Ref.make<ReadonlyArray<number>>([])
      const report = yield* tearDown({
        settings: { "limits.teardown": "4s", "limits.killGrace": "1s" },
        engine: ({ killContainer }) => ({
          killContainer: (id) =>
            docker.services(stack).pipe(
              Effect.flatMap((now) => Ref.update(services, (before) => [...before, now.length])),
              Effect.andThen(killContainer(id))
            )
        }),
        hear: (event) => (event._tag === "Warning" ? Ref.update(warnings, (before) => [...before, event.text]) : Effect.void)
      })
      assert.deepStrictEqual([report.residue, yield* left], [[], []])
      assert.include((yield* Ref.get(warnings)).join("\n"), `killed what ignored its stop signal: ${stack}_app`)
      assert.deepStrictEqual([...new Set(yield* Ref.get(services))], [0])
    })
  )

  race(
    "TEAR-2: a container that takes its time to end, within its own grace, is not killed",
    Effect.gen(function* () {
      const { stack, left } = yield* RaceSite
      const slow = "trap 'sleep 2; exit 7' TERM; while :; do sleep 600 & wait $!; done"
      yield* runService(specOf(stack, "app", { command: ["sh", "-c", slow], stopGrace: "30 seconds" }))
      const told = yield* eventsOf(
        Effect.forkScoped(tearDown({ settings: impatient })),
        ({ type, action, attributes }) => type === "container" && action === "die" && attributes[stackLabel] === stack
      )
      assert.strictEqual(told.at(-1)?.attributes["exitCode"], "7")
      yield* tearDown()
      assert.deepStrictEqual(yield* left, [])
    })
  )

  race(
    "TEAR-2: what is in use is tried again, and removed when it is let go",
    Effect.gen(function* () {
      const { left } = yield* RaceSite
      yield* orphan
      const letGo = yield* holdVolume
      const inUse = yield* Deferred.make<void>()
      const tearing = yield* Effect.forkScoped(
        tearDown({
          hear: (event) => (event._tag === "Waiting" && /in use/.test(event.seen) ? Effect.asVoid(Deferred.succeed(inUse, undefined)) : Effect.void)
        })
      )
      yield* Deferred.await(inUse)
      yield* letGo
      const report = yield* Fiber.join(tearing)
      assert.deepStrictEqual([report.residue, report.problems, yield* left], [[], [], []])
    })
  )

  race(
    "TEAR-2, TEAR-3, TEAR-6: what stays in use is residue and keeps the .env, all else goes; a second teardown ends the work (TEAR-5)",
    Effect.gen(function* () {
      const { stack, left, envPath } = yield* RaceSite
      yield* orphan
      const letGo = yield* holdVolume
      const report = yield* tearDown({ settings: impatient })
      assert.deepStrictEqual(namesOf(report.residue), [`env ${envPath}`, `volume ${stack}_data`])
      assert.match(report.problems.join("\n"), /volume.*in use/)
      assert.deepStrictEqual(yield* left, [`volume ${stack}_data`, envPath])
      yield* letGo
      assert.deepStrictEqual((yield* tearDown()).residue, [])
      assert.deepStrictEqual(yield* left, [])
    })
  )

  race(
    "TEAR-3: an engine that says removed of what stays is not believed; one that cannot list leaves everything unverified",
    Effect.gen(function* () {
      const { stack, left, envPath } = yield* RaceSite
      yield* wholeApp()
      const lie = () => Effect.void
      const lying = () => ({ removeService: lie, removeNetwork: lie, removeConfig: lie, removeSecret: lie, removeVolume: lie })
      const all = [`config ${stack}_conf`, `network ${stack}_default`, `secret ${stack}_key_v1`, `secret ${stack}_token`, `volume ${stack}_data`]
      const lied = yield* tearDown({ settings: { ...impatient, "limits.teardown": "1s" }, engine: lying })
      assert.includeMembers(namesOf(lied.residue), [...all, `service ${stack}_app`])
      assert.includeMembers([...(yield* left)], [...all, `service ${stack}_app`, envPath])

      const blind = new DockerError({ operation: "list", subject: "volumes", reason: "server", status: 500, seen: "out of order" })
      const unseen = yield* tearDown({ settings: impatient, engine: () => ({ volumes: Effect.fail(blind) }) })
      assert.deepStrictEqual(
        unseen.residue.map(({ kind }) => kind),
        ["unknown", "env"]
      )
      assert.include(yield* left, envPath)
      assert.deepStrictEqual((yield* tearDown()).residue, [])
      assert.deepStrictEqual(yield* left, [])
    })
  )

  race(
    "TEAR-6: a step that fails does not stop the next",
    Effect.gen(function* () {
      const { stack, left, envPath } = yield* RaceSite
      yield* wholeApp()
      const broken = new DockerError({ operation: "remove", subject: "it", reason: "server", status: 500, seen: "out of order" })
      const fails = () => Effect.fail(broken)
      const report = yield* tearDown({ settings: impatient, engine: () => ({ removeNetwork: fails, removeConfig: fails }) })
      const stay = [`config ${stack}_conf`, `network ${stack}_default`]
      assert.sameMembers(namesOf(report.residue), [...stay, `env ${envPath}`])
      assert.sameMembers([...(yield* left)], [...stay, envPath])
      assert.deepStrictEqual((yield* tearDown()).residue, [])
      assert.deepStrictEqual(yield* left, [])
    })
  )

  race(
    "TEAR-4: all under the stack's exact prefix goes, labelled or not; what a longer stack's name claims too stays, and is reported",
    Effect.gen(function* () {
      const { swarm, stack, left } = yield* RaceSite
      const docker = yield* Docker
      yield* docker.createVolume(`${stack}_hand`, {})
      yield* docker.createSecret(`${stack}_hand`, "s3cret", {})
      yield* docker.createConfig(`${stack}_hand`, "text", {})
      yield* docker.createNetwork(`${stack}_hand`, {}, { attachable: true })
      const body = { Image: fixtureImage, Cmd: ["fixture", "serve"], HostConfig: { NetworkMode: `${stack}_hand`, Binds: [`${stack}_hand:/data`] } }
      yield* accepted(swarm, "POST", `/containers/create?name=${stack}_hand`, body)
      yield* accepted(swarm, "POST", `/containers/${stack}_hand/start`)
      assert.lengthOf(yield* left, 5)
      const report = yield* tearDown()
      assert.deepStrictEqual([report.residue, yield* left], [[], []])
      // The witnesses' stack `<stack>_more` claims these; the witnesses themselves are compared after every test.
      const contested = ["config", "secret", "volume"].map((kind) => `${kind} ${stack}_more_thing`)
      assert.deepStrictEqual(namesOf(report.contested), contested)
    })
  )

  race(
    "TEAR-5: nothing there, or half: it succeeds, and waits for nothing",
    Effect.gen(function* () {
      const { stack, left, envPath } = yield* RaceSite
      const docker = yield* Docker
      const waits = yield* Ref.make(0)
      const hear = (event: RunEvent) => (event._tag === "Waiting" ? Ref.update(waits, (count) => count + 1) : Effect.void)
      assert.deepStrictEqual((yield* tearDown({ hear })).residue, [])
      fs.writeFileSync(envPath, "TYPE=blog\n")
      assert.deepStrictEqual((yield* tearDown({ hear })).residue, [])
      yield* docker.createNetwork(`${stack}_default`, { [stackLabel]: stack })
      assert.deepStrictEqual((yield* tearDown({ hear })).residue, [])
      assert.deepStrictEqual([yield* left, yield* Ref.get(waits)], [[], 0])
    })
  )

  race(
    "TEAR-1: no address of an external network is lost: one that an app fills to the last takes the next app too",
    Effect.gen(function* () {
      const { stack, left } = yield* RaceSite
      const docker = yield* Docker
      const external = yield* Effect.acquireRelease(
        docker.createNetwork(`proxy-${stack}`, { "ccci.test.proxy": stack }, { subnet: "10.231.77.0/29", attachable: true }),
        (id) => Effect.ignore(docker.removeNetwork(id))
      )
      // Six hosts, of which one is the gateway's and one the node's own.
      for (const replicas of [4, 4]) {
        const own = yield* docker.createNetwork(`${stack}_default`, { [stackLabel]: stack })
        yield* runService(specOf(stack, "app", { networks: [own, external], replicas, stopGrace: "1 second" }))
        assert.deepStrictEqual((yield* tearDown()).residue, [])
        assert.deepStrictEqual(yield* left, [])
      }
    })
  )

  race(
    "TEAR-7: volumes and containers of the other nodes go too, and what stays there is residue",
    Effect.gen(function* () {
      const { stack } = yield* RaceSite
      const elsewhere = yield* Effect.flatMap(Sandbox, (sandbox) => sandbox.acquire({ say: () => Effect.void }))
      const node = Context.get(yield* Layer.build(layerDocker({ endpoint: elsewhere.dockerHost })), Docker)
      yield* node.createVolume(`${stack}_data`, { [stackLabel]: stack })
      yield* node.createVolume(`${stack}x_data`, { [stackLabel]: `${stack}x` })
      const others = (change: Partial<Engine>) => () => ({ others: new Map([["other", { ...node, ...change }]]) })
      const lied = yield* tearDown({ engine: others({ removeVolume: () => Effect.void }) })
      assert.deepStrictEqual(namesOf(lied.residue), [`volume ${stack}_data`])
      assert.deepStrictEqual((yield* tearDown({ engine: others({}) })).residue, [])
      assert.deepStrictEqual(
        (yield* node.volumes).map(({ name }) => name),
        [`${stack}x_data`]
      )
    }).pipe(Effect.provide(Layer.provide(layerSandbox, NodeServices.layer)))
  )
})
