/** The laws of marks and of the process table (JAN-9). */
import { assert } from "@effect/vitest"
import { Effect, Fiber, Option } from "effect"
import type { Scope } from "effect"
import { Processes } from "../../../src/services/Processes.ts"
import { Children } from "../../support/children.ts"
import { present } from "../../support/contract.ts"
import { markedWith, marks, started } from "./running.ts"

type Law = <E>(title: string, body: Effect.Effect<void, E, Processes | Children | Scope.Scope>) => void

export const markLaws = (law: Law) => {
  law(
    "JAN-9: a marked child is found, looked at again, held and killed; then it is gone",
    Effect.gen(function* () {
      const processes = yield* Processes
      const children = yield* Children
      const { fiber } = yield* started(children.hangs).pipe(marks("blog-1a2b3c.ci.example.org", "mine"))
      const [entry, ...others] = yield* markedWith("mine")
      assert.lengthOf(others, 0)
      assert.isDefined(entry)
      const pid = entry?.pid ?? -1
      assert.deepStrictEqual(entry?.lock, Option.some("1:2:blog-1a2b3c.ci.example.org"))
      const handle = present(yield* processes.hold(pid), "the child to be there")
      assert.deepStrictEqual(
        Option.map(yield* processes.look(pid), (again) => [again.pid, again.token, again.zombie]),
        Option.some([pid, Option.some("mine"), false])
      )
      assert.isTrue(yield* processes.kill(handle))
      const exited = yield* Fiber.join(fiber)
      assert.deepStrictEqual([exited.code, exited.signal, exited.timedOut], [137, Option.some("SIGKILL"), false])
      assert.lengthOf(yield* markedWith("mine"), 0)
      assert.isTrue(Option.isNone(yield* processes.look(pid)))
      assert.isTrue(Option.isNone(yield* processes.hold(pid)))
      assert.isFalse(yield* processes.kill(handle), "what a handle holds stays that process, gone or not")
    })
  )

  law(
    "JAN-9: an unmarked child is not among the marked",
    Effect.gen(function* () {
      const processes = yield* Processes
      const children = yield* Children
      const before = (yield* processes.marked).length
      yield* started(children.hangs)
      assert.strictEqual((yield* processes.marked).length, before)
    })
  )

  law(
    "the lineage begins with this process, and its children are outside it",
    Effect.gen(function* () {
      const processes = yield* Processes
      const children = yield* Children
      const [self, ...ancestors] = yield* processes.lineage
      assert.isDefined(self)
      assert.notInclude(ancestors, self)
      yield* started(children.hangs).pipe(marks("a.example.org", "child"))
      const [child] = yield* markedWith("child")
      assert.notInclude([self, ...ancestors], child?.pid)
      assert.strictEqual(child?.parent, self)
    })
  )
}
