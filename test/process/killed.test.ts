/** What is left when ccci is SIGKILLed: locks free, children dead, daemons found by their marks. */
import { assert, describe } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import * as fs from "node:fs"
import * as LiveLock from "../../src/layers/live/Lock.ts"
import * as LiveProcesses from "../../src/layers/live/Processes.ts"
import { Lock } from "../../src/services/Lock.ts"
import { Processes } from "../../src/services/Processes.ts"
import { lawsOf, present } from "../support/contract.ts"
import { layerPlainRedaction } from "../support/plainRedaction.ts"
import { gone, program, spawned } from "../support/spawned.ts"
import { layerWorkspace } from "../support/temporary.ts"
import { Workspace } from "../support/workspace.ts"

const law = lawsOf(Layer.mergeAll(LiveLock.layer, Layer.provide(LiveProcesses.layer, layerPlainRedaction), layerWorkspace))

/** Whether anybody else holds the lock now. */
const isHeld = (path: string) =>
  Effect.scoped(
    Effect.gen(function* () {
      const lock = yield* Lock
      const file = yield* Effect.acquireRelease(lock.open(path), (opened) => Effect.ignore(lock.close(opened)))
      return !(yield* lock.tryLock(file))
    })
  )

describe("SIGKILL", () => {
  law(
    "the kernel frees the lock of a holder that is killed",
    Effect.gen(function* () {
      const { path } = yield* Workspace
      const lock = yield* Lock
      const holder = yield* spawned(program("holder", `${path}/a.lock`))
      yield* holder.line(/^held$/)
      assert.isTrue(yield* isHeld(`${path}/a.lock`))
      const [row] = yield* lock.holders(path)
      assert.deepStrictEqual(row?.pid, Option.some(holder.pid))
      assert.include(Option.getOrUndefined(row?.command ?? Option.none()), "holder.ts")
      yield* holder.signal("SIGKILL")
      yield* holder.ended
      assert.isFalse(yield* isHeld(`${path}/a.lock`))
    })
  )

  law(
    "LIFE-6b: the child of a killed run is killed by the kernel; JAN-9: the daemon that it left is found by its mark, and holds no lock",
    Effect.gen(function* () {
      const { path } = yield* Workspace
      const processes = yield* Processes
      const token = `killed-${process.pid}`
      const holder = yield* spawned(program("holder", `${path}/a.lock`, token), { stdio: ["ignore", "ignore", "pipe"] })
      const [child = 0, daemon = 0] = (yield* holder.line(/^\d+ \d+$/)).split(" ").map(Number)
      for (const pid of [child, daemon]) {
        const open = fs.readdirSync(`/proc/${pid}/fd`).map((fd) => fs.readlinkSync(`/proc/${pid}/fd/${fd}`))
        assert.notInclude(open, `${path}/a.lock`, "lock files are close-on-exec")
      }
      yield* holder.signal("SIGKILL")
      yield* gone(child)
      assert.isFalse(yield* isHeld(`${path}/a.lock`))

      const marked = (yield* processes.marked).filter((entry) => !entry.zombie && Option.contains(entry.token, token))
      assert.deepStrictEqual(
        marked.map((entry) => [entry.pid, entry.lock]),
        [[daemon, Option.some("1:2:a.example.org")]]
      )
      assert.isTrue(yield* processes.kill(present(yield* processes.hold(daemon), "the daemon to live")))
      yield* gone(daemon)
    })
  )

  law(
    "JAN-9: a zombie is told as one, and has no marks any more",
    Effect.gen(function* () {
      const processes = yield* Processes
      // The parent becomes a program that never asks how its child ended. Only the child keeps the outputs open: their end is its end.
      const script = "exec 3<&0; (read order <&3) & echo $!; exec sleep 1000 >&- 2>&-"
      const parent = yield* spawned(["sh", "-c", script], { env: { CCCI_RUN_TOKEN: "zombie" } })
      const pid = Number(yield* parent.line(/^\d+$/))
      const states = []
      states.push(present(yield* processes.look(pid), "the child to be there"))
      yield* parent.send("end")
      yield* Effect.flip(parent.line(/^its outputs are at their end$/))
      states.push(present(yield* processes.look(pid), "the zombie to be there"))
      assert.deepStrictEqual(
        states.map(({ zombie, token }) => [zombie, token]),
        [
          [false, Option.some("zombie")],
          [true, Option.none()]
        ]
      )
    })
  )
})
