/** Deploying one app (DEP), in the order whose every step has its reason, and redeploying it in place (UPG-2). */
import { Duration, Effect, Option, Redacted, Ref } from "effect"
import { composeFiles } from "../model/compose.ts"
import type { CommitId } from "../model/names.ts"
import { Abra } from "../services/Abra.ts"
import { Docker } from "../services/Docker.ts"
import { Files } from "../services/Files.ts"
import { Git } from "../services/Git.ts"
import { Settings } from "../services/Settings.ts"
import { note, phase, remark, step, type App } from "./app.ts"
import { completeAppEnv, readAppEnv, setAppEnv } from "./appEnv.ts"
import type { Published } from "./base.ts"
import { Failed, failureOf } from "./failed.ts"
import { checkoutHead } from "./fetch.ts"
import { stepScript } from "./hooks.ts"
import { prePull } from "./prePull.ts"

/** What is to be deployed: a published version (and which of the recipe's version tags are lightweight), or the head. */
export type Wanted = { readonly _tag: "Head" } | { readonly _tag: "Version"; readonly published: Published; readonly lightweight: ReadonlyArray<string> }

/** How it is deployed (DEP-4, DEP-5), and why, in words. */
export interface DeployPlan {
  readonly mode: "pinned" | "chaos"
  readonly why: string
}

/** DEP-5, pure: a pinned deploy lints (fatal on a lightweight tag) and demands a clean tree (an overlay is untracked); then it is chaos, of that very version's checkout. */
export const planDeploy = (wanted: Wanted, overlay: boolean): DeployPlan => {
  if (wanted._tag === "Head") return { mode: "chaos", why: "the head is no published version" }
  const [light] = wanted.lightweight
  if (light !== undefined) return { mode: "chaos", why: `the tag ${light} is lightweight, which a pinned deploy's lint refuses` }
  if (overlay) return { mode: "chaos", why: "the overlay lies untracked in the tree, which a pinned deploy refuses" }
  return { mode: "pinned", why: `${wanted.published.version} is published` }
}

/** The overlay's name, in the tests folder, the checkout and COMPOSE_FILE (DEP-9). */
export const overlayName = "compose.ccci.yml"

/** The commit that has to run. */
export const wantedCommit = (app: App, wanted: Wanted): CommitId => (wanted._tag === "Head" ? app.source.head : wanted.published.commit)

/** The app's first deploy: from nothing to a spec handed to swarm. */
export const deployApp = Effect.fn("deployApp")(
  function* (app: App, wanted: Wanted) {
    const abra = yield* Abra
    yield* countDeploy(app, wanted._tag === "Head" ? "the head" : wanted.published.version)
    yield* abra.newApp(app.request.recipe, app.domain)
    yield* checkOut(app, wanted)
    const added = yield* completeAppEnv(app)
    if (added.length > 0) yield* step(`Keys of this tree's .env.sample that app new did not write: ${added.join(", ")}`)
    // abra leaves a {{ .Domain }} template unexpanded; and ACME must never fire from a CI (DEP-6).
    yield* setAppEnv(app, { DOMAIN: app.domain, LETS_ENCRYPT_ENV: "", ...(yield* app.recipe.extraEnv(app.context)) })
    // Where extraEnv names the overlay, abra already looks for it when it generates secrets.
    if (namesOverlay(yield* readAppEnv(app))) yield* placeOverlay(app)
    if (app.recipe.definition.skipSecrets !== true) yield* generateSecrets(app)
    yield* stepScript(app, "install", "install_steps", app.recipe.installSteps)
    const overlay = yield* placeOverlay(app)
    yield* prePull(app)
    const plan = planDeploy(wanted, overlay)
    yield* step(`Deploying ${wanted._tag === "Head" ? app.source.head.slice(0, 8) : wanted.published.version} (${plan.mode}: ${plan.why})`)
    yield* handOver(app, plan.mode === "pinned" && wanted._tag === "Version" ? Option.some(wanted.published.version) : Option.none())
  },
  (deploying) => phase("deploy", deploying)
)

/** UPG-2: the head, in place of what runs. Where that fails for want of a key that is new, the hint names it. */
export const redeployHead = Effect.fn("redeployHead")(function* (app: App) {
  const before = yield* readAppEnv(app)
  yield* checkoutHead(app.source)
  const added = yield* completeAppEnv(app)
  yield* setAppEnv(app, yield* app.recipe.upgradeExtraEnv(app.context))
  yield* placeOverlay(app)
  const missing = added.filter((key) => !(key in before) && !key.startsWith("SECRET_"))
  if (missing.length > 0) yield* remark(app.record, `The head's .env.sample has new keys, taken with their defaults: ${missing.join(", ")}`)
  if (app.recipe.definition.skipSecrets !== true) yield* generateSecrets(app)
  yield* prePull(app)
  yield* step(`Upgrading in place to ${app.source.head.slice(0, 8)}`)
  yield* handOver(app, Option.none()).pipe(
    Effect.catchIf(
      (error) => error._tag === "AbraError" && error.reason !== "timeout" && missing.length > 0,
      (error) => {
        const refused = failureOf(error)
        const hint = `${refused.hint} The head wants keys that the base did not have, taken with their defaults: ${missing.join(", ")}; upgradeExtraEnv in recipe.ts sets them.`
        return Effect.fail(new Failed({ ...refused, hint: hint.trimStart() }))
      }
    )
  )
})

const checkOut = Effect.fnUntraced(function* (app: App, wanted: Wanted) {
  const git = yield* Git
  yield* wanted._tag === "Head" ? checkoutHead(app.source) : git.checkout(app.source.checkout, wanted.published.commit)
})

const generateSecrets = Effect.fnUntraced(function* (app: App) {
  const abra = yield* Abra
  const generated = yield* abra.generateSecrets(app.domain)
  if (generated.length === 0) return
  yield* Ref.update(app.secrets, (before) => new Map([...before, ...generated.map(({ name, value }): [string, Redacted.Redacted<string>] => [name, value])]))
  yield* step(`Generated secrets: ${generated.map(({ name }) => name).join(", ")}`)
})

/** DEP-9: the overlay in this run's checkout, and named in COMPOSE_FILE. True when there is one. */
const placeOverlay = Effect.fnUntraced(function* (app: App) {
  const files = yield* Files
  if (Option.isNone(app.recipe.overlay)) return false
  const { checkout } = app.source
  if (Option.isNone(yield* files.stat(checkout))) {
    return yield* new Failed({
      class: "infrastructure",
      headline: `The recipe's checkout ${checkout} is gone`,
      hint: "Something removed it under the run.",
      evidence: []
    })
  }
  yield* files.copyFile(app.recipe.overlay.value, `${checkout}/${overlayName}`)
  const env = yield* readAppEnv(app)
  if (!namesOverlay(env)) yield* setAppEnv(app, { COMPOSE_FILE: `${composeFiles(env).join(":")}:${overlayName}` })
  return true
})

const namesOverlay = (env: Readonly<Record<string, string>>): boolean => composeFiles(env).includes(overlayName)

/** DEP-11: abra's own convergence monitor is left out; the limit is the child's. An engine that went away meanwhile is the machine's fault, whatever abra says. */
const handOver = Effect.fnUntraced(function* (app: App, version: Option.Option<string>) {
  const abra = yield* Abra
  const docker = yield* Docker
  const { limits } = yield* Settings
  const seconds = app.recipe.definition.deployTimeout
  yield* abra
    .deploy(app.domain, version, seconds === undefined ? limits.deploy : Duration.seconds(seconds))
    .pipe(Effect.tapError((error) => (error._tag === "AbraError" && error.reason === "other" ? Effect.asVoid(docker.info) : Effect.void)))
})

/** DEP-1: fresh deploys are counted, in the record and in CCCI_DEPLOY_COUNT_FILE. */
const countDeploy = Effect.fnUntraced(function* (app: App, what: string) {
  const files = yield* Files
  const { deployCountFile } = yield* Settings
  yield* note(app.record, ({ deploys }) => ({ deploys: { count: deploys.count + 1, reasons: [...deploys.reasons, what] } }))
  if (Option.isSome(deployCountFile)) yield* files.append(deployCountFile.value, `${app.domain}\n`)
})
