/** The laws of {@link RunStore}, on any files and locks. */
import { assert, describe } from "@effect/vitest"
import { Clock, Duration, Effect, Exit, Layer, Option, Scope } from "effect"
import { layer as redactionLayer } from "../../src/layers/common/Redaction.ts"
import { layer as runStoreLayer } from "../../src/layers/common/RunStore.ts"
import { RunId } from "../../src/model/names.ts"
import { Files } from "../../src/services/Files.ts"
import { Lock } from "../../src/services/Lock.ts"
import { Redaction } from "../../src/services/Redaction.ts"
import { RunStore } from "../../src/services/RunStore.ts"
import { Settings } from "../../src/services/Settings.ts"
import { errorOf, lawsOf, present } from "../support/contract.ts"
import { testSettings } from "../support/settings.ts"
import { Workspace } from "../support/workspace.ts"

const setup = Effect.gen(function* () {
  const { path } = yield* Workspace
  return { files: yield* Files, root: `${path}/runs`, redaction: yield* Redaction, store: yield* RunStore }
})

/** A store whose site keeps so much. */
const storeThat = (keep: Settings["Service"]["keep"]) =>
  Effect.gen(function* () {
    const { path } = yield* Workspace
    return yield* RunStore.pipe(Effect.provide(runStoreLayer, { local: true }), Effect.provideService(Settings, testSettings(path, { keep })))
  })

const id = (name: string) => RunId.make(name)

/** Runs an effect as if it were so much later. */
const ahead = <A, E, R>(effect: Effect.Effect<A, E, R>, by: Duration.Duration) =>
  Effect.flatMap(Clock.Clock, (clock) => {
    const shifted: Clock.Clock = Object.create(clock, {
      currentTimeMillis: { value: Effect.map(clock.currentTimeMillis, (now) => now + Duration.toMillis(by)) }
    })
    return Effect.provideService(effect, Clock.Clock, shifted)
  })

/** A run that was and is over. */
const past = (store: RunStore["Service"], name: string) => Effect.scoped(store.create(id(name)))

export const runStoreContract = <E>(name: string, world: Layer.Layer<Files | Lock | Workspace, E>) =>
  describe(`RunStore contract: ${name}`, () => {
    const settings = Layer.effect(
      Settings,
      Effect.map(Workspace, ({ path }) => testSettings(path))
    )
    const law = lawsOf(runStoreLayer.pipe(Layer.provideMerge(Layer.mergeAll(redactionLayer, settings)), Layer.provideMerge(world)))

    law(
      "RUN-1: a run's directory is claimed once, and never taken over",
      Effect.gen(function* () {
        const { files, root, store } = yield* setup
        const directory = yield* past(store, "manual-1")
        assert.deepStrictEqual([directory.path, directory.abraDir], [`${root}/manual-1`, `${root}/manual-1/abra`])
        const error = yield* errorOf(Effect.scoped(store.create(id("manual-1"))))
        assert.include(error.message, "EEXIST")
        assert.strictEqual(present(yield* files.stat(directory.path), "the run's directory").mode, 0o700)
      })
    )

    law(
      "what is logged and written is scrubbed of secrets",
      Effect.gen(function* () {
        const { files, redaction, store } = yield* setup
        yield* redaction.register("hunter2-secret")
        const directory = yield* store.create(id("r"))
        yield* directory.log("install", "password hunter2-secret")
        yield* directory.log("install", "second")
        yield* directory.write("results.json", '{"p":"hunter2-secret"}')
        yield* directory.write("evidence/db.txt", "aHVudGVyMi1zZWNyZXQ=")
        assert.strictEqual(yield* files.readText(`${directory.path}/logs/install.log`), "password [redacted]\nsecond\n")
        assert.strictEqual(yield* files.readText(`${directory.path}/results.json`), '{"p":"[redacted]"}')
        assert.strictEqual(yield* files.readText(`${directory.path}/evidence/db.txt`), "[redacted]")
      })
    )

    law(
      "names from outside stay inside the run's directory",
      Effect.gen(function* () {
        const { files, store } = yield* setup
        const directory = yield* store.create(id("r"))
        yield* directory.log("../../functional/login.ts", "x")
        yield* directory.log("...", "y")
        assert.deepStrictEqual(yield* files.list(`${directory.path}/logs`), ["-..-functional-login.ts.log", "log.log"])
        assert.include((yield* errorOf(directory.write("../escaped", "x"))).message, "leaves")
      })
    )

    law(
      "a log that cannot be written loses its lines, and the run goes on",
      Effect.gen(function* () {
        const { files, store } = yield* setup
        const directory = yield* store.create(id("r"))
        yield* files.remove(`${directory.path}/logs`)
        yield* directory.log("install", "lost")
        assert.isTrue(Option.isNone(yield* files.stat(`${directory.path}/logs`)))
      })
    )

    law(
      "RUN-7: of runs beyond the count the oldest go, and those in use stay, whatever their place",
      Effect.gen(function* () {
        const { files, root } = yield* setup
        const store = yield* storeThat({ count: 2, age: Duration.days(1) })
        const scope = yield* Scope.make()
        yield* Scope.provide(store.create(id("a-held")), scope)
        for (const name of ["b", "c", "d"]) yield* past(store, name)
        yield* files.makeDirectory(`${root}/foreign/logs`)
        assert.deepStrictEqual(yield* store.prune, [`${root}/b`])
        assert.deepStrictEqual(yield* files.list(root), ["a-held", "c", "d", "foreign"])
        yield* Scope.close(scope, Exit.void)
        assert.deepStrictEqual(yield* store.prune, [`${root}/a-held`])
      })
    )

    law(
      "RUN-7: runs past their age go",
      Effect.gen(function* () {
        const { files, root } = yield* setup
        const store = yield* storeThat({ count: 100, age: Duration.hours(1) })
        yield* past(store, "run")
        assert.deepStrictEqual(yield* store.prune, [])
        assert.deepStrictEqual(yield* ahead(store.prune, Duration.hours(2)), [`${root}/run`])
        assert.deepStrictEqual(yield* files.list(root), [])
      })
    )

    law(
      "RUN-7: pruning never follows the abra directory's links",
      Effect.gen(function* () {
        const { files } = yield* setup
        const { path } = yield* Workspace
        const store = yield* storeThat({ count: 0, age: Duration.days(1) })
        yield* files.makeDirectory(`${path}/canonical/servers`)
        yield* files.writeAtomic(`${path}/canonical/servers/app.env`, "TYPE=x")
        const directory = yield* past(store, "crashed")
        yield* files.makeDirectory(directory.abraDir)
        yield* files.symlink(`${path}/canonical/servers`, `${directory.abraDir}/servers`)
        assert.deepStrictEqual(yield* store.prune, [directory.path])
        assert.deepStrictEqual(yield* files.list(`${path}/canonical/servers`), ["app.env"])
      })
    )

    law(
      "nothing there yet is nothing to prune",
      Effect.gen(function* () {
        const { store } = yield* setup
        assert.deepStrictEqual(yield* store.prune, [])
      })
    )
  })
