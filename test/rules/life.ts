/** Rules of LIFE and ABRA. */
import { row } from "./row.ts"

const ends = "test/programs/ends.test.ts"
const guards = "test/process/guards.test.ts"
const liveChildren = "test/process/processes.contract.test.ts"
const run = "src/programs/run.ts"
const live = "src/layers/live"

export const lifeRows = [
  row(
    "LIFE-1",
    "guards are the first thing a run does",
    ["test/cli/commands.test.ts", "LIFE-1, LIFE-2: guards are the first thing"],
    ["src/cli/run.ts", "  yield* guards.install(Duration.sum(limits.work, limits.teardown))\n", ""]
  ),
  row(
    "LIFE-2",
    "a parent that dies later: SIGTERM",
    [guards, "LIFE-2: a parent that dies later"],
    [`${live}/Guards.ts`, "  prctl(PR_SET_PDEATHSIG, constants.signals.SIGTERM)\n", ""]
  ),
  row(
    "LIFE-2",
    "CCCI_PARENT_PID tells a parent that was gone before",
    [guards, "LIFE-2: a parent that was gone before"],
    [`${live}/Guards.ts`, 'process.env["CCCI_PARENT_PID"] ?? `${parent}`', "`${parent}`"]
  ),
  row(
    "LIFE-2",
    "the second look closes the window",
    [guards, "LIFE-2: a parent that dies between the first look"],
    [`${live}/Guards.ts`, "  const seen = process.ppid\n", "  const seen = parent\n"]
  ),
  row(
    "LIFE-3",
    "a signal interrupts the run, which is torn down; its own exit code",
    [ends, "LIFE-3: %s interrupts the run; it is torn down; exit code"],
    [run, "yield* Effect.raceFirst(working, requested)", "yield* working"]
  ),
  row(
    "LIFE-3",
    "SIGTERM is 143, SIGINT 130, SIGHUP 129",
    [ends, "LIFE-3: %s interrupts the run; it is torn down; exit code"],
    ["src/services/Stop.ts", "SIGTERM: 143", "SIGTERM: 130"]
  ),
  row(
    "LIFE-4",
    "the deadline ends the run in the same way; 142",
    [ends, "LIFE-4: the deadline ends the run"],
    [run, "yield* Effect.forkScoped(deadline)", "yield* Effect.void"]
  ),
  row("LIFE-4", "with a log line of its own", [ends, "LIFE-4: the deadline ends the run"], [run, "is reached: the run ends here", "is near: it ends"]),
  row(
    "LIFE-4",
    "the watchdog's budget is work and teardown",
    ["test/cli/commands.test.ts", "LIFE-4: the watchdog's budget"],
    ["src/cli/run.ts", "Duration.sum(limits.work, limits.teardown)", "limits.work"]
  ),
  row("LIFE-4", "a stuck event loop is killed", [guards, "LIFE-4: the watchdog kills"], [`${live}/Guards.ts`, "    yield* watchdog(budget)\n", ""]),
  row(
    "LIFE-4",
    "budgets must fit the CI's limit",
    ["test/unit/settings.test.ts", "LIFE-4: work and teardown do not fit"],
    ["src/model/settingsSources.ts", "Duration.isLessThanOrEqualTo(budget, ciLimit.value)", "true"]
  ),
  row(
    "LIFE-5",
    "a second signal does not abort the teardown",
    [ends, "LIFE-5: a second signal during teardown"],
    [
      "src/programs/heldApp.ts",
      "Effect.raceFirst(ended, yield* ignoringStops)",
      'Effect.raceFirst(ended, Effect.as(Effect.sleep(100), unproven(lock.domain, "stopped")))'
    ]
  ),
  row(
    "LIFE-5",
    "the exit code is the first cause's",
    ["test/process/stop.test.ts", "LIFE-5: the first cause wins, and everybody who waits is told of that one"],
    [`${live}/Stop.ts`, "(won ? Ref.set(first, Option.some(asked)) : Effect.void)", "Ref.set(first, Option.some(asked))"]
  ),
  row(
    "LIFE-5",
    "a signal that comes in teardown first changes nothing",
    [ends, "LIFE-5: a signal that comes first when all tiers are over"],
    [run, "Effect.exit(Effect.scoped(working))", "Effect.exit(restore(stoppable(Effect.scoped(working))))"]
  ),
  row(
    "LIFE-6",
    "an interrupt ends the child gracefully, and waits until it is gone",
    [liveChildren, "LIFE-6: interruption ends the child gracefully"],
    [
      `${live}/Processes.ts`,
      "Effect.onInterrupt(restore(Effect.timeoutOption(group.exited, command.timeLimit)), () => end)",
      "restore(Effect.timeoutOption(group.exited, command.timeLimit))"
    ]
  ),
  row(
    "LIFE-6",
    "what ignores SIGTERM gets SIGKILL after the grace",
    [liveChildren, "LIFE-6: interruption ends a child that ignores SIGTERM"],
    [`${live}/kernel/childGroup.ts`, "process.kill(-leader, signal)", 'process.kill(-leader, signal === "SIGKILL" ? 0 : signal)']
  ),
  row(
    "LIFE-6",
    "the whole group; no pipe of a grandchild holds the run",
    [liveChildren, "LIFE-6: what a child leaves in its group"],
    [`${live}/kernel/childGroup.ts`, '    yield* signalGroup(leader, "SIGKILL")\n    if (yield* within("200 millis")', '    if (yield* within("200 millis")']
  ),
  row(
    "LIFE-6",
    "a stop in the middle of a hook ends its child",
    [ends, "LIFE-6, LIFE-3: a stop in the middle of a hook"],
    ["src/layers/simulated/views/child.ts", ".pipe(Effect.onInterrupt(() => Effect.andThen(terminate, reap)))", ""]
  ),
  row(
    "LIFE-6b",
    "a child is killed by the kernel at its parent's death",
    ["test/process/killed.test.ts", "LIFE-6b: the child of a killed run"],
    [`${live}/kernel/childGroup.ts`, '[setpriv, "--pdeathsig", "KILL", "--"]', "[]"]
  ),
  row(
    "LIFE-6c",
    "each run has a Stop of its own",
    ["test/process/stop.test.ts", "LIFE-6c: each run of one process"],
    [
      `${live}/Stop.ts`,
      "const first = yield* Ref.make(Option.none<StopCause>())",
      "const first = (globalThis.ccciFirst ??= yield* Ref.make(Option.none<StopCause>()))"
    ]
  ),
  row(
    "LIFE-7",
    "a deadline fires on time however much a child prints",
    ["test/process/children.test.ts", "LIFE-7: a time limit fires on time"],
    [`${live}/Processes.ts`, "Effect.timeoutOption(group.exited, command.timeLimit)", "Effect.asSome(group.exited)"]
  ),
  row(
    "LIFE-8a",
    "the current directory of children is never assumed",
    [liveChildren, "LIFE-8a: the current directory is /"],
    [`${live}/Processes.ts`, 'cwd: command.cwd ?? "/"', "cwd: command.cwd ?? process.cwd()"]
  ),

  row(
    "ABRA-2",
    "the embedded abra stamps abra's own labels",
    ["test/unit/embeddedPlans.test.ts", "what the embedded abra adds to a stack (ABRA-2)"],
    ["src/layers/embedded/stackFile.ts", '${what.dirty ? "+U" : ""}', ""]
  ),
  row(
    "ABRA-6",
    "a damaged backup is not unpacked over a live app",
    ["test/unit/embeddedAbra.test.ts", "ABRA-6: a damaged archive"],
    ["src/layers/embedded/snapshots.ts", "if (seen !== sha256) return", "if (false) return"]
  ),
  row(
    "ABRA-7",
    "abra.sh is parsed, never sourced",
    ["test/unit/abraSh.test.ts", "ABRA-7: parsed, never sourced"],
    ["src/model/abraSh.ts", "if (single === undefined && /", "if (false && /"]
  ),
  row(
    "ABRA-8",
    "only the configured server's apps count",
    ["test/contracts/abra.simulated.test.ts", "ABRA-8: the configured server's apps"],
    [
      "src/layers/embedded/apps.ts",
      "const directory = yield* serverDirectory\n  const names",
      'const directory = (yield* serverDirectory).replace(/[^/]+$/, "other")\n  const names'
    ]
  )
]
