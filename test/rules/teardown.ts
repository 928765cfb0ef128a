/** Rules of TEAR, LOCK, JAN. */
import { row } from "./row.ts"

const tears = "test/programs/teardown.test.ts"
const locks = "test/programs/lock.test.ts"
const janitors = "test/programs/janitor.test.ts"
const held = "src/programs/heldApp.ts"
const teardown = "src/programs/teardown.ts"
const drain = "src/programs/drain.ts"
const removing = "src/programs/removing.ts"
const ownership = "src/programs/ownership.ts"
const appLock = "src/programs/appLock.ts"
const janitor = "src/programs/janitor.ts"
const marks = "src/programs/marks.ts"
const work = "src/programs/work.ts"

export const teardownRows = [
  row(
    "TEAR-0",
    "processes with the run's token end before the first removal",
    [tears, "TEAR-0: what carries the run's token"],
    [held, "const own = yield* Effect.result(Effect.retry(endOwn(mark, token), ", "const own = yield* Effect.result(Effect.retry(Effect.succeed(0), "]
  ),
  row(
    "TEAR-1",
    "containers go before networks: no address leaks",
    [tears, "TEAR-1: services; tasks, then containers"],
    [teardown, '    yield* step("containers", drainContainers(domain))\n', ""]
  ),
  row(
    "TEAR-1",
    "the .env last, once all else is gone",
    [tears, "TEAR-1: the .env stays while anything is left"],
    [teardown, '  if (there.residue.length === 0) {\n    yield* step("env"', '  {\n    yield* step("env"']
  ),
  row(
    "TEAR-2",
    "in use is tried again",
    [tears, "TEAR-2: in use for a moment"],
    [
      removing,
      'return error.reason === "inUse" || error.reason === "conflict" ? Effect.succeed(pending(error.seen)) : Effect.fail(error)',
      "return Effect.fail(error)"
    ]
  ),
  row(
    "TEAR-2",
    "past a grace containers are killed",
    [tears, "TEAR-2: containers that ignore TERM"],
    [drain, "Effect.ignore(engine.killContainer(id))", "Effect.void"]
  ),
  row(
    "TEAR-3",
    "verified by listing again, not by an exit code",
    [tears, "TEAR-3, LOCK-6: what Docker calls removed"],
    [teardown, "      there = yield* verified\n", "      there = { ...there, residue: [] }\n"]
  ),
  row(
    "TEAR-3",
    "residue is a leak",
    [tears, "TEAR-3, LOCK-6: what Docker calls removed"],
    ["src/programs/causes.ts", "      if (left.length > 0)\n", "      if (left.length < 0)\n"]
  ),
  row(
    "TEAR-4",
    "the label decides where there is one",
    [tears, "TEAR-4: what a longer name owns stays"],
    [ownership, 'if (label !== undefined) return label === stack ? "ours" : "foreign"', ""]
  ),
  row(
    "TEAR-4",
    "unlabelled: what a longer stack claims, too, stays",
    [tears, "TEAR-4: what a longer name owns stays"],
    [ownership, 'return "contested"', 'return "ours"']
  ),
  row(
    "TEAR-4",
    "unlabelled: the exact prefix",
    [tears, "TEAR-4: an unlabelled secret of exactly this stack"],
    [ownership, '  return "ours"\n}', '  return "foreign"\n}']
  ),
  row(
    "TEAR-5",
    "on nothing at all it succeeds, quickly",
    [tears, "TEAR-5: on nothing at all"],
    [teardown, "    if (!options.settle) break\n", "    yield* Effect.sleep(limits.quiet)\n    if (!options.settle) break\n"]
  ),
  row(
    "TEAR-6",
    "a failing step does not stop the next",
    [tears, "TEAR-6: a failing step"],
    [teardown, "onFailure: (error) => Effect.sync(() => void problems.push(`${name}: ${error.message}`))", "onFailure: (error) => Effect.die(error)"]
  ),
  row(
    "TEAR-6",
    "a budget of its own",
    [tears, "TEAR-6: it has a budget of its own"],
    [held, "duration: limits.teardown, orElse", "duration: limits.work, orElse"]
  ),
  row(
    "TEAR-7",
    "several nodes without endpoints: exit 3 before any deploy",
    [tears, "TEAR-7: several nodes without an endpoint"],
    [work, "if (unseen.length > 0) {", "if (unseen.length < 0) {"]
  ),
  row(
    "TEAR-7",
    "with endpoints, every node is covered",
    [tears, "TEAR-7: with endpoints teardown"],
    ["src/programs/listing.ts", "[docker, ...docker.others.values()]", "[docker]"]
  ),

  row(
    "LOCK-1",
    "tries again every 250 ms, visibly",
    [locks, "LOCK-1: a waiter says"],
    [appLock, 'const retryEvery = "250 millis"', 'const retryEvery = "5 seconds"']
  ),
  row("LOCK-1", "says that the domain is in use", [locks, "LOCK-1: a waiter says"], [appLock, "    if (now >= sayAt) {", "    if (now < 0) {"]),
  row(
    "LOCK-1",
    "the pause is interruptible",
    [locks, "LOCK-1: a stop ends a run that waits"],
    [appLock, "yield* restore(Effect.sleep(retryEvery))", "yield* Effect.sleep(retryEvery)"]
  ),
  row(
    "LOCK-2",
    "a lock on what the path no longer names is worthless",
    [locks, "LOCK-2: a lock on a file"],
    [
      appLock,
      "if (!same(yield* lock.identity(file), yield* lock.identityOfPath(path))) {\n      yield* lock.close(file)",
      "if (false) {\n      yield* lock.close(file)"
    ]
  ),
  row("LOCK-3", "the lock's age is its holder's", [locks, "LOCK-3: the lock's age"], [appLock, "  yield* lock.touch(file)\n", ""]),
  row(
    "LOCK-4",
    "locked before the app exists in any form",
    ["test/programs/deploy.test.ts", "DEP-2, LOCK-4: the lock, then the marked processes"],
    [held, "  const lock = yield* appLock(domain)\n", "  yield* clearLeftovers(domain, true)\n  const lock = yield* appLock(domain)\n"]
  ),
  row(
    "LOCK-5",
    "two runs of one domain serialise",
    [locks, "LOCK-5: two runs of one domain"],
    [
      appLock,
      'if (attempt._tag === "Acquired") return { file: attempt.file, waited }',
      'if (attempt._tag !== "Lost") return { file: attempt.file ?? (yield* (yield* Lock).open(path)), waited }'
    ]
  ),
  row(
    "LOCK-6",
    "clean: unlinked while held",
    [locks, "LOCK-6: clean: unlinked while held"],
    [
      appLock,
      "yield* (unlink ? remove : Effect.void).pipe(Effect.onExit(() => lock.close(file)))",
      "yield* lock.close(file)\n  yield* (unlink ? lock.unlink(file.path) : Effect.void)"
    ]
  ),
  row(
    "LOCK-6",
    "residue: close only",
    [tears, "TEAR-3, LOCK-6: what Docker calls removed"],
    [held, "yield* Ref.set(lock.clean, report.residue.length === 0)", "yield* Ref.set(lock.clean, true)"]
  ),

  row("JAN-1", "every app that has an .env, as abra lists them", [janitors, "JAN-1: candidates by .env"], [janitor, "...fromAbra, ...fromEnvs, ", ""]),
  row("JAN-1", "everything on the swarm", [janitors, "JAN-1: candidates by .env"], [janitor, "...fromSwarm, ", ""]),
  row("JAN-1", "every live mark", [janitors, "JAN-1: candidates by .env"], [janitor, "...fromMarks", ""]),
  row(
    "JAN-1",
    "the run shape, the whole string",
    [janitors, "JAN-1: candidates by .env"],
    ["src/model/names.ts", "candidate.endsWith(suffix) && /^[a-z0-9]{1,4}-[0-9a-f]{6}$/.test", "candidate.endsWith(suffix) && /[a-z0-9]{1,4}-[0-9a-f]{6}/.test"]
  ),
  row(
    "JAN-2",
    "the lock without blocking; held is left",
    [janitors, "JAN-2, JAN-3: held is left alone"],
    [
      janitor,
      '    case "Held": {',
      '    case "Held" as string: {\n      return yield* holding(domain, yield* (yield* Lock).open(path), dryRun)\n    }\n    case "Held": {'
    ]
  ),
  row(
    "JAN-3",
    "flagged past twice the deadline, never stolen",
    [janitors, "JAN-2, JAN-3: held is left alone"],
    [janitor, "age > 2 * Duration", "age > 1 * Duration"]
  ),
  row(
    "JAN-4",
    "differs or gone: left",
    [janitors, "JAN-4: a file that another janitor"],
    [
      appLock,
      "if (!same(yield* lock.identity(file), yield* lock.identityOfPath(path))) {\n      yield* lock.close(file)",
      "if (false) {\n      yield* lock.close(file)"
    ]
  ),
  row(
    "JAN-5",
    "reaped while holding the lock, the file goes last",
    [janitors, "JAN-5: an orphan is reaped"],
    [janitor, "  const work: Effect.Effect<JanitorCandidate", "  yield* Effect.orDie(dropAppLock(file, true))\n  const work: Effect.Effect<JanitorCandidate"]
  ),
  row(
    "JAN-5",
    "what could not be removed stays a candidate",
    [janitors, "JAN-5: what could not be removed"],
    [janitor, 'dropAppLock(file, reaped.outcome === "reaped")', "dropAppLock(file, true)"]
  ),
  row(
    "JAN-6",
    "a lock file with no app behind it goes",
    [janitors, "JAN-6: a lock file with no app"],
    [janitor, "return domains.filter((domain) => !apps.includes(domain)).sort()", "return []"]
  ),
  row(
    "JAN-7",
    "an unreadable lock file: reported, the rest goes on",
    [janitors, "JAN-7: what it cannot look at"],
    [
      janitor,
      'if (Result.isFailure(attempt)) return candidate(domain, "failed", attempt.failure.message)',
      "if (Result.isFailure(attempt)) return yield* Effect.die(attempt.failure)"
    ]
  ),
  row("JAN-7", "SIGTERM: no other reap is begun", [janitors, "JAN-7: SIGTERM"], [janitor, "    if (Option.isSome(yield* stop.first)) return []\n", ""]),
  row(
    "JAN-8",
    "a new run waits until the reap is over",
    [janitors, "JAN-8: a run of the domain waits"],
    [janitor, "  const work: Effect.Effect<JanitorCandidate", "  yield* Effect.orDie(dropAppLock(file, false))\n  const work: Effect.Effect<JanitorCandidate"]
  ),
  row(
    "JAN-9",
    "a dead owner's children end first",
    [janitors, "JAN-9: whoever gets the lock"],
    [janitor, "const ended = yield* endStrangers(yield* lockMark(lockDir, domain), Option.none())", "const ended = 0"]
  ),
  row(
    "JAN-9",
    "only those of the same lock directory and domain",
    [janitors, "JAN-9: another domain's"],
    [marks, "({ lock, token }) => valueIs(lock, mark) && !(", "({ token }) => !("]
  ),
  row(
    "JAN-9",
    "children started under the lock carry the marks",
    [janitors, "JAN-9: children started under the lock"],
    [held, "{ ...environment, ABRA_DIR: abraDir, ...lock.marks }", "{ ...environment, ABRA_DIR: abraDir }"]
  ),
  row(
    "JAN-9",
    "one that cannot be ended: nothing is reaped",
    [janitors, "JAN-9: one that cannot be ended"],
    [
      janitor,
      "const ended = yield* endStrangers(yield* lockMark(lockDir, domain), Option.none())",
      "const ended = yield* endStrangers(yield* lockMark(lockDir, domain), Option.none()).pipe(Effect.orElseSucceed(() => 0))"
    ]
  ),
  row("JAN-10", "empty over two looks, a quiet interval apart", [janitors, "JAN-10: emptiness must hold"], [janitor, "{ settle: true }", "{ settle: false }"])
]
