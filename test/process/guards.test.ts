import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Scope } from "effect"
import { gone, program, spawned } from "../support/spawned.ts"

const live = (name: string, test: () => Effect.Effect<void, Error, Scope.Scope>) => it.live(name, test, 30_000)

describe("Guards", () => {
  for (const [signal, code] of [
    ["SIGTERM", 143],
    ["SIGINT", 130],
    ["SIGHUP", 129]
  ] as const) {
    live(`LIFE-3: ${signal} interrupts the run, its finalizers run to their end, exit ${code}`, () =>
      Effect.gen(function* () {
        const run = yield* spawned(program("guarded", "slow"))
        yield* run.line(/^working$/)
        yield* run.signal(signal)
        yield* run.line(/^teardown$/)
        yield* run.send("go on")
        yield* run.line(/^torn down$/)
        assert.deepStrictEqual(yield* run.ended, { code, signal: null })
      })
    )
  }

  live("LIFE-5: further signals, a closed stdout and stray throws in teardown are told and ignored; the exit code is the first cause's", () =>
    Effect.gen(function* () {
      const run = yield* spawned(program("guarded", "slow"))
      yield* run.line(/^working$/)
      yield* run.signal("SIGINT")
      yield* run.line(/^teardown$/)
      for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
        yield* run.signal(signal)
        yield* run.line(new RegExp(`${signal} ignored`))
      }
      run.child.stdout?.destroy()
      yield* run.send("print")
      yield* run.send("throw")
      yield* run.line(/thrown outside/)
      yield* run.send("go on")
      yield* run.line(/^torn down$/)
      assert.deepStrictEqual(yield* run.ended, { code: 130, signal: null })
    })
  )

  live("a closed stdout interrupts the run at its next line, finalizers run, exit 141", () =>
    Effect.gen(function* () {
      const run = yield* spawned(program("guarded"))
      yield* run.line(/^working$/)
      run.child.stdout?.destroy()
      yield* run.send("print")
      yield* run.line(/^torn down$/)
      assert.deepStrictEqual(yield* run.ended, { code: 141, signal: null })
    })
  )

  for (const [order, words] of [
    ["throw", /thrown outside/],
    ["reject", /rejected outside/]
  ] as const) {
    live(`a stray ${order} is a defect: told, finalizers run, exit 70`, () =>
      Effect.gen(function* () {
        const run = yield* spawned(program("guarded"))
        yield* run.line(/^working$/)
        yield* run.send(order)
        yield* run.line(words)
        yield* run.line(/^torn down$/)
        assert.deepStrictEqual(yield* run.ended, { code: 70, signal: null })
      })
    )
  }

  live("a stray throw makes 70 of a green run that never looked at its Stop", () =>
    Effect.gen(function* () {
      const run = yield* spawned(program("guarded", "deaf"))
      yield* run.line(/^working$/)
      yield* run.send("throw")
      yield* run.line(/thrown outside/)
      yield* run.send("return 0")
      yield* run.line(/^code 0$/)
      assert.deepStrictEqual(yield* run.ended, { code: 70, signal: null })
    })
  )

  live("LIFE-4: the watchdog kills a run whose event loop is stuck", () =>
    Effect.gen(function* () {
      const run = yield* spawned(program("guarded", "quick", "1"))
      yield* run.line(/^working$/)
      yield* run.send("stick")
      yield* run.line(/^stuck$/)
      assert.deepStrictEqual(yield* run.ended, { code: null, signal: "SIGKILL" })
    })
  )

  for (const how of ["return 0", "SIGKILL"] as const) {
    live(`LIFE-4: the watchdog is gone when the run is (${how})`, () =>
      Effect.gen(function* () {
        const run = yield* spawned(program("guarded"))
        yield* run.line(/^working$/)
        const children = yield* spawned(["pgrep", "-P", `${run.pid}`, "-a"])
        const row = yield* children.line(/ccci-watchdog/)
        yield* how === "SIGKILL" ? run.signal(how) : run.send(how)
        yield* run.ended
        yield* gone(Number.parseInt(row, 10))
      })
    )
  }
})

describe("Guards: parent death (LIFE-2)", () => {
  const [node, file] = program("guarded")

  live("LIFE-2: a parent that dies later: SIGTERM, torn down", () =>
    Effect.gen(function* () {
      const parent = yield* spawned(["sh", "-c", '"$@" & wait', "sh", node, file])
      yield* parent.line(/^working$/)
      yield* parent.signal("SIGKILL")
      yield* parent.line(/^torn down$/)
      yield* parent.line(/^code 143$/)
    })
  )

  live("LIFE-2: a parent that was gone before: CCCI_PARENT_PID tells, nothing starts", () =>
    Effect.gen(function* () {
      const run = yield* spawned(program("guarded"), { env: { CCCI_PARENT_PID: "1" } })
      assert.deepStrictEqual(yield* run.ended, { code: 143, signal: null })
      assert.match(run.lines.join("\n"), /Refusing to start.*CCCI_PARENT_PID/)
      assert.notInclude(run.lines, "working")
    })
  )

  live("LIFE-2: a parent that dies between the first look and the prctl: the second look tells", () =>
    Effect.gen(function* () {
      const run = yield* spawned([node, "--import", file.replace("guarded", "changingParent"), file])
      assert.deepStrictEqual(yield* run.ended, { code: 143, signal: null })
      assert.match(run.lines.join("\n"), /Refusing to start/)
      assert.notInclude(run.lines, "working")
    })
  )

  live("LIFE-2: CCCI_PARENT_PID of a parent that lives lets it start", () =>
    Effect.gen(function* () {
      const run = yield* spawned(program("guarded"), { env: { CCCI_PARENT_PID: `${process.pid}` } })
      yield* run.line(/^working$/)
      yield* run.send("return 0")
      assert.deepStrictEqual(yield* run.ended, { code: 0, signal: null })
    })
  )
})
