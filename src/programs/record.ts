/** The record of a run, from its first moment on. */
import { Clock, Effect, Option, Ref } from "effect"
import { Abra } from "../services/Abra.ts"
import type { RunDirectory } from "../services/RunStore.ts"
import { Settings } from "../services/Settings.ts"
import { version } from "../model/version.ts"
import type { RunFacts } from "./facts.ts"
import type { RunRequest } from "./types.ts"

/** Opens the record with what is known before anything happened. */
export const openRecord = Effect.fn("openRecord")(function* (request: RunRequest, directory: RunDirectory) {
  const abra = yield* Abra
  const { backend } = yield* Settings
  const startedAt = yield* Clock.currentTimeMillis
  return yield* Ref.make<RunFacts>({
    runId: directory.id,
    recipe: request.recipe,
    domain: Option.none(),
    directory: directory.path,
    startedAt,
    endedAt: startedAt,
    backend,
    versions: { ccci: version, abra: { implementation: abra.implementation, version: abra.version }, engine: Option.none() },
    requested: { stages: request.stages, ref: request.ref, pr: request.pr, src: request.src },
    head: Option.none(),
    base: Option.none(),
    upgrade: Option.none(),
    stages: [],
    tests: [],
    deploys: { count: 0, reasons: [] },
    dependencies: [],
    headRan: Option.none(),
    leak: Option.none(),
    stopCause: Option.none(),
    failures: [],
    expectedNa: {},
    snapshots: [],
    notes: []
  })
})
