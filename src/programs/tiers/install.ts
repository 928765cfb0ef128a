/** install: converged, healthy, and what runs is what was asked for. */
import { Duration, Effect } from "effect"
import { Settings } from "../../services/Settings.ts"
import type { App } from "../app.ts"
import { deployApp, type Wanted } from "../deploy.ts"
import { assertDeployed, unlessApplied } from "../deployed.ts"
import { answers, converged, probes } from "../health.ts"
import { opsCall } from "../hooks.ts"

/** Statuses that count as an answer unless the recipe says otherwise. */
const healthOk: ReadonlyArray<number> = [200, 301, 302]

/** HEALTH-3 and HEALTH-4 with what the recipe's definition says. */
export const healthy = Effect.fn("healthy")(function* (app: App) {
  const { limits } = yield* Settings
  const { healthPath = "/", healthOk: ok = healthOk, httpTimeout } = app.recipe.definition
  yield* answers(app.domain, app.domain, { path: healthPath, ok, bound: httpTimeout === undefined ? limits.healthy : Duration.seconds(httpTimeout) })
  yield* probes(app.domain, yield* app.recipe.readyProbes(app.context))
})

/** Deploys, and waits until the app is up. */
export const install = Effect.fn("install")(function* (app: App, wanted: Wanted) {
  yield* opsCall(app, "install", "preInstall")
  yield* unlessApplied(app, wanted, deployApp(app, wanted))
  yield* converged(app.domain, false)
  yield* healthy(app)
  yield* assertDeployed(app, wanted)
  yield* opsCall(app, "install", "postInstall")
})
