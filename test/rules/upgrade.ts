/** Rules of UPG, BAK and EXEC. */
import { row } from "./row.ts"

const upgrades = "test/programs/upgrade.test.ts"
const backups = "test/programs/backup.test.ts"
const health = "src/programs/health.ts"
const convergence = "src/programs/convergence.ts"
const lifecycle = "src/programs/lifecycle.ts"
const deploy = "src/programs/deploy.ts"
const upgrade = "src/programs/tiers/upgrade.ts"
const backup = "src/programs/tiers/backup.ts"
const exec = "src/programs/exec.ts"

export const upgradeRows = [
  row(
    "UPG-1",
    "--base, then upgradeBaseVersion, then the newest ancestor",
    [upgrades, "UPG-1: from the newest published version"],
    [lifecycle, "Option.getOrUndefined(app.request.base) ?? app.recipe.definition.upgradeBaseVersion", "app.recipe.definition.upgradeBaseVersion"]
  ),
  row(
    "UPG-1",
    "no base: skipped, with its reason",
    [upgrades, "UPG-1: no base"],
    [lifecycle, '    yield* Ref.set(from, { _tag: "Skip", why: base.why })\n', ""]
  ),
  row(
    "UPG-1b",
    "a broken base: the head afresh, the other tiers run",
    [upgrades, "UPG-1b: a base that does not come up"],
    [lifecycle, '(failureOf(error).class === "recipe" &&', "(false &&"]
  ),
  row(
    "UPG-1b",
    "its upgrade rung is unverified",
    [upgrades, "UPG-1b: a base that does not come up"],
    [lifecycle, "Effect.fail(new Unverified({ reason: from.why }))", "Effect.succeed(passed)"]
  ),
  row(
    "UPG-1b",
    "not green: exit 1, with the setting that helps",
    [upgrades, "UPG-1b: a base that does not come up"],
    ["src/programs/causes.ts", "name a base that works with --base, or upgradeBaseVersion in recipe.ts", "look at it"]
  ),
  row(
    "UPG-1b",
    "what the base left is torn down",
    [upgrades, "UPG-1b: a base that does not come up"],
    [lifecycle, "const report = yield* teardown(app.domain, { settle: true })", "const report = { residue: [] }"]
  ),
  row(
    "UPG-1b",
    "a commit that is gone is a broken base",
    [upgrades, "UPG-1b: a base whose commit is gone"],
    [lifecycle, ' || (error._tag === "GitError" && error.reason === "missing")', ""]
  ),
  row(
    "UPG-2",
    "secrets that the head declares anew are generated",
    [upgrades, "UPG-2: secrets that the head declares anew"],
    [deploy, "  if (app.recipe.definition.skipSecrets !== true) yield* generateSecrets(app)\n  yield* prePull", "  yield* prePull"]
  ),
  row(
    "UPG-2",
    "other new keys are named",
    [upgrades, "UPG-2: secrets that the head declares anew"],
    [deploy, "if (missing.length > 0) yield* remark", "if (missing.length < 0) yield* remark"]
  ),
  row(
    "UPG-2",
    "upgradeExtraEnv is set",
    [upgrades, "UPG-2: secrets that the head declares anew"],
    [deploy, "  yield* setAppEnv(app, yield* app.recipe.upgradeExtraEnv(app.context))\n", ""]
  ),
  row(
    "UPG-2",
    "a deploy that fails for want of one gets that hint",
    [upgrades, "UPG-2: a head that is refused"],
    [deploy, " && missing.length > 0,", " && missing.length < 0,"]
  ),
  row(
    "UPG-2",
    "the head's images are pulled first",
    [upgrades, "UPG-2: the head's images are pulled"],
    [deploy, "  yield* prePull(app)\n  yield* step(`Upgrading", "  yield* step(`Upgrading"]
  ),
  row(
    "UPG-2",
    "the overlay is given again",
    [upgrades, "UPG-2: the head's images are pulled"],
    [deploy, "  yield* placeOverlay(app)\n  const missing", "  const missing"]
  ),
  row(
    "UPG-3",
    "a rollback is a failure, said as such, whatever the page answers",
    [upgrades, "UPG-3: start-first"],
    [convergence, 'state === "paused" || state.startsWith("rollback")', "false"]
  ),
  row(
    "UPG-3",
    "the same tasks for a hold time",
    [upgrades, "UPG-3: a head that runs for a moment"],
    [health, "const hold = afterUpdate ? Duration.toMillis(limits.hold) : 0", "const hold = 0"]
  ),
  row(
    "UPG-3",
    "every service is watched",
    [upgrades, "UPG-3: every service is watched"],
    [convergence, "const each = looks.map(", 'const each = looks.filter(({ service }) => service.name.endsWith("_app")).map(']
  ),
  row(
    "UPG-3",
    "a redeploy that changes nothing does not hang",
    [upgrades, "UPG-3: a redeploy that changes no task"],
    [
      convergence,
      'return { _tag: "Converged" }\n}\n\n/** Ids',
      'return afterUpdate && state === "" ? { _tag: "Moving", seen: "no update" } : { _tag: "Converged" }\n}\n\n/** Ids'
    ]
  ),
  row(
    "UPG-4",
    "a stale checkout must fail",
    [upgrades, "UPG-4: a checkout that somebody moved"],
    ["src/programs/deployed.ts", "prefix.length >= 7 && commit.startsWith(prefix)", "prefix.length >= 7"]
  ),
  row(
    "UPG-4b",
    "an upgrade that moved nothing is unverified",
    [upgrades, "UPG-4b: an upgrade that moved nothing"],
    [upgrade, "if (!moved(before, after)) {", "if (false) {"]
  ),
  row(
    "UPG-4b",
    "what ran before and after is recorded",
    [upgrades, "UPG-4b: what ran before and after"],
    [upgrade, "Option.some({ before, after })", "Option.some({ before, after: before })"]
  ),
  row("UPG-5", "pre_upgrade before the redeploy", [upgrades, "UPG-5: preUpgrade is over"], [upgrade, '  yield* opsCall(app, stage, "preUpgrade")\n', ""]),

  row(
    "BAK-1",
    "a backup waits until the stack is settled",
    [backups, "BAK-1: a backup waits"],
    [backup, "if (!(yield* settledStack(app.domain)))", "if (false)"]
  ),
  row(
    "BAK-1",
    "at the bound, all the same",
    [backups, "BAK-1: at the bound"],
    [health, '    Effect.catchTag("WaitTimeout", () => Effect.succeed(false))', "    Effect.map((x) => x)"]
  ),
  row(
    "BAK-2",
    "a false makes the whole backup run again",
    [backups, "BAK-2: backupVerify right at the second try"],
    [backup, "if (Option.isNone(verified) || verified.value === true) break", "break"]
  ),
  row("BAK-2", "three times at most", [backups, "BAK-2: three tries at most"], [backup, "const tries = 3", "const tries = 4"]),
  row(
    "BAK-2",
    "asked for and not there is said",
    [backups, "BAK-2: backupVerify in recipe.ts without one"],
    ["src/layers/common/Recipes.ts", "if (loaded.definition.backupVerify === true && ", "if (false && "]
  ),
  row(
    "BAK-3",
    "data must read back as it was",
    [backups, "BAK-3: a restore that restores nothing"],
    [backup, '(yield* readCanary(app, "restore")) !== written.value', "false"]
  ),
  row(
    "BAK-3",
    "a canary that cannot die proves nothing",
    [backups, "BAK-3: a canary that cannot die"],
    [backup, '(yield* readCanary(app, "restore")) === written.value', "false"]
  ),
  row("BAK-3", "data survives an upgrade", [backups, "BAK-3: data written before an upgrade"], [upgrade, "if (read !== written) {", "if (false) {"]),
  row(
    "BAK-4",
    "backup and restore run after the upgrade",
    [backups, "BAK-4: labels that only the head has"],
    [upgrade, '  yield* unlessApplied(app, { _tag: "Head" }, redeployHead(app))\n', ""]
  ),

  row(
    "EXEC-1",
    "waits for the running container",
    [backups, "EXEC-1: waits, within a bound"],
    [
      exec,
      'if (Option.isNone(container)) return pending("no running container")',
      'if (Option.isNone(container)) return done({ exitCode: 1, stdout: "", stderr: "" })'
    ]
  ),
  row(
    "EXEC-2",
    "the command's own exit code, once",
    [backups, "EXEC-2: the command's own exit code"],
    [exec, "exitCode.success.value !== killed)", "exitCode.success.value === 0)"]
  ),
  row(
    "EXEC-2",
    "404, 409, 500: the container was in motion",
    [backups, "EXEC-2: %s before it began shows a container in motion"],
    [exec, 'reason === "notFound" || reason === "conflict" || reason === "server"', 'reason === "notFound"']
  ),
  row(
    "EXEC-2",
    "cut in the middle: again, never an empty answer",
    [backups, "EXEC-2: cut in the middle"],
    [exec, "exitCode.success.value !== killed)", "true)"]
  ),
  row(
    "EXEC-2",
    "a lost answer is no reason to run it twice",
    [backups, "EXEC-2: an engine that loses a command"],
    [exec, "return yield* unanswered(domain, service, argv, Result.isFailure(ran) ? ran.failure : undefined)", 'return pending("again")']
  )
]
