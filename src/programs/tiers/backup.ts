/** backup and restore (BAK): a new snapshot with something in it, and data that comes back as it was. */
import { Effect, Option, Ref } from "effect"
import { Abra } from "../../services/Abra.ts"
import { Settings } from "../../services/Settings.ts"
import { note, remark, step, type App } from "../app.ts"
import { Failed, Unverified } from "../failed.ts"
import { converged, settledStack } from "../health.ts"
import { hasCanary, opsCall, readCanary } from "../hooks.ts"
import { healthy } from "./install.ts"
import { passed, skipped } from "./tier.ts"

/** BAK-2: how often a backup whose probe says no is made again, in all. */
const tries = 3

/** What the canary read when the backup was made; none without a canary. */
export type Kept = Ref.Ref<Option.Option<string>>

const red = (headline: string, hint: string) => new Failed({ class: "recipe", headline, hint, evidence: [] })

export const backup = Effect.fn("backup")(function* (app: App, kept: Kept, attempts: Ref.Ref<number>) {
  yield* opsCall(app, "backup", "preBackup")
  if (hasCanary(app)) {
    yield* opsCall(app, "backup", "canary.write")
    yield* Ref.set(kept, Option.some(yield* readCanary(app, "backup")))
  }
  for (let attempt = 1; ; attempt++) {
    yield* Ref.set(attempts, attempt)
    if (!(yield* settledStack(app.domain))) yield* remark(app.record, "The stack did not settle before the backup; it is made all the same")
    const made = yield* makeSnapshot(app)
    if (Option.isNone(made)) return skipped("the recipe has no backup labels (backupbot.backup under deploy.labels)")
    const verified = yield* opsCall(app, "backup", "backupVerify")
    if (Option.isNone(verified) || verified.value === true) break
    if (attempt === tries)
      return yield* red(
        `${app.domain}: the backup does not hold what it should, after ${tries} tries`,
        "backupVerify in ops.ts said so: look at the backup hooks."
      )
    yield* step(`backupVerify says no: the backup is made again (${attempt + 1} of ${tries})`)
  }
  yield* opsCall(app, "backup", "postBackup")
  return passed
})

/** One backup; the new snapshot's id, or none where the recipe has nothing to back up. A backup without a new snapshot is red. */
const makeSnapshot = Effect.fnUntraced(function* (app: App) {
  const abra = yield* Abra
  const { limits } = yield* Settings
  const before = new Set((yield* abra.snapshots(app.domain)).map(({ id }) => id))
  const ran = yield* abra.backup(app.domain, limits.backup).pipe(
    Effect.as(true),
    Effect.catchIf(
      (error) => error._tag === "AbraError" && error.reason === "noBackup",
      () => Effect.succeed(false)
    )
  )
  if (!ran) return Option.none<string>()
  const made = (yield* abra.snapshots(app.domain)).filter(({ id }) => !before.has(id))
  const newest = made.at(-1)
  if (newest === undefined) return yield* red(`${app.domain}: abra says that the backup went well, but there is no new snapshot`, "Look at the backup's log.")
  yield* note(app.record, ({ snapshots }) => ({ snapshots: [...snapshots, newest.id] }))
  return Option.some(newest.id)
})

export const restore = Effect.fn("restore")(function* (app: App, kept: Kept) {
  const abra = yield* Abra
  const { limits } = yield* Settings
  const written = yield* Ref.get(kept)
  if (Option.isSome(written)) {
    yield* opsCall(app, "restore", "canary.damage")
    if ((yield* readCanary(app, "restore")) === written.value) {
      return yield* new Unverified({ reason: "the canary reads the same after canary.damage: it cannot tell a restore from nothing" })
    }
  }
  yield* opsCall(app, "restore", "preRestore")
  yield* abra.restore(app.domain, limits.backup)
  yield* converged(app.domain, false)
  yield* healthy(app)
  yield* opsCall(app, "restore", "postRestore")
  if (Option.isSome(written) && (yield* readCanary(app, "restore")) !== written.value) {
    return yield* red(
      `${app.domain}: data that was in the backup did not come back by the restore`,
      "Look at the restore hooks: the front page may load all the same."
    )
  }
  return passed
})
