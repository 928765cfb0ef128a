/** `ccci janitor`: reaps what dead runs left, and says what it could not do in its exit code (JAN-7). */
import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { visibleLine } from "../model/visible.ts"
import { janitor as janitorProgram } from "../programs/janitor.ts"
import type { JanitorCandidate, JanitorReport } from "../programs/types.ts"
import { counted } from "../programs/words.ts"
import { Backend } from "../services/Backend.ts"
import { Stop, stopExitCode } from "../services/Stop.ts"
import type { StopCause } from "../services/Stop.ts"
import { endWith, failing, infrastructure, leak, usage } from "./ending.ts"
import { printJson, printLines } from "./print.ts"
import { settingsFlags, settingsOptions } from "./settingsFlags.ts"

/** Something remains: 4, before all; then the stop's cause; then what could not be looked at: 3. */
export const janitorExitCode = ({ candidates, warnings }: JanitorReport, stopped: Option.Option<StopCause>): number => {
  if (candidates.some(({ outcome }) => outcome === "failed")) return leak
  if (Option.isSome(stopped)) return stopExitCode[stopped.value]
  return warnings.length > 0 ? infrastructure : 0
}

const tones = { held: "plain", reaped: "good", wouldReap: "doubt", left: "quiet", failed: "bad" } as const
const words = { held: "in use", reaped: "reaped", wouldReap: "would reap", left: "left alone", failed: "FAILED" } as const

const candidateLines = ({ domain, outcome, detail, residue }: JanitorCandidate) => [
  { tone: tones[outcome], text: `${words[outcome].padEnd(11)} ${domain}${detail === "" ? "" : `: ${visibleLine(detail)}`}` },
  ...residue.map(({ kind, name }) => ({ tone: "plain" as const, text: `            ${kind} ${visibleLine(name)}` }))
]

/** The report for people: what is wrong comes last, where the eye is. */
export const janitorLines = ({ candidates, warnings, prunedRuns }: JanitorReport) => {
  const calm = candidates.filter(({ outcome }) => outcome !== "failed")
  return [
    ...(candidates.length === 0 ? [{ tone: "good" as const, text: "Nothing to reap: no app of a run is there." }] : calm.flatMap(candidateLines)),
    ...(prunedRuns.length === 0
      ? []
      : [{ tone: "quiet" as const, text: `pruned      ${counted(prunedRuns.length, "old run directory").replace("directorys", "directories")}` }]),
    ...warnings.map((warning) => ({ tone: "doubt" as const, text: `warning     ${visibleLine(warning)}` })),
    ...candidates.filter(({ outcome }) => outcome === "failed").flatMap(candidateLines)
  ]
}

export const janitor = Command.make(
  "janitor",
  {
    dryRun: Flag.Boolean("dry-run").pipe(Flag.withDescription("Say what would be reaped, and touch nothing"), Flag.withDefault(false)),
    json: Flag.Boolean("json").pipe(Flag.withDescription("Print the report as JSON"), Flag.withDefault(false)),
    settings: settingsFlags
  },
  Effect.fnUntraced(function* ({ dryRun, json, settings }) {
    const backend = yield* Backend
    const world = backend.world({ ...settingsOptions(settings), purpose: "janitor", progress: json ? "silent" : "lines" })
    const code = yield* Effect.gen(function* () {
      const report = yield* janitorProgram({ dryRun, prune: true })
      yield* json ? printJson(report) : printLines(janitorLines(report))
      const stop = yield* Stop
      return janitorExitCode(report, yield* stop.first)
    }).pipe(Effect.provide(world), Effect.catchTags({ SettingsError: failing(usage) }))
    yield* endWith(code)
  })
).pipe(
  Command.withDescription(
    "Remove what dead runs left: apps of the run shape below the base domain that no live run holds. Exit code: 0 done, 3 something could not be looked at, 4 something remains."
  ),
  Command.withShortDescription("Reap what dead runs left"),
  Command.withExamples([{ command: "ccci janitor --dry-run", description: "What would be reaped" }])
)
