/** upgrade: redeployed in place, the head's own tasks run, it is the head, it moved, it answers, and the data is still there (UPG). */
import { Effect, Option } from "effect"
import { note, type App } from "../app.ts"
import { redeployHead } from "../deploy.ts"
import { assertDeployed, lookDeployed, moved, unlessApplied } from "../deployed.ts"
import { Failed, Unverified } from "../failed.ts"
import { converged } from "../health.ts"
import { hasCanary, opsCall, readCanary } from "../hooks.ts"
import { healthy } from "./install.ts"
import { passed } from "./tier.ts"

const stage = "upgrade"

export const upgrade = Effect.fn("upgrade")(function* (app: App) {
  yield* opsCall(app, stage, "preUpgrade")
  const canary = hasCanary(app)
  if (canary) yield* opsCall(app, stage, "canary.write")
  const written = canary ? yield* readCanary(app, stage) : ""
  const before = yield* lookDeployed(app)

  yield* unlessApplied(app, { _tag: "Head" }, redeployHead(app))
  yield* converged(app.domain, true)
  const after = yield* assertDeployed(app, { _tag: "Head" })
  yield* note(app.record, () => ({ headRan: Option.some(true), upgrade: Option.some({ before, after }) }))
  yield* healthy(app)
  yield* opsCall(app, stage, "postUpgrade")

  if (canary) {
    const read = yield* readCanary(app, stage)
    if (read !== written) {
      return yield* new Failed({
        class: "recipe",
        headline: `${app.domain}: data written before the upgrade reads differently after it`,
        hint: "The upgrade lost or changed data: look at the migration. The canary's values are in logs/hook-canary.read.log if it logs them.",
        evidence: []
      })
    }
  }
  if (!moved(before, after)) {
    return yield* new Unverified({
      reason: "the upgrade moved nothing: version, images and commit are what they were (an empty upgrade; name another base with --base or upgradeBaseVersion)"
    })
  }
  return passed
})
