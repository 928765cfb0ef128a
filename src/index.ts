/**
 * The public face, for programs that embed ccci: what it does (run, janitor, verdict), the services that this is done with, and the live world.
 * A program gives each run its own {@link stop}, and brings one {@link world} for all of them.
 */
export { run } from "./programs/run.ts"
export { janitor } from "./programs/janitor.ts"
export { verdictOf } from "./programs/verdict.ts"
export type { Verdict } from "./programs/verdict.ts"
export type { Cause, ExitClass } from "./programs/causes.ts"
export type { RungVerdict } from "./programs/rungs.ts"
export { Results, resultsOf } from "./programs/results.ts"
export { runRequest } from "./programs/types.ts"
export { summaryOf } from "./programs/summary.ts"
export type { Failure, RunFacts, StageFact, TestFact } from "./programs/facts.ts"
export type { JanitorCandidate, JanitorOptions, JanitorReport, RunRequest, RunResult } from "./programs/types.ts"

export { BaseDomain, CommitId, Domain, GitRef, RecipeName, RunId, StackName } from "./model/names.ts"
export { Rung, rungs, Stage, stages } from "./model/stages.ts"
export { version } from "./model/version.ts"

export * from "./services/index.ts"

export { world } from "./layers/live.ts"
export { layer as stop } from "./layers/live/Stop.ts"
export { runMain } from "./layers/live/runMain.ts"
