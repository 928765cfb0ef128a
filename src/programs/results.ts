/** `results.json`: what a run leaves for programs to read (spec 05). Versioned; its JSON schema is `schemas/results.schema.json`. */
import { Option, Result, Schema } from "effect"
import { Rung, Stage } from "../model/stages.ts"
import { StopCause } from "../services/Stop.ts"
import { expectedDeploys } from "./causes.ts"
import type { RunFacts } from "./facts.ts"
import { topLevel } from "./rungs.ts"
import type { Verdict } from "./verdict.ts"

const Status = Schema.Literals(["pass", "fail", "skip", "unverified"])
const Time = Schema.String.annotate({ description: "ISO 8601, UTC" })
const Millis = Schema.Finite.annotate({ description: "milliseconds" })
const Texts = Schema.Array(Schema.String)
const Skips = Schema.Array(Schema.Struct({ rung: Rung, reason: Schema.String }))
const Deployed = Schema.Struct({ version: Schema.String, chaosCommit: Schema.String, images: Schema.Record(Schema.String, Schema.String) })
const Class = Schema.Literals(["red", "configuration", "infrastructure", "leak", "defect", "stopped"])

/** Everything that is to be known of a run, version 1. Absent values are null. */
export const Results = Schema.Struct({
  version: Schema.Literal(1),
  run: Schema.Struct({
    id: Schema.String,
    directory: Schema.String,
    backend: Schema.Literals(["live", "simulated"]),
    startedAt: Time,
    endedAt: Time,
    duration: Millis
  }),
  recipe: Schema.String,
  requested: Schema.Struct({
    stages: Schema.Array(Stage),
    ref: Schema.NullOr(Schema.String),
    pr: Schema.NullOr(Schema.Finite),
    src: Schema.NullOr(Schema.String)
  }),
  domain: Schema.NullOr(Schema.String),
  head: Schema.NullOr(Schema.Struct({ commit: Schema.String, version: Schema.NullOr(Schema.String), dirty: Schema.Boolean })),
  base: Schema.NullOr(Schema.Struct({ version: Schema.String, commit: Schema.NullOr(Schema.String), broken: Schema.NullOr(Schema.String) })),
  versions: Schema.Struct({
    ccci: Schema.String,
    abra: Schema.Struct({ implementation: Schema.String, version: Schema.String }),
    engine: Schema.NullOr(Schema.String)
  }),
  ok: Schema.Boolean,
  exit: Schema.Struct({ class: Schema.Literals(["green", ...Class.literals]), code: Schema.Finite }),
  headline: Schema.String,
  causes: Schema.Array(
    Schema.Struct({ class: Class, code: Schema.Finite, stage: Schema.NullOr(Stage), headline: Schema.String, hint: Schema.String, evidence: Texts })
  ),
  level: Schema.Finite,
  topLevel: Schema.Finite,
  cap: Schema.NullOr(Schema.Struct({ rung: Rung, status: Status, reason: Schema.String, expected: Schema.Boolean })),
  gaps: Schema.Literals(["none", "expected", "unexpected"]),
  rungs: Schema.Array(Schema.Struct({ rung: Rung, level: Schema.Finite, status: Status, reason: Schema.String, duration: Millis, attempts: Schema.Finite })),
  stages: Schema.Array(Schema.Struct({ stage: Stage, status: Status, reason: Schema.String, attempts: Schema.Finite, startedAt: Time, duration: Millis })),
  skips: Schema.Struct({ intentional: Skips, unintentional: Skips }),
  tests: Schema.Struct({
    passed: Schema.Finite,
    failed: Schema.Finite,
    skipped: Schema.Finite,
    skippedForDeps: Schema.Finite,
    list: Schema.Array(
      Schema.Struct({
        name: Schema.String,
        origin: Schema.Literals(["site", "recipe"]),
        status: Schema.Literals(["pass", "fail", "skip"]),
        reason: Schema.String,
        needs: Schema.Literals(["nothing", "deps"]),
        duration: Millis
      })
    )
  }),
  leak: Schema.NullOr(
    Schema.Struct({
      clean: Schema.Boolean,
      residue: Schema.Array(Schema.Struct({ kind: Schema.String, name: Schema.String })),
      problems: Texts,
      checkedAt: Time
    })
  ),
  deploys: Schema.Struct({ count: Schema.Finite, expected: Schema.Finite, reasons: Texts }),
  dependencies: Schema.Array(Schema.Struct({ recipe: Schema.String, cold: Schema.Boolean, verified: Schema.Boolean, reason: Schema.String })),
  upgrade: Schema.NullOr(Schema.Struct({ before: Deployed, after: Deployed })),
  headRan: Schema.NullOr(Schema.Boolean),
  stop: Schema.NullOr(StopCause),
  snapshots: Texts,
  notes: Texts
}).annotate({
  title: "ccci results",
  description: "What one run of ccci found out about one recipe. Times are ISO 8601, durations milliseconds, absent values null."
})
export type Results = typeof Results.Type

const iso = (millis: number): string => new Date(millis).toISOString()

/** The results of a run from its facts and its verdict. */
export const resultsOf = (facts: RunFacts, verdict: Verdict): Results => ({
  version: 1,
  run: {
    id: facts.runId,
    directory: facts.directory,
    backend: facts.backend,
    startedAt: iso(facts.startedAt),
    endedAt: iso(facts.endedAt),
    duration: facts.endedAt - facts.startedAt
  },
  recipe: facts.recipe,
  requested: {
    stages: facts.requested.stages,
    ref: Option.getOrNull(facts.requested.ref),
    pr: Option.getOrNull(facts.requested.pr),
    src: Option.getOrNull(facts.requested.src)
  },
  domain: Option.getOrNull(facts.domain),
  head: Option.getOrNull(Option.map(facts.head, (head) => ({ ...head, version: Option.getOrNull(head.version) }))),
  base: Option.getOrNull(Option.map(facts.base, (base) => ({ ...base, commit: Option.getOrNull(base.commit), broken: Option.getOrNull(base.broken) }))),
  versions: { ...facts.versions, engine: Option.getOrNull(facts.versions.engine) },
  ok: verdict.ok,
  exit: verdict.exit,
  headline: verdict.headline,
  causes: verdict.causes.map((cause) => ({ ...cause, stage: Option.getOrNull(cause.stage) })),
  level: verdict.level,
  topLevel,
  cap: Option.getOrNull(verdict.cap),
  gaps: verdict.gaps,
  rungs: verdict.rungs,
  stages: facts.stages.map(({ stage, status, reason, attempts, startedAt, duration }) => ({
    stage,
    status,
    reason,
    attempts,
    startedAt: iso(startedAt),
    duration
  })),
  skips: verdict.skips,
  tests: { ...verdict.tests, list: facts.tests },
  leak: Option.getOrNull(Option.map(facts.leak, (leak) => ({ ...leak, checkedAt: iso(leak.checkedAt) }))),
  deploys: { count: facts.deploys.count, expected: expectedDeploys(facts), reasons: facts.deploys.reasons },
  dependencies: facts.dependencies,
  upgrade: Option.getOrNull(facts.upgrade),
  headRan: Option.getOrNull(facts.headRan),
  stop: Option.getOrNull(facts.stopCause),
  snapshots: facts.snapshots,
  notes: facts.notes
})

const encode = Schema.encodeUnknownResult(Results)

/** The text of `results.json`. Total: the schema only drops what is not in it. */
export const renderResults = (facts: RunFacts, verdict: Verdict): string => {
  const results = resultsOf(facts, verdict)
  return `${JSON.stringify(
    Result.getOrElse(encode(results), () => results),
    null,
    2
  )}\n`
}
