/** The race matrix (spec 01) on real processes and the real swarm: rows in which runs have nothing to do with each other. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert } from "@effect/vitest"
import { Effect, Layer } from "effect"
import * as fs from "node:fs"
import { layer as layerDocker } from "../../../src/layers/live/docker/Docker.ts"
import { layer as layerSandbox } from "../../../src/layers/live/sandbox/sandbox.ts"
import { RecipeName, stackOf } from "../../../src/model/names.ts"
import { Docker } from "../../../src/services/Docker.ts"
import { Sandbox } from "../../../src/services/Sandbox.ts"
import { recipe } from "../../support/blogRecipe.ts"
import { isAlive, lingeringDocker } from "../../support/races/bins.ts"
import { domainOf, ends, otherRecipe, program, RaceSite, races } from "../../support/races/raceSite.ts"
import { spawned } from "../../support/spawned.ts"
import { importTestImage } from "../../support/testImage.ts"

const silent = () => Effect.void

races("Several runs", (race) => {
  race(
    "embedding program runs two recipes at once / each other: LIFE-6c, RUN-2: locks, stops, teardowns and trees of their own",
    Effect.gen(function* () {
      const site = yield* RaceSite
      const docker = yield* Docker
      const other = domainOf(RecipeName.make(otherRecipe), `${site.root}/${otherRecipe}`, site.baseDomain)
      const servicesOf = (stack: string) => Effect.map(docker.services(stack), (services) => services.map(({ name }) => name))
      const hold = { CCCI_TEST_HOLD: "http.request" }
      const both = yield* spawned(program("twoRuns", recipe, otherRecipe), { env: { ...site.env, ...hold } })
      yield* both.line(new RegExp(`^at http.request https://${site.domain}`))
      yield* both.line(new RegExp(`^at http.request https://${other}`))
      assert.sameMembers(fs.readdirSync(site.lockDir), [`cc-ci-app-${site.domain}.lock`, `cc-ci-app-${other}.lock`])
      const runs = `${site.root}/runs`
      const trees = fs.readdirSync(runs).flatMap((run) => (fs.existsSync(`${runs}/${run}/abra`) ? [fs.readdirSync(`${runs}/${run}/abra/recipes`)] : []))
      assert.deepStrictEqual(trees.map((tree) => tree.join()).sort(), [recipe, otherRecipe])

      yield* both.send(`stop ${recipe}`)
      yield* both.line(new RegExp(`^ended ${recipe} 143$`))
      assert.deepStrictEqual(yield* site.left, [])
      assert.deepStrictEqual(yield* servicesOf(stackOf(other)), [`${stackOf(other)}_app`])
      assert.deepStrictEqual(fs.readdirSync(site.lockDir), [`cc-ci-app-${other}.lock`])

      yield* both.send("free http.request")
      yield* both.line(new RegExp(`^ended ${otherRecipe} 0$`))
      yield* ends(both, 0)
      assert.deepStrictEqual(yield* servicesOf(stackOf(other)), [])
      assert.deepStrictEqual(fs.readdirSync(site.lockDir), [])
    })
  )

  race(
    "two swarms with lock dirs of their own, same recipe / each other: JAN-9, TEAR-0: neither touches the other's processes, each ends its own",
    Effect.gen(function* () {
      const site = yield* RaceSite
      const elsewhere = yield* Effect.flatMap(Sandbox, (sandbox) => sandbox.acquire({ say: silent }))
      importTestImage(elsewhere.env)
      const root = `${site.root}/elsewhere`
      for (const directory of ["locks", "abra/servers/default"]) fs.mkdirSync(`${root}/${directory}`, { recursive: true })
      const env = { ...elsewhere.env, CCCI_APP_LOCK_DIR: `${root}/locks`, ABRA_DIR: `${root}/abra`, CCCI_RUNS_DIR: `${root}/runs` }
      const path = site.env["PATH"] ?? ""
      const [here, there] = [lingeringDocker(site.root, "here", { path }), lingeringDocker(site.root, "there", { path })]

      const first = yield* site.run({ bin: here.bin, hold: ["http.request", "docker.removeService"] })
      const second = yield* site.run({ bin: there.bin, hold: ["http.request"], env: { ...env, PATH: `${there.bin}:${path}` } })
      yield* first.line(/^at http.request/)
      yield* second.line(/^at http.request/)
      const daemons = [yield* here.daemon, yield* there.daemon] as const
      assert.deepStrictEqual(daemons.map(isAlive), [true, true])

      // A reap of the very same domain over there looks for a dead run's children, and ends none of ours.
      yield* second.signal("SIGKILL")
      yield* second.ended
      const janitor = yield* site.janitor({ env })
      yield* janitor.line(new RegExp(`^reaped +${site.domain}`))
      yield* ends(janitor, 0)
      assert.deepStrictEqual(daemons.map(isAlive), [true, false])

      // A run that has passed ends its own before it removes anything; a signal in mid-teardown neither aborts it nor changes what it came to (LIFE-5).
      yield* first.send("free http.request")
      yield* first.line(/^at docker.removeService/)
      assert.isFalse(isAlive(daemons[0]))
      yield* first.signal("SIGTERM")
      yield* first.line(/SIGTERM: ignored/)
      yield* first.send("free docker.removeService")
      yield* ends(first, 0)
      assert.deepStrictEqual(yield* site.left, [])
      const beyond = yield* Effect.provide(
        Effect.flatMap(Docker, (docker) => docker.volumes),
        layerDocker({ endpoint: elsewhere.dockerHost })
      )
      assert.deepStrictEqual(beyond, [])
    }).pipe(Effect.provide(Layer.provide(layerSandbox, NodeServices.layer))),
    150_000
  )
})
