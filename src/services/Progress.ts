/** What a run tells while it runs. Programs say facts; who listens (terminal, CI lines, NDJSON, run.log) decides how they look. */
import { Context, Schema } from "effect"
import type { Effect } from "effect"
import { Stage } from "../model/stages.ts"

/** A fact of a run, in the order in which they come up. Times are ms since the run's start or since the wait's. */
export const RunEvent = Schema.TaggedUnion({
  RunStarted: {
    runId: Schema.String,
    recipe: Schema.String,
    domain: Schema.String,
    backend: Schema.String,
    abra: Schema.String,
    directory: Schema.String,
    /** The tiers that were asked for. */ stages: Schema.optionalKey(Schema.Array(Stage))
  },
  StageStarted: { stage: Schema.Union([Stage, Schema.Literals(["prepare", "deploy", "teardown", "janitor"])]) },
  StageEnded: { stage: Schema.String, outcome: Schema.Literals(["pass", "fail", "skip", "unverified", "done"]), reason: Schema.String, elapsed: Schema.Number },
  /** Said when a wait begins, and again whenever what is seen changes, or 5 s went by. */
  Waiting: { what: Schema.String, seen: Schema.String, elapsed: Schema.Number, bound: Schema.Number },
  Step: { text: Schema.String },
  Warning: { text: Schema.String },
  /** A line that a child printed; for logs, not for the terminal. */
  Output: { source: Schema.String, line: Schema.String },
  RunEnded: { exitClass: Schema.String, exitCode: Schema.Number, headline: Schema.String, level: Schema.Number }
})
export type RunEvent = typeof RunEvent.Type

export class Progress extends Context.Service<
  Progress,
  {
    /** Never fails and never waits for a slow listener. */
    readonly emit: (event: RunEvent) => Effect.Effect<void>
  }
>()("ccci/services/Progress") {}
