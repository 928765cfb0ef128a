import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Ref, Schema } from "effect"
import { TestClock } from "effect/testing"
import { fit, widthOf } from "../../src/layers/common/progress/fit.ts"
import * as Ndjson from "../../src/layers/common/progress/Ndjson.ts"
import * as Plain from "../../src/layers/common/progress/Plain.ts"
import * as Terminal from "../../src/layers/common/progress/Terminal.ts"
import { Progress, RunEvent } from "../../src/services/Progress.ts"
import { Redaction } from "../../src/services/Redaction.ts"
import { shown, testScreen } from "../support/screen.ts"

const started: RunEvent = {
  _tag: "RunStarted",
  runId: "manual-1-ab",
  recipe: "custom-html",
  domain: "cust-1a2b3c.ci.example.org",
  backend: "live",
  abra: "embedded 0",
  directory: "/runs/1",
  stages: ["install", "upgrade"]
}
const ended: RunEvent = { _tag: "RunEnded", exitClass: "green", exitCode: 0, headline: "Green.", level: 4 }
const waiting = (seen: string, elapsed = 0): RunEvent => ({ _tag: "Waiting", what: "swarm to run it", seen, elapsed, bound: 600_000 })
const say = (event: RunEvent) => Effect.flatMap(Progress, ({ emit }) => emit(event))

describe("spec 05: plain lines for CI", () => {
  const run = (program: Effect.Effect<void, never, Progress | Redaction>) => {
    const screen = testScreen()
    return Effect.as(Effect.provide(program, Plain.layer.pipe(Layer.provideMerge(screen.layer))), screen)
  }
  it.effect("on standard error, with the time since the beginning, and nothing on standard output", () =>
    Effect.gen(function* () {
      const screen = yield* run(
        Effect.gen(function* () {
          yield* say(started)
          yield* TestClock.adjust("1500 millis")
          yield* say({ _tag: "StageStarted", stage: "install" })
          yield* TestClock.adjust("2 minutes")
          yield* say({ _tag: "StageEnded", stage: "install", outcome: "fail", reason: "rolled back", elapsed: 120_000 })
        })
      )
      const lines = screen.textOf("stderr").split("\n")
      assert.deepStrictEqual(
        [lines[0], lines[3], lines.at(-2)],
        ["[00:00.0] custom-html on cust-1a2b3c.ci.example.org", "[00:01.5] install begins", "[02:01.5] install: fail after 2 min 00 s: rolled back"]
      )
      assert.include(screen.textOf("stderr"), "abra embedded 0")
      assert.strictEqual(screen.textOf("stdout"), "")
    })
  )
  it.effect("nothing is silent for more than 5 s: it says what it last said it waits for, how long, and what was seen", () =>
    Effect.gen(function* () {
      const screen = yield* run(
        Effect.gen(function* () {
          yield* say(waiting("0 of 1 running"))
          yield* TestClock.adjust("14 seconds")
        })
      )
      const beats = screen.textOf("stderr").trim().split("\n")
      assert.deepStrictEqual(
        beats.map((line) => line.slice(0, 9)),
        ["[00:00.0]", "[00:05.0]", "[00:10.0]"]
      )
      assert.include(beats[2], "waiting for swarm to run it (10.0 s of at most 10 min 00 s); seen: 0 of 1 running")
    })
  )
  it.effect("a step that announced no wait is named, and the heart stops with the run", () =>
    Effect.gen(function* () {
      const screen = yield* run(
        Effect.gen(function* () {
          yield* say({ _tag: "Step", text: "fetching the recipe" })
          yield* TestClock.adjust("6 seconds")
          yield* say(ended)
          yield* TestClock.adjust("60 seconds")
        })
      )
      const lines = screen.textOf("stderr").trim().split("\n")
      assert.deepStrictEqual(
        lines.map((line) => line.slice(10)),
        ["fetching the recipe", "waiting for this to end: fetching the recipe (5.0 s)", "Green."]
      )
    })
  )
  it.effect("a wait that flickers is told at most once a second; children's output is not told", () =>
    Effect.gen(function* () {
      const screen = yield* run(
        Effect.gen(function* () {
          for (let index = 0; index < 40; index += 1) {
            yield* say(waiting(`seen ${index}`, index * 100))
            yield* say({ _tag: "Output", source: "abra", line: "noise" })
            yield* TestClock.adjust("100 millis")
          }
        })
      )
      assert.strictEqual(screen.textOf("stderr").trim().split("\n").length, 4)
      assert.notInclude(screen.textOf("stderr"), "noise")
    })
  )
  it.effect("secrets are scrubbed, and control characters are shown, not obeyed", () =>
    Effect.gen(function* () {
      const screen = yield* run(
        Effect.gen(function* () {
          yield* Effect.flatMap(Redaction, ({ register }) => register("hunter22"))
          yield* say({ _tag: "Warning", text: "password hunter22 \u001b]0;owned\u0007\nsecond line" })
        })
      )
      assert.strictEqual(screen.textOf("stderr"), "[00:00.0] warning: password [redacted] \\x1b]0;owned\\x07 second line\n")
    })
  )
})

describe("--json: NDJSON on standard output", () => {
  it.effect("every line is an event with its time, silence is broken, secrets are scrubbed", () =>
    Effect.gen(function* () {
      const screen = testScreen()
      yield* Effect.gen(function* () {
        yield* Effect.flatMap(Redaction, ({ register }) => register("hunter22"))
        yield* say(started)
        yield* say({ _tag: "Output", source: "abra", line: "hunter22" })
        yield* TestClock.adjust("5 seconds")
        yield* say(ended)
      }).pipe(Effect.provide(Ndjson.layer.pipe(Layer.provideMerge(screen.layer))))
      const lines = screen.textOf("stdout").trimEnd().split("\n")
      const events = yield* Effect.forEach(lines, (line) => Schema.decodeUnknownEffect(Schema.fromJsonString(RunEvent))(line))
      assert.deepStrictEqual(
        events.map(({ _tag }) => _tag),
        ["RunStarted", "Output", "Waiting", "RunEnded"]
      )
      assert.match(lines[0] ?? "", /^\{"at":"1970-01-01T00:00:00\.000Z","_tag":"RunStarted"/)
      assert.notInclude(screen.textOf("stdout"), "hunter22")
      assert.strictEqual(screen.textOf("stderr"), "")
    })
  )
})

describe("spec 05: live region at a terminal", () => {
  const run = Effect.fnUntraced(function* (
    program: (size: Ref.Ref<{ columns: number; rows: number }>) => Effect.Effect<void, never, Progress | Redaction>,
    options: { columns?: number; rows?: number; colors?: boolean } = {}
  ) {
    const size = yield* Ref.make({ columns: options.columns ?? 80, rows: options.rows ?? 24 })
    const screen = testScreen({ size, colors: options.colors ?? false })
    yield* Effect.provide(program(size), Terminal.layer.pipe(Layer.provideMerge(screen.layer)))
    return screen
  })
  const wide = "漢字".repeat(60)
  const install = Effect.gen(function* () {
    yield* say(started)
    yield* say({ _tag: "StageStarted", stage: "install" })
    yield* say({ _tag: "Step", text: `pulling ${wide}` })
    yield* say(waiting(`0 of 1 running ${wide}`))
    yield* TestClock.adjust("3 seconds")
  })
  it.effect("shows tiers with their states, what is waited for, its bound, and what was seen last", () =>
    Effect.gen(function* () {
      const screen = yield* run(() => install)
      const lines = shown(screen.textOf("stderr"), 80)
      for (const part of [
        /^custom-html on cust-1a2b3c\.ci\.example\.org {2}3\.0 s$/,
        /^ {2}install +\.\.\. +3\.0 s$/,
        /^ {6}waiting 3\.0 s of at most 10 min 00 s for swarm to run it$/,
        /^ {6}seen: 0 of 1 running 漢/,
        /^ {2}upgrade$/
      ]) {
        assert.isTrue(
          lines.some((line) => part.test(line)),
          `${part} in\n${lines.join("\n")}`
        )
      }
    })
  )
  it.effect.each([80, 40, 20])("no line is wider than %i columns, whatever it holds", (columns) =>
    Effect.gen(function* () {
      const screen = yield* run(() => install, { columns })
      for (const line of screen.textOf("stderr").split(/\r|\n|\u001b\[[JK]/u)) assert.isBelow(widthOf(line), columns)
    })
  )
  it.effect("is drawn at most ten times a second, however many events come", () =>
    Effect.gen(function* () {
      const screen = yield* run(() =>
        Effect.gen(function* () {
          for (let index = 0; index < 200; index += 1) {
            yield* say({ _tag: "Step", text: `step ${index}` })
            yield* TestClock.adjust("10 millis")
          }
        })
      )
      assert.isAtMost(screen.written.length, 22)
      assert.isAtLeast(screen.written.length, 15)
    })
  )
  it.effect("leaves a clean transcript: each stage once, warnings above, no waiting, survives a resize", () =>
    Effect.gen(function* () {
      const screen = yield* run((size) =>
        Effect.gen(function* () {
          yield* install
          yield* say({ _tag: "Warning", text: "the base is old" })
          yield* TestClock.adjust("1 second")
          yield* Ref.set(size, { columns: 120, rows: 24 })
          yield* TestClock.adjust("1 second")
          yield* say({ _tag: "StageEnded", stage: "install", outcome: "pass", reason: "", elapsed: 5_000 })
          yield* say({ _tag: "StageEnded", stage: "upgrade", outcome: "skip", reason: "no base", elapsed: 0 })
          yield* say(ended)
          yield* TestClock.adjust("10 seconds")
        })
      )
      assert.deepStrictEqual(
        shown(screen.textOf("stderr"), 120).map((line) => line.trimEnd()),
        [
          "warning: the base is old",
          "custom-html on cust-1a2b3c.ci.example.org  5.0 s",
          "  live backend, abra embedded 0",
          "  results in /runs/1",
          "  install   pass       5.0 s",
          "  upgrade   skip       0 ms         no base",
          ""
        ]
      )
    })
  )
  it.effect("a terminal that became narrower has wrapped the old region, and all of it is taken away", () =>
    Effect.gen(function* () {
      const screen = yield* run((size) =>
        Effect.gen(function* () {
          yield* install
          yield* Ref.set(size, { columns: 30, rows: 24 })
          yield* TestClock.adjust("1 second")
        })
      )
      const narrow = screen.written.at(-2)?.text ?? ""
      const before = screen.written.at(-3)?.text.split("\n") ?? []
      const height = before.slice(0, -1).reduce((sum, line) => sum + Math.max(1, Math.ceil(widthOf(line.replaceAll(/\u001b\[[0-9]*[A-Z]|\r/gu, "")) / 30)), 0)
      assert.match(narrow, new RegExp(`^\\u001b\\[${height}A`))
    })
  )
  it.effect("fits a terminal of few rows by leaving out what is over", () =>
    Effect.gen(function* () {
      const screen = yield* run(() => install, { rows: 5 })
      assert.isBelow(shown(screen.textOf("stderr"), 80).length, 6)
      assert.include(screen.textOf("stderr"), "waiting")
    })
  )
  it.effect("NO_COLOR: no colours; what comes from outside steers nothing; secrets are gone before a line is cut", () =>
    Effect.gen(function* () {
      const secret = "correct-horse-battery-staple"
      const screen = yield* run(() =>
        Effect.gen(function* () {
          yield* Effect.flatMap(Redaction, ({ register }) => register(secret))
          yield* say({ _tag: "StageStarted", stage: "install" })
          yield* say({ _tag: "Step", text: `\u001b[2J\u001b[31m${"x".repeat(40)} ${secret}` })
          yield* TestClock.adjust("1 second")
        })
      )
      assert.notMatch(screen.textOf("stderr"), /\u001b\[[0-9;]*[mH]|\u001b\[2J|correct/u)
    })
  )
})

describe("fit", () => {
  it.each([
    ["short", 10, "short"],
    ["exactly10!", 10, "exactly10!"],
    ["eleven char", 10, "eleven ch…"],
    ["漢字漢字", 5, "漢字…"],
    ["👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 3, "👩‍👩‍👧‍👦…"],
    ["x", 0, ""]
  ] as const)("%s in %i cells", (text, columns, expected) => {
    assert.strictEqual(fit(text, columns), expected)
    assert.isAtMost(widthOf(fit(text, columns)), columns)
  })
})
