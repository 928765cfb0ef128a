/** {@link Guards}: the parent-death signal, and the watchdog in a child of its own. */
import { Duration, Effect, Layer } from "effect"
import { spawn } from "node:child_process"
import { constants } from "node:os"
import { Guards, ParentGone } from "../../services/Guards.ts"
import { PR_SET_PDEATHSIG, libc } from "./kernel/libc.ts"

/**
 * LIFE-2, in this order: a parent that dies before the prctl is seen by the second look, one that dies after it is told by the kernel, and one that was
 * gone before the first look is told by CCCI_PARENT_PID.
 */
const dieWithParent = Effect.gen(function* () {
  const { prctl } = yield* libc
  const parent = process.ppid
  prctl(PR_SET_PDEATHSIG, constants.signals.SIGTERM)
  const seen = process.ppid
  const expected = process.env["CCCI_PARENT_PID"] ?? `${parent}`
  if (`${seen}` !== expected) return yield* new ParentGone({ expected, seen })
})

// `cat` ends when the pipe does, that is when ccci ends, however it ends; so the pid is ccci's as long as `timeout` runs. 124: coreutils; 143: busybox.
const watch = 'timeout "$1" cat >/dev/null; ended=$?; if [ "$ended" = 124 ] || [ "$ended" = 143 ]; then kill -KILL "$2"; fi'

/** LIFE-4: SIGKILLs this process if it is still there after the budget. An event loop that is stuck cannot keep it from that. */
const watchdog = (budget: Duration.Duration) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      // A little more, for a run that uses all of its budget and ends by itself.
      const seconds = Math.ceil(Duration.toSeconds(budget) * 1.01) + 1
      const child = spawn("sh", ["-c", watch, "ccci-watchdog", `${seconds}`, `${process.pid}`], {
        cwd: "/",
        detached: true,
        env: { PATH: process.env["PATH"] ?? "/usr/bin:/bin" }, // Nothing else: a mark would make it a child of the run (JAN-9).
        stdio: ["pipe", "ignore", "ignore"]
      })
      child.on("error", () => {})
      child.stdin.on("error", () => {})
      child.unref()
      return child
    }),
    (child) => Effect.sync(() => child.stdin.destroy())
  )

export const layer: Layer.Layer<Guards> = Layer.succeed(Guards, {
  install: Effect.fn("Guards.install")(function* (budget: Duration.Duration) {
    yield* dieWithParent
    yield* watchdog(budget)
  })
})
