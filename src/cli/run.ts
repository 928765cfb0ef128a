/** `ccci run <recipe>`: one recipe through its whole life, judged, and nothing left. Progress goes to standard error, the result to standard output. */
import { Config, Duration, Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { secretsInUrl } from "../model/urlSecrets.ts"
import { run as runProgram } from "../programs/run.ts"
import { summaryOf } from "../programs/summary.ts"
import type { RunRequest } from "../programs/types.ts"
import { Backend } from "../services/Backend.ts"
import type { WorldOptions } from "../services/Backend.ts"
import { Guards } from "../services/Guards.ts"
import { Progress } from "../services/Progress.ts"
import { Redaction } from "../services/Redaction.ts"
import { Settings } from "../services/Settings.ts"
import { endWith, failing, infrastructure, usage } from "./ending.ts"
import { printLines } from "./print.ts"
import { requestOf, runFlags } from "./runFlags.ts"
import { settingsFlags, settingsOptions } from "./settingsFlags.ts"

/** Guards first (LIFE-1), then the run, then its summary. Returns the exit code, and where the results lie. */
export const runAndTell = Effect.fn("cli.run")(function* (request: RunRequest, json: boolean) {
  const guards = yield* Guards
  const { limits, recipeSource } = yield* Settings
  yield* guards.install(Duration.sum(limits.work, limits.teardown))
  const { register } = yield* Redaction
  yield* Effect.forEach([request.src, recipeSource].flatMap(Option.toArray).flatMap(secretsInUrl), register, { discard: true })
  if (yield* Config.Boolean("CCCI_QUICK").pipe(Config.withDefault(false))) {
    const progress = yield* Progress
    yield* progress.emit({ _tag: "Warning", text: "CCCI_QUICK is set, but this version has no quick lane: this is a full, cold run" })
  }
  const { facts, verdict, directory } = yield* runProgram(request)
  yield* printLines([{ tone: "plain", text: "" }, ...summaryOf(facts, verdict)], json ? "stderr" : "stdout")
  return { code: verdict.exit.code, directory }
}, Effect.scoped)

/** A run in a world of its own, from its settings to its exit code. */
export const codeInWorld = (request: RunRequest, options: Omit<WorldOptions, "purpose" | "progress">, json: boolean) =>
  Effect.gen(function* () {
    const backend = yield* Backend
    const world = backend.world({ ...options, purpose: "run", progress: json ? "json" : "region" })
    const { code } = yield* runAndTell(request, json).pipe(Effect.provide(world))
    return code
  }).pipe(
    Effect.catchTags({
      SettingsError: failing(usage),
      ConfigError: failing(usage),
      ParentGone: failing(infrastructure),
      RunStoreError: failing(infrastructure),
      ProcessError: failing(infrastructure)
    })
  )

export const run = Command.make(
  "run",
  {
    ...runFlags,
    json: Flag.Boolean("json").pipe(
      Flag.withDescription("Tell events as NDJSON on standard output; the summary goes to standard error"),
      Flag.withDefault(false)
    ),
    settings: settingsFlags
  },
  Effect.fnUntraced(function* ({ json, settings, ...input }) {
    const place = yield* Effect.flatMap(Backend, (backend) => backend.place)
    yield* endWith(yield* codeInWorld(requestOf(input, place), settingsOptions(settings), json))
  })
).pipe(
  Command.withDescription(
    "Deploy a recipe on the swarm, upgrade it, back it up, restore it, test it, and leave nothing behind. Exit code: 0 green, 1 the recipe failed, 2 usage or configuration, 3 the machine is at fault, 4 something was left behind, 70 a defect in ccci, 128+n stopped."
  ),
  Command.withShortDescription("Test one recipe through its whole life"),
  Command.withExamples([
    { command: "ccci run custom-html", description: "Test the recipe's default branch through all tiers" },
    { command: "ccci run custom-html --src ./custom-html", description: "Test a work tree as it is on disk" },
    { command: "ccci run custom-html --pr 7 --ref refs/pull/7/head", description: "Test a pull request" },
    { command: "ccci run custom-html --stages install,upgrade --base 1.0.0+1.22.1", description: "Only these tiers, from this version" }
  ])
)
