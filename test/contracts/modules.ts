/** The laws of {@link Modules} (spec 04): a site's code runs in a child, with limits, and its failures are its own. */
import { assert, describe } from "@effect/vitest"
import { Deferred, Effect, Fiber, Option } from "effect"
import type { Layer, Scope } from "effect"
import type { HookFacts, HookServices, ModuleCall } from "../../src/services/Modules.ts"
import { HookServiceError, Modules } from "../../src/services/Modules.ts"
import { Redaction } from "../../src/services/Redaction.ts"
import { errorOf, lawsOf } from "../support/contract.ts"
import type { Behaviour } from "../support/moduleFiles.ts"
import { ModuleFiles } from "../support/moduleFiles.ts"

const facts: HookFacts = {
  domain: "blog-1a2b3c.ci.example.org",
  stack: "blog-1a2b3c_ci_example_org",
  recipe: "blog",
  stage: "backup",
  operation: "preBackup",
  baseUrl: "https://blog-1a2b3c.ci.example.org",
  gateway: { address: "192.0.2.1", port: 443 },
  deps: { sso: { realm: "test" } }
}

const refuse = () => Effect.fail(new HookServiceError({ seen: "not in this test" }))

/** Services that refuse everything and keep what is logged. */
const recording = (services: Partial<HookServices> = {}) => {
  const lines: Array<string> = []
  const log = (line: string) => Effect.sync(() => void lines.push(line))
  return { lines, services: { exec: refuse, http: refuse, env: refuse, secret: refuse, log, ...services } satisfies HookServices }
}

const callOf = Effect.fnUntraced(function* (behaviour: Behaviour, options: Partial<ModuleCall> = {}) {
  const modules = yield* Modules
  const files = yield* ModuleFiles
  const file = yield* files.make("ops", { preBackup: behaviour })
  return yield* modules.call({ file, export: "preBackup", facts, services: recording().services, timeLimit: "20 seconds", env: {}, ...options })
})

export type ModulesWorld = Modules | ModuleFiles | Redaction

export const modulesContract = <E>(name: string, layer: Layer.Layer<ModulesWorld, E>) =>
  describe(`Modules contract: ${name}`, () => {
    const law: <E2>(title: string, body: Effect.Effect<void, E2, ModulesWorld | Scope.Scope>) => void = lawsOf(layer)

    law(
      "describe tells the functions, those in plain objects too, and what is required",
      Effect.gen(function* () {
        const modules = yield* Modules
        const files = yield* ModuleFiles
        const nothing: Behaviour = { _tag: "returns", value: null }
        const ops = yield* files.make("ops", { preBackup: nothing, "canary.write": nothing, "canary.read": nothing })
        const test = yield* files.make("login", { default: nothing }, ["deps"])
        const described = yield* modules.describe(ops)
        assert.deepStrictEqual([...described.functions].sort(), ["canary.read", "canary.write", "preBackup"])
        assert.deepStrictEqual(described.requires, [])
        assert.deepStrictEqual(yield* modules.describe(test), { functions: ["default"], requires: ["deps"] })
      })
    )

    law(
      "a module that is not there, or does not load, or has no such export, is an error that names the file",
      Effect.gen(function* () {
        const modules = yield* Modules
        const files = yield* ModuleFiles
        const call = (file: string, exported: string) =>
          modules.call({ file, export: exported, facts, services: recording().services, timeLimit: "20 seconds", env: {} })
        for (const file of [yield* files.missing, yield* files.broken]) {
          const errors = [yield* errorOf(modules.load(file)), yield* errorOf(modules.describe(file)), yield* errorOf(call(file, "default"))]
          for (const error of errors) assert.deepStrictEqual([error.file, error.message.includes(file)], [file, true])
        }
        const ops = yield* files.make("ops", { "canary.read": { _tag: "returns", value: 1 } })
        for (const path of ["preBackup", "canary", "canary.write", "canary.read.more"]) {
          assert.include((yield* errorOf(call(ops, path))).message, `no function ${path}`)
        }
      })
    )

    law(
      "load gives the exports of a definition, functions included",
      Effect.gen(function* () {
        const modules = yield* Modules
        const files = yield* ModuleFiles
        const exports = yield* modules.load(yield* files.make("recipe", { default: { _tag: "returns", value: 1 } }, ["deps"]))
        assert.strictEqual(typeof exports["default"], "function")
        assert.deepStrictEqual(exports["requires"], ["deps"])
      })
    )

    law(
      "what a function returns comes back, by its path",
      Effect.gen(function* () {
        const modules = yield* Modules
        const files = yield* ModuleFiles
        const value = { text: "Grüße", list: [1, null, true] }
        const file = yield* files.make("ops", { default: { _tag: "returns", value: 1 }, "canary.read": { _tag: "returns", value } })
        const common = { file, facts, services: recording().services, timeLimit: "20 seconds", env: {} } as const
        assert.deepStrictEqual(yield* modules.call({ ...common, export: "default" }), { _tag: "Returned", value: 1 })
        assert.deepStrictEqual(yield* modules.call({ ...common, export: "canary.read" }), { _tag: "Returned", value })
      })
    )

    law(
      "nothing returned is undefined",
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* callOf({ _tag: "logs", lines: [] }), { _tag: "Returned", value: undefined })
      })
    )

    law(
      "the context has the facts",
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* callOf({ _tag: "returnsFacts" }), { _tag: "Returned", value: facts })
      })
    )

    law(
      "what it throws is told in its words, redacted",
      Effect.gen(function* () {
        yield* Effect.flatMap(Effect.service(Redaction), (redaction) => redaction.register("hunter2hunter2"))
        const outcome = yield* callOf({ _tag: "throws", message: "the login hunter2hunter2 is gone" })
        assert.strictEqual(outcome._tag, "Threw")
        assert.include(outcome._tag === "Threw" ? outcome.message : "", "the login [redacted] is gone")
      })
    )

    law(
      "skip ends it as skipped, with the reason",
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* callOf({ _tag: "skips", reason: "no mail server here" }), { _tag: "Skipped", reason: "no mail server here" })
      })
    )

    law(
      "log goes to the log of the call, in order, redacted",
      Effect.gen(function* () {
        yield* Effect.flatMap(Effect.service(Redaction), (redaction) => redaction.register("hunter2hunter2"))
        const { lines, services } = recording()
        yield* callOf({ _tag: "logs", lines: ["one", "two hunter2hunter2", "three"] }, { services })
        assert.deepStrictEqual(lines, ["one", "two [redacted]", "three"])
      })
    )

    law(
      "exec and http are asked of ccci, with what was given, and answered",
      Effect.gen(function* () {
        const asked: Array<unknown> = []
        const { services } = recording({
          exec: (service, argv) => Effect.sync(() => (asked.push([service, argv]), { exitCode: 7, stdout: "out", stderr: "err" })),
          http: ({ path, method, host, body }) =>
            Effect.sync(() => (asked.push({ path, method, host, body }), { status: 404, headers: { server: "nginx" }, body: "not here" }))
        })
        const executed = yield* callOf({ _tag: "execs", service: "db", argv: ["psql", "-c", "select 1"] }, { services })
        const requested = yield* callOf({ _tag: "requests", path: "/login", options: { method: "POST", host: "auth.example.org", body: "a=b" } }, { services })
        assert.deepStrictEqual(asked, [["db", ["psql", "-c", "select 1"]], { path: "/login", method: "POST", host: "auth.example.org", body: "a=b" }])
        assert.deepStrictEqual(executed, { _tag: "Returned", value: { exitCode: 7, stdout: "out", stderr: "err" } })
        assert.deepStrictEqual(requested, { _tag: "Returned", value: { status: 404, headers: { server: "nginx" }, body: "not here" } })
      })
    )

    law(
      "env and secret are asked of ccci; what is not there is undefined",
      Effect.gen(function* () {
        const { services } = recording({
          env: (name) => Effect.succeed(name === "TITLE" ? Option.some("A blog") : Option.none()),
          secret: (name) => Effect.succeed(name === "db_password" ? Option.some("s3cret") : Option.none())
        })
        assert.deepStrictEqual(yield* callOf({ _tag: "reads", name: "TITLE" }, { services }), { _tag: "Returned", value: ["A blog", null] })
        assert.deepStrictEqual(yield* callOf({ _tag: "reads", name: "db_password" }, { services }), { _tag: "Returned", value: [null, "s3cret"] })
      })
    )

    law(
      "a request that ccci refuses rejects with its message",
      Effect.gen(function* () {
        const { services } = recording({ exec: () => Effect.fail(new HookServiceError({ seen: "service db has no running container" })) })
        const outcome = yield* callOf({ _tag: "execs", service: "db", argv: ["true"] }, { services })
        assert.include(outcome._tag === "Threw" ? outcome.message : outcome._tag, "service db has no running container")
      })
    )

    law(
      "past its time limit the signal is aborted, and what it does then is still heard",
      Effect.gen(function* () {
        const { lines, services } = recording()
        assert.deepStrictEqual(yield* callOf({ _tag: "waitsForAbort" }, { services, timeLimit: "2 seconds" }), { _tag: "TimedOut" })
        assert.deepStrictEqual(lines, ["waiting", "aborted"])
      })
    )

    law(
      "past its time limit an endless loop is ended",
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* callOf({ _tag: "hangs" }, { timeLimit: "1 seconds" }), { _tag: "TimedOut" })
      })
    )

    law(
      "a child that ends before the function returned has crashed",
      Effect.gen(function* () {
        const outcome = yield* callOf({ _tag: "exits" })
        assert.include(outcome._tag === "Crashed" ? outcome.message : outcome._tag, "code 3")
      })
    )

    law(
      "LIFE-6: interruption aborts the signal, and waits until the child is gone",
      Effect.gen(function* () {
        const waiting = yield* Deferred.make<void>()
        const lines: Array<string> = []
        const log = (line: string) =>
          Effect.andThen(
            Effect.sync(() => void lines.push(line)),
            Deferred.succeed(waiting, undefined)
          )
        const fiber = yield* Effect.forkScoped(callOf({ _tag: "waitsForAbort" }, { services: recording({ log }).services }))
        yield* Deferred.await(waiting)
        yield* Fiber.interrupt(fiber)
        assert.deepStrictEqual(lines, ["waiting", "aborted"])
      })
    )
  })
