/** What a run leaves for programs: `junit.xml`, then `results.json`, so that a folder with results is complete. */
import { Effect } from "effect"
import type { RunDirectory } from "../services/RunStore.ts"
import type { RunFacts } from "./facts.ts"
import { renderJunit } from "./junit.ts"
import { renderResults } from "./results.ts"
import type { Verdict } from "./verdict.ts"

/** Writes both into the run's directory, atomically, scrubbed of secrets on their way. */
export const writeResults = Effect.fn("writeResults")(function* (directory: RunDirectory, facts: RunFacts, verdict: Verdict) {
  yield* directory.write("junit.xml", renderJunit(facts, verdict))
  yield* directory.write("results.json", renderResults(facts, verdict))
})
