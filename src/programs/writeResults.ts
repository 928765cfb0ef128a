import { Effect } from "effect"
import type { RunDirectory, RunStoreError } from "../services/RunStore.ts"
import type { RunFacts } from "./facts.ts"
import type { Verdict } from "./verdict.ts"
export const writeResults = (_directory: RunDirectory, _facts: RunFacts, _verdict: Verdict): Effect.Effect<void, RunStoreError> => Effect.void
