/** The tiers of a run, in order, each on the app that the one before left; and what a base that does not deploy changes (UPG-1b). */
import { Effect, Option, Ref, Schema } from "effect"
import type { CommitId } from "../model/names.ts"
import type { Stage } from "../model/stages.ts"
import { Abra } from "../services/Abra.ts"
import { Git } from "../services/Git.ts"
import { ChildEnvironment } from "../services/Processes.ts"
import { note, remark, step, type App } from "./app.ts"
import { chooseBase, type Base, type Published } from "./base.ts"
import { gatherEvidence } from "./evidence.ts"
import { Failed, failureOf, Unverified, type RunError } from "./failed.ts"
import { endOwn } from "./marks.ts"
import { teardown } from "./teardown.ts"
import { backup, restore } from "./tiers/backup.ts"
import { custom } from "./tiers/custom.ts"
import { install } from "./tiers/install.ts"
import { passed, skipTier, tier, type TierEnd } from "./tiers/tier.ts"
import { upgrade } from "./tiers/upgrade.ts"

const wants = (app: App, stage: Stage): boolean => app.request.stages.includes(stage)

/** UPG-1: the base to upgrade from. */
const findBase = Effect.fnUntraced(function* (app: App) {
  const abra = yield* Abra
  const git = yield* Git
  const { checkout, head } = app.source
  const published = yield* abra.versions(app.request.recipe)
  const wanted = Option.getOrUndefined(app.request.base) ?? app.recipe.definition.upgradeBaseVersion
  // Newest first, and no further than the first: a recipe may have hundreds of versions.
  const newest =
    wanted === undefined
      ? yield* Effect.findFirst(published.toReversed(), ({ commit }) =>
          commit === head ? Effect.succeed(false) : git.isAncestor(checkout, commit, head).pipe(Effect.orElseSucceed(() => false))
        )
      : Option.none<Published>()
  const ancestors = new Set(Option.toArray(newest).map(({ commit }) => commit))
  const lightweight = published.filter(({ annotated }) => !annotated).map(({ version }) => version)
  return { base: chooseBase({ wanted, published, head, ancestors }), lightweight }
})

/** What the upgrade tier can be, after the base was looked for and deployed. */
type UpgradeFrom =
  { readonly _tag: "Base"; readonly published: Published } | { readonly _tag: "Skip"; readonly why: string } | { readonly _tag: "Broken"; readonly why: string }

/** A tier ended for the machine's fault: nothing after it would mean anything. The tier's record says why. */
class Halt extends Schema.TaggedError<Halt>()("Halt", {}) {}

/** All tiers that were asked for. What became of them is in the record. */
export const lifecycle = Effect.fn("lifecycle")(
  function* (app: App) {
    const from = yield* deployFirst(app)
    if (from === undefined) return yield* skipRest(app, ["upgrade", "backup", "restore", "custom"], "the app did not install")
    if (wants(app, "upgrade")) {
      const upgraded = yield* upgradeTier(app, from)
      if (upgraded.status === "fail") return yield* skipRest(app, ["backup", "restore", "custom"], "the upgrade failed: what runs is not the head")
    }
    const kept = yield* Ref.make(Option.none<string>())
    if (wants(app, "backup")) {
      const backedUp = yield* checked(tier(app, "backup", (attempts) => backup(app, kept, attempts)))
      if (wants(app, "restore")) {
        yield* backedUp.status === "pass"
          ? checked(tier(app, "restore", () => Effect.as(restore(app, kept), passed)))
          : skipTier(app, "restore", backedUp.status === "skip" ? "there is no backup to restore" : "the backup failed")
      }
    } else if (wants(app, "restore")) {
      yield* skipTier(app, "restore", "it needs the backup stage, which was not asked for")
    }
    if (wants(app, "custom")) yield* checked(tier(app, "custom", () => custom(app)))
  },
  Effect.catchTag("Halt", () => Effect.void)
)

const checked = <R>(running: Effect.Effect<TierEnd, never, R>) =>
  Effect.flatMap(running, (end) => (Option.isSome(end.failure) && end.failure.value.class !== "recipe" ? Effect.fail(new Halt()) : Effect.succeed(end)))

const skipRest = Effect.fnUntraced(function* (app: App, rest: ReadonlyArray<Stage>, reason: string) {
  yield* Effect.forEach(
    rest.filter((stage) => wants(app, stage)),
    (stage) => skipTier(app, stage, reason)
  )
})

/** The one deploy: the base where an upgrade is to be tested, else the head. Undefined when nothing installed. */
const deployFirst = Effect.fnUntraced(function* (app: App) {
  const from = yield* Ref.make<UpgradeFrom>({ _tag: "Skip", why: "no upgrade was asked for" })
  const end = yield* checked(tier(app, "install", () => Effect.as(installFirst(app, from), passed)))
  return end.status === "pass" ? yield* Ref.get(from) : undefined
})

const installFirst = Effect.fnUntraced(function* (app: App, from: Ref.Ref<UpgradeFrom>) {
  const nothing: { readonly base: Base; readonly lightweight: ReadonlyArray<string> } = {
    base: { _tag: "None", why: "no upgrade was asked for" },
    lightweight: []
  }
  const { base, lightweight } = wants(app, "upgrade") ? yield* findBase(app) : nothing
  if (base._tag === "Gone") {
    yield* brokenBase(app, from, base.version, Option.none(), `version ${base.version} is not published`)
    return yield* installHead(app)
  }
  if (base._tag === "None") {
    yield* Ref.set(from, { _tag: "Skip", why: base.why })
    return yield* installHead(app)
  }
  const { published, why } = base
  yield* step(`Base: ${published.version} (${why})`)
  yield* note(app.record, () => ({ base: Option.some({ version: published.version, commit: Option.some(published.commit), broken: Option.none() }) }))
  yield* Ref.set(from, { _tag: "Base", published })
  yield* install(app, { _tag: "Version", published, lightweight }).pipe(Effect.catchIf(isBaseFault, (error) => insteadOfBase(app, from, published, error)))
})

/** The published version's own fault: it does not come up, or its commit is gone from the repository. */
const isBaseFault = (error: RunError): boolean =>
  (failureOf(error).class === "recipe" && !(error._tag === "Failed" && error.ofHook)) || (error._tag === "GitError" && error.reason === "missing")

const installHead = Effect.fnUntraced(function* (app: App) {
  yield* install(app, { _tag: "Head" })
  yield* note(app.record, () => ({ headRan: Option.some(true) }))
})

/** UPG-1b: the published version is broken. What it left is torn down and the head deployed afresh, so that the other tiers still run. */
const insteadOfBase = Effect.fnUntraced(function* (app: App, from: Ref.Ref<UpgradeFrom>, published: Published, error: RunError) {
  yield* gatherEvidence(app, "base")
  yield* brokenBase(app, from, published.version, Option.some(published.commit), error.message)
  // TEAR-0: a grandchild of the base's deploy may live on in a session of its own.
  const { CCCI_APP_LOCK: mark = "", CCCI_RUN_TOKEN: token = "" } = yield* ChildEnvironment
  yield* endOwn(mark, token)
  const report = yield* teardown(app.domain, { settle: true })
  if (report.residue.length > 0) {
    const left = report.residue.map(({ kind, name }) => `${kind} ${name}`)
    return yield* new Failed({
      class: "infrastructure",
      headline: `${app.domain}: the broken base could not be removed: ${left.join(", ")}`,
      hint: "ccci janitor tries again.",
      evidence: left
    })
  }
  yield* installHead(app)
})

const brokenBase = Effect.fnUntraced(function* (app: App, from: Ref.Ref<UpgradeFrom>, version: string, commit: Option.Option<CommitId>, why: string) {
  yield* remark(
    app.record,
    `The base ${version} is broken, a published version, not the head under test: ${why}. Name another with --base or upgradeBaseVersion in recipe.ts`
  )
  yield* note(app.record, () => ({ base: Option.some({ version, commit, broken: Option.some(why) }) }))
  yield* Ref.set(from, {
    _tag: "Broken",
    why: `base-broken: the published version ${version} does not deploy (${why}); name another with --base or upgradeBaseVersion`
  })
})

const upgradeTier = (app: App, from: UpgradeFrom) => {
  switch (from._tag) {
    case "Skip":
      return skipTier(app, "upgrade", from.why)
    case "Broken":
      return tier(app, "upgrade", () => Effect.fail(new Unverified({ reason: from.why })))
    case "Base":
      return checked(tier(app, "upgrade", () => upgrade(app)))
  }
}
