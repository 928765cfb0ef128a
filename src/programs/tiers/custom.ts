/** custom: the recipe's functional tests, side by side where it allows, each with a time limit, a log and a report of its own. */
import { Clock, Effect } from "effect"
import type { ModuleError } from "../../services/Modules.ts"
import type { ProcessError } from "../../services/Processes.ts"
import type { FunctionalTestFile } from "../../services/Recipes.ts"
import { Progress } from "../../services/Progress.ts"
import { Settings } from "../../services/Settings.ts"
import { note, type App } from "../app.ts"
import { Failed } from "../failed.ts"
import type { TestFact } from "../facts.ts"
import { callExport, lastLine, outcomeWords, runExecutable, stepScript } from "../hooks.ts"
import { passed, skipped } from "./tier.ts"

const stage = "custom"
/** An executable's exit code for a skip. */
const skipCode = 77

export const custom = Effect.fn("custom")(function* (app: App) {
  const { concurrency } = yield* Settings
  const tests = [...app.recipe.functional, ...app.source.tests]
  if (tests.length === 0) return skipped("there are no functional tests")
  yield* stepScript(app, stage, "setup_custom_tests", app.recipe.setupCustomTests)
  const facts = yield* Effect.forEach(tests, (test) => one(app, test), { concurrency: app.recipe.definition.parallelTests === false ? 1 : concurrency.tests })
  const failed = facts.filter(({ status }) => status === "fail")
  if (failed.length > 0) {
    return yield* new Failed({
      class: "recipe",
      headline: `${app.domain}: ${failed.length} of ${facts.length} functional tests failed: ${failed.map(({ name, reason }) => `${name} (${reason})`).join("; ")}`,
      hint: "Each test's output is in logs/test-<name>.log.",
      evidence: failed.map(({ name }) => `logs/${logName(name)}.log`)
    })
  }
  return facts.every(({ status }) => status === "skip") ? skipped(`every functional test was skipped (${facts[0]?.reason ?? ""})`) : passed
})

const logName = (name: string): string => `test-${name.replaceAll(/[^A-Za-z0-9._-]/g, "_")}`

const one = Effect.fnUntraced(function* (app: App, test: FunctionalTestFile) {
  const progress = yield* Progress
  const started = yield* Clock.currentTimeMillis
  const { status, reason } = test.requires.includes("deps")
    ? { status: "skip" as const, reason: "it requires dependencies, and the recipe declares none that are up" }
    : yield* test.kind === "typescript" ? typescript(app, test) : executable(app, test)
  const duration = (yield* Clock.currentTimeMillis) - started
  const fact: TestFact = { name: test.name, origin: test.origin, status, reason, needs: test.requires.includes("deps") ? "deps" : "nothing", duration }
  yield* note(app.record, ({ tests }) => ({ tests: [...tests, fact] }))
  yield* progress.emit({ _tag: "Step", text: `test ${test.name}: ${status}${reason === "" ? "" : ` (${reason})`}` })
  return fact
})

type Outcome = Pick<TestFact, "status" | "reason">

/** One that cannot even be started is that test's failure, not the end of the others. */
const unstarted = ({ message }: { readonly message: string }) => Effect.succeed<Outcome>({ status: "fail", reason: message })

const typescript = Effect.fnUntraced(
  function* (app: App, test: FunctionalTestFile): Effect.fn.Return<Outcome, ModuleError, Effect.Services<ReturnType<typeof callExport>>> {
    const { limits } = yield* Settings
    const outcome = yield* callExport(app, {
      file: test.file,
      export: "default",
      operation: test.name,
      stage,
      log: logName(test.name),
      timeLimit: limits.test,
      trusted: test.origin === "site"
    })
    if (outcome._tag === "Returned") return { status: "pass", reason: "" }
    if (outcome._tag === "Skipped") return { status: "skip", reason: outcome.reason }
    return { status: "fail", reason: outcomeWords(outcome, limits.test) }
  },
  Effect.catchTag("ModuleError", unstarted)
)

const executable = Effect.fnUntraced(
  function* (app: App, test: FunctionalTestFile): Effect.fn.Return<Outcome, ProcessError, Effect.Services<ReturnType<typeof runExecutable>>> {
    const { limits } = yield* Settings
    const exited = yield* runExecutable(app, { file: test.file, stage, log: logName(test.name), timeLimit: limits.test, trusted: test.origin === "site" })
    if (exited.timedOut) return { status: "fail", reason: outcomeWords({ _tag: "TimedOut" }, limits.test) }
    if (exited.code === skipCode) return { status: "skip", reason: lastLine(exited.stderr, exited.stdout).replace(/^: /, "") || "it exited with 77" }
    return exited.code === 0 ? { status: "pass", reason: "" } : { status: "fail", reason: `exit code ${exited.code}${lastLine(exited.stderr, exited.stdout)}` }
  },
  Effect.catchTag("ProcessError", unstarted)
)
