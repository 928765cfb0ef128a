/** What the executable does for its run, in the simulated kernel (LIFE-2, LIFE-4). */
import { Duration, Effect, Layer } from "effect"
import { Guards, ParentGone } from "../../../services/Guards.ts"
import type { Process } from "../kernel/processes.ts"
import type { World } from "../World.ts"

/** Guards of one process: SIGTERM at its parent's death, SIGKILL when its budget is spent. */
export const guardsLayer = (world: World, process: Process) =>
  Layer.succeed(
    Guards,
    Guards.of({
      install: Effect.fn("Guards.install")(function* (budget) {
        const { parent } = process
        const expected = process.environment["CCCI_PARENT_PID"] ?? `${parent?.pid ?? 1}`
        if (`${parent?.pid ?? 1}` !== expected) return yield* new ParentGone({ expected, seen: parent?.pid ?? 1 })
        parent?.observers.add(() => world.signal(process, "SIGTERM"))
        yield* Effect.acquireRelease(
          Effect.sync(() => world.timeline.after(Duration.toMillis(budget), undefined, `watchdog of ${process.name}`, () => world.signal(process, "SIGKILL"))),
          (cancel) => Effect.sync(cancel)
        )
      })
    })
  )
