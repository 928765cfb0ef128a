/** What runs, as labels and specs say it, and whether that is what was asked for (UPG-4, UPG-4b). */
import { Effect, Result } from "effect"
import type { CommitId, StackName } from "../model/names.ts"
import { Docker, type Service } from "../services/Docker.ts"
import { remark, type App } from "./app.ts"
import { wantedCommit, type Wanted } from "./deploy.ts"
import { resolvedCompose } from "./prePull.ts"
import { Failed, type RunError } from "./failed.ts"
import type { Deployed } from "./facts.ts"

const labelled = (services: ReadonlyArray<Service>, stack: StackName, what: string): string =>
  services.flatMap(({ labels }) => labels[`coop-cloud.${stack}.${what}`] ?? [])[0] ?? ""

/** Pure: what a stack's services tell. */
export const deployedOf = (services: ReadonlyArray<Service>, stack: StackName): Deployed => ({
  version: labelled(services, stack, "version"),
  chaosCommit: labelled(services, stack, "chaos") === "false" ? "" : labelled(services, stack, "chaos-version"),
  images: Object.fromEntries(services.map(({ name, image }) => [name, image]))
})

export const lookDeployed = Effect.fn("lookDeployed")(function* (app: App) {
  const docker = yield* Docker
  return deployedOf(yield* docker.services(app.stack), app.stack)
})

/** UPG-4, pure: abra stamps a prefix of the commit, and `+U` where untracked files lie in the tree. A stale checkout must still fail. */
export const isCommit = (label: string, commit: CommitId): boolean => {
  const prefix = label.replace(/\+U$/, "")
  return prefix.length >= 7 && commit.startsWith(prefix)
}

/** UPG-4b, pure: whether an upgrade moved anything. */
export const moved = (before: Deployed, after: Deployed): boolean =>
  before.version !== after.version ||
  before.chaosCommit !== after.chaosCommit ||
  Object.entries(after.images).some(([name, image]) => before.images[name] !== image) ||
  Object.keys(before.images).some((name) => !(name in after.images))

/** Pure: whether the labels are those of what was asked for; of a pinned deploy its version, of a chaos deploy its commit. */
const isWanted = (app: App, wanted: Wanted, found: Deployed): boolean =>
  wanted._tag === "Version" && found.chaosCommit === "" ? found.version === wanted.published.version : isCommit(found.chaosCommit, wantedCommit(app, wanted))

/** Whether every service of the compose files is there with its image: a client that was cut off hands services over one by one, in any order. */
const isWhole = Effect.fnUntraced(function* (app: App, found: Deployed) {
  const compose = yield* resolvedCompose(app)
  if (Result.isFailure(compose)) return false
  return compose.success.services.every(({ name, image }) => found.images[`${app.stack}_${name}`]?.split("@")[0] === image.split("@")[0])
})

/** DEP-11: a deploy that was cut off although its whole spec was applied is no failure of its own: HEALTH decides. */
export const unlessApplied = <R>(app: App, wanted: Wanted, deploying: Effect.Effect<void, RunError, R>) =>
  deploying.pipe(
    Effect.catchIf(
      (error) => error._tag === "AbraError" && error.reason === "timeout",
      (error) =>
        Effect.gen(function* () {
          const found = yield* lookDeployed(app)
          if (!isWanted(app, wanted, found) || !(yield* isWhole(app, found))) return yield* error
          yield* remark(app.record, `${error.message}; its spec was applied all the same, so what becomes of it is waited for`)
        })
    )
  )

/** Fails unless what runs is what was asked for. */
export const assertDeployed = Effect.fn("assertDeployed")(function* (app: App, wanted: Wanted) {
  const found = yield* lookDeployed(app)
  if (isWanted(app, wanted, found)) return found
  const commit = wantedCommit(app, wanted)
  const pinned = wanted._tag === "Version" && found.chaosCommit === ""
  const asked = pinned ? `version ${wanted.published.version}` : `commit ${commit.slice(0, 8)}`
  const seen = pinned ? `version ${found.version || "(no label)"}` : `commit ${found.chaosCommit || "(no label)"}`
  return yield* new Failed({
    class: "recipe",
    headline: `${app.domain}: asked for ${asked}, but what runs says ${seen}`,
    hint: "The version label in the compose file must be that of the tag; a chaos deploy carries the commit in coop-cloud.<stack>.chaos-version.",
    evidence: []
  })
})
