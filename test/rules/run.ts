/** Rules of RUN and DEP. */
import { row } from "./row.ts"

const trees = "test/programs/trees.test.ts"
const deploys = "test/programs/deploy.test.ts"
const fetch = "src/programs/fetch.ts"
const deploy = "src/programs/deploy.ts"
const held = "src/programs/heldApp.ts"
const work = "src/programs/work.ts"
const run = "src/programs/run.ts"
const prePull = "src/programs/prePull.ts"

export const runRows = [
  row(
    "RUN-1",
    "an id of the build's number, or the pid's, and random hex",
    [trees, "RUN-1: the id is the build's number"],
    [run, "${stem}-${yield* crypto.randomHex(4)}", "${stem}-00000000"]
  ),
  row(
    "RUN-1",
    "its directory is claimed by an exclusive mkdir",
    ["test/contracts/runStore.simulated.test.ts", "RUN-1: a run's directory is claimed once, and never taken over"],
    ["src/layers/common/RunStore.ts", "files.makeDirectoryExclusive(path, directoryMode)", "files.makeDirectory(path, directoryMode)"]
  ),
  row(
    "RUN-2",
    "each run has its own abra directory; its checkouts are its own",
    [trees, "RUN-2: an abra directory of its own"],
    [fetch, "/recipes/${request.recipe}`\n  yield* git.clone(folder", "/../../../shared/${request.recipe}`\n  yield* git.clone(folder"]
  ),
  row(
    "RUN-2",
    "servers/ is the canonical one, where discovery and teardown look",
    [trees, "RUN-2: an abra directory of its own"],
    [
      fetch,
      "yield* files.symlink(`${abraDir}/servers`, `${directory.abraDir}/servers`)",
      "yield* files.copyTree(`${abraDir}/servers`, `${directory.abraDir}/servers`)"
    ]
  ),
  row(
    "RUN-2",
    "a canonical directory without servers/ is said",
    [trees, "RUN-2: where the canonical abra directory has no servers"],
    [fetch, "if (Option.isNone(servers)) {", "if (false) {"]
  ),
  row(
    "RUN-3",
    "a pull request's head, also without --ref",
    [trees, "RUN-3: --src and --ref: a branch"],
    [fetch, "`refs/pull/${number}/head`", "`refs/heads/main`"]
  ),
  row(
    "RUN-3",
    "the tags are the recipe's own repository's",
    [trees, "RUN-3: a fork's branch has the tags"],
    [fetch, "    Option.getOrElse(own, () => source.value),\n    checkout", "    source.value,\n    checkout"]
  ),
  row(
    "RUN-3",
    "a dirty folder is said to be dirty",
    [trees, "RUN-3: a local folder: its work tree"],
    [fetch, "if ((yield* git.status(folder)).length === 0)", "if (true)"]
  ),
  row("RUN-3", "CCCI_SKIP_FETCH tests what is staged", [trees, "RUN-3: CCCI_SKIP_FETCH"], [fetch, "if (request.skipFetch) return", "if (false) return"]),
  row(
    "RUN-3",
    "a commit that no branch has can be fetched",
    ["test/process/git.contract.test.ts", "RUN-3: fetch brings a branch, a tag, a pull request, and a commit that nothing leads to"],
    ["src/layers/live/Git.ts", 'return yield* commitAt(directory, attempted, "FETCH_HEAD")', 'return yield* commitAt(directory, attempted, "HEAD")']
  ),
  row(
    "RUN-4",
    "the head is remembered before anything checks out a tag",
    [trees, "RUN-4, UPG-4: the head is what was fetched"],
    [
      fetch,
      "const head = yield* git.head(checkout)",
      "yield* git.checkout(checkout, (yield* git.tags(checkout))[1].commit)\n  const head = yield* git.head(checkout)"
    ]
  ),
  row(
    "RUN-5",
    "back to the head by force",
    ["test/process/git.contract.test.ts", "RUN-5: checkout is by force"],
    ["src/layers/live/Git.ts", '"--quiet", "--force", "--detach"', '"--quiet", "--detach"']
  ),
  row(
    "RUN-6",
    "two pushes to one pull request have one domain",
    [trees, "RUN-6: two pushes to one pull request"],
    [work, "onSome: (pr) => `pr ${pr}`", 'onSome: (pr) => `pr ${pr} ${Option.getOrElse(request.ref, () => "")}`']
  ),
  row(
    "RUN-6",
    "the source is part of the domain's digest",
    [trees, "RUN-6: two pushes to one pull request"],
    [work, "[request.recipe, source, which]", "[request.recipe, which]"]
  ),
  row(
    "RUN-7",
    "the run's abra directory goes, its results stay",
    [trees, "RUN-7: a run's end removes its abra directory"],
    [run, "yield* files.remove(directory.abraDir)", "yield* files.remove(`${directory.abraDir}/recipes`)"]
  ),
  row(
    "RUN-7",
    "run directories are pruned by count, never one in use",
    ["test/contracts/runStore.simulated.test.ts", "RUN-7: of runs beyond the count the oldest go"],
    ["src/layers/common/RunStore.ts", "if (!(yield* Effect.flatMap(markOf(path), holds))) return false", ""]
  ),
  row(
    "RUN-7",
    "and by age",
    ["test/contracts/runStore.simulated.test.ts", "RUN-7: runs past their age go"],
    ["src/layers/common/RunStore.ts", " || modified < oldest", ""]
  ),

  row(
    "DEP-1",
    "a run deploys one app; the counter says so",
    [deploys, "DEP-1: counted once"],
    [deploy, "files.append(deployCountFile.value, `${app.domain}\\n`)", "Effect.void"]
  ),
  row(
    "DEP-1",
    "redeploys in place do not count",
    [deploys, "DEP-1: counted once"],
    [deploy, "  const before = yield* readAppEnv(app)\n", '  yield* countDeploy(app, "again")\n  const before = yield* readAppEnv(app)\n']
  ),
  row(
    "DEP-2",
    "marked processes before anything is looked at",
    [deploys, "DEP-2, LOCK-4: the lock, then the marked processes"],
    [held, "const ended = yield* endStrangers(lock.marks.CCCI_APP_LOCK, Option.some(lock.marks.CCCI_RUN_TOKEN))", "const ended = 0"]
  ),
  row(
    "DEP-3",
    "what the domain already has goes first",
    [deploys, "DEP-3: what a crashed run of this domain left"],
    [held, "  yield* clearLeftovers(domain, ended > 0 || lock.waited)\n", ""]
  ),
  row(
    "DEP-3",
    "residue: nothing is deployed on top of it",
    [deploys, "DEP-3: what cannot be cleared"],
    [held, "  if (report.residue.length === 0) return\n", "  if (report.residue.length >= 0) return\n"]
  ),
  row(
    "DEP-4",
    "the .env has the keys of the wanted tree's sample",
    [deploys, "DEP-4: the .env is that of the tree"],
    [deploy, "    const added = yield* completeAppEnv(app)\n    if", "    const added: string[] = []\n    if"]
  ),
  row(
    "DEP-4",
    "a pinned version deploys non-chaos",
    [deploys, "DEP-4: a pinned version is deployed as such"],
    [deploy, 'return { mode: "pinned", why', 'return { mode: "chaos", why']
  ),
  row(
    "DEP-5",
    "a lightweight tag: chaos, of that checkout",
    [deploys, "DEP-5: a lightweight tag, an overlay"],
    [deploy, "if (light !== undefined)", "if (false)"]
  ),
  row("DEP-5", "an overlay: chaos, of that checkout", [deploys, "DEP-5: a lightweight tag, an overlay"], [deploy, "if (overlay) return", "if (false) return"]),
  row(
    "DEP-5",
    "chaos of the explicitly checked-out version, not the latest",
    [deploys, "DEP-5: a lightweight tag, an overlay"],
    [deploy, "    yield* checkOut(app, wanted)\n", '    yield* checkOut(app, { _tag: "Head" })\n']
  ),
  row("DEP-6", "DOMAIN is set explicitly", [deploys, "DEP-6: DOMAIN is set"], [deploy, "{ DOMAIN: app.domain, LETS", "{ LETS"]),
  row("DEP-6", "ACME never fires from a CI", [deploys, "DEP-6: DOMAIN is set"], [deploy, 'LETS_ENCRYPT_ENV: "", ', ""]),
  row("DEP-6", "then the recipe's extra environment", [deploys, "DEP-6: DOMAIN is set"], [deploy, "...(yield* app.recipe.extraEnv(app.context))", ""]),
  row(
    "DEP-7",
    "secrets, if wanted",
    [deploys, "DEP-7, DEP-8: install_steps runs after"],
    [deploy, "    if (app.recipe.definition.skipSecrets !== true) yield* generateSecrets(app)\n    yield* stepScript", "    yield* stepScript"]
  ),
  row(
    "DEP-7",
    "none where the recipe says so",
    [deploys, "DEP-7: skipSecrets"],
    [
      deploy,
      "    if (app.recipe.definition.skipSecrets !== true) yield* generateSecrets(app)\n    yield* stepScript",
      "    yield* generateSecrets(app)\n    yield* stepScript"
    ]
  ),
  row(
    "DEP-8",
    "install_steps before the deploy",
    [deploys, "DEP-7, DEP-8: install_steps runs after"],
    [deploy, '    yield* stepScript(app, "install", "install_steps", app.recipe.installSteps)\n', ""]
  ),
  row(
    "DEP-8",
    "its failure is the tier's",
    [deploys, "DEP-8: an install_steps that fails"],
    ["src/programs/hooks.ts", "if (exited.code !== 0) return yield* hookFailed", "if (exited.code < 0) return yield* hookFailed"]
  ),
  row(
    "DEP-9",
    "the overlay at the end of COMPOSE_FILE",
    [deploys, "DEP-9: the overlay lies in this run's checkout only"],
    [deploy, '`${composeFiles(env).join(":")}:${overlayName}`', '`${overlayName}:${composeFiles(env).join(":")}`']
  ),
  row(
    "DEP-9",
    "named there already: not twice, and there in time",
    [deploys, "DEP-9: the overlay lies in this run's checkout only"],
    [deploy, "    if (namesOverlay(yield* readAppEnv(app))) yield* placeOverlay(app)\n", ""]
  ),
  row(
    "DEP-9",
    "a checkout that is gone is a clear error",
    [deploys, "DEP-9: a checkout that is gone"],
    [deploy, "if (Option.isNone(yield* files.stat(checkout))) {", "if (false) {"]
  ),
  row(
    "DEP-10",
    "what is absent is pulled before the deploy",
    [deploys, "DEP-10: what is absent is pulled"],
    [deploy, "    yield* prePull(app)\n    const plan", "    const plan"]
  ),
  row(
    "DEP-10",
    "what is present is skipped",
    [deploys, "DEP-10: what is absent is pulled"],
    [prePull, "if (yield* docker.hasImage(image)) return Option.none<string>()", ""]
  ),
  row(
    "DEP-10",
    "a failing pull fails here",
    [deploys, "DEP-10: a pull that fails fails here"],
    [prePull, "yield* docker.pull(image, limits.pull)", "yield* Effect.ignore(docker.pull(image, limits.pull))"]
  ),
  row(
    "DEP-10",
    "cannot resolve: said, and on",
    [deploys, "DEP-10: images that cannot be resolved"],
    [prePull, "return imagesOf(compose.success)\n", "return imagesOf(compose.success)\n  return yield* Effect.fail(compose.failure)\n"]
  ),
  row(
    "DEP-11",
    "deployTimeout is the child's limit",
    [deploys, "DEP-11: deployTimeout is the limit"],
    [deploy, "seconds === undefined ? limits.deploy : Duration.seconds(seconds)", "limits.deploy"]
  ),
  row(
    "DEP-11",
    "cut off although the spec was applied: HEALTH decides",
    [deploys, "DEP-11: a deploy that is cut off although"],
    ["src/programs/deployed.ts", "if (!isWanted(app, wanted, found) || !(yield* isWhole(app, found))) return yield* error", "return yield* error"]
  )
]
