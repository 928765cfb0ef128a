/** The laws of {@link Processes} (LIFE-6, LIFE-7, LIFE-8a, JAN-9). Nothing here sleeps: children say when they are ready. */
import { assert, describe } from "@effect/vitest"
import { Effect, Fiber, Option } from "effect"
import type { Layer, Scope } from "effect"
import type { Command } from "../../src/services/Processes.ts"
import { ChildEnvironment, Processes } from "../../src/services/Processes.ts"
import { Redaction } from "../../src/services/Redaction.ts"
import { Children } from "../support/children.ts"
import { errorOf, lawsOf, present } from "../support/contract.ts"
import { Workspace } from "../support/workspace.ts"
import { markLaws } from "./processes/marks.ts"
import { markedWith, marks, run, started } from "./processes/running.ts"

/** What the laws need. */
export type ProcessesWorld = Processes | Children | Redaction | Workspace

export const processesContract = <E>(name: string, layer: Layer.Layer<ProcessesWorld, E>) =>
  describe(`Processes contract: ${name}`, () => {
    const law: <E2>(title: string, body: Effect.Effect<void, E2, ProcessesWorld | Scope.Scope>) => void = lawsOf(layer)

    law(
      "LIFE-6: both streams are kept apart, whole, to the byte",
      Effect.gen(function* () {
        const children = yield* Children
        const exited = yield* run(children.prints("Grüße", "oh"))
        assert.deepStrictEqual(exited, { code: 0, signal: Option.none(), timedOut: false, stdout: "Grüße\n", stderr: "oh\n", dropped: 0 })
      })
    )

    law(
      "the exit code is the command's own",
      Effect.gen(function* () {
        const children = yield* Children
        for (const code of [0, 1, 77, 126, 255]) assert.strictEqual((yield* run(children.exits(code))).code, code)
      })
    )

    law(
      "a command that is not there is an error that names it",
      Effect.gen(function* () {
        const error = yield* errorOf(run({ command: "no-such-command-of-ccci", args: [] }))
        assert.include(error.message, "no-such-command-of-ccci")
      })
    )

    law(
      "stdin arrives, and ends",
      Effect.gen(function* () {
        const children = yield* Children
        assert.strictEqual((yield* run(children.echoes, { stdin: "one\ntwo" })).stdout, "one\ntwo")
        assert.strictEqual((yield* run(children.echoes)).stdout, "", "without stdin it is at its end at once")
      })
    )

    law(
      "LIFE-8a: the current directory is / unless one is given",
      Effect.gen(function* () {
        const children = yield* Children
        const { path } = yield* Workspace
        assert.strictEqual((yield* run(children.workingDirectory)).stdout, "/\n")
        assert.strictEqual((yield* run(children.workingDirectory, { cwd: path })).stdout, `${path}\n`)
        const error = yield* errorOf(run(children.workingDirectory, { cwd: `${path}/none` }))
        assert.include(error.message, `${path}/none`)
      })
    )

    law(
      "the environment: the fiber's over what is inherited, the command's over both",
      Effect.gen(function* () {
        const children = yield* Children
        const show = children.environment(["CCCI_ONE", "CCCI_TWO", "CCCI_THREE"])
        assert.strictEqual((yield* run(show)).stdout, "")
        const exited = yield* run(show, { env: { CCCI_TWO: "command", CCCI_THREE: "a=b c" } }).pipe(
          Effect.provideService(ChildEnvironment, { CCCI_ONE: "fiber", CCCI_TWO: "fiber" })
        )
        assert.strictEqual(exited.stdout, "CCCI_ONE=fiber\nCCCI_TWO=command\nCCCI_THREE=a=b c\n")
      })
    )

    law(
      "each line is told as it comes, with its stream, the last one without a newline too",
      Effect.gen(function* () {
        const children = yield* Children
        const lines: Array<string> = []
        const onLine: Command["onLine"] = (line, stream) => Effect.sync(() => void lines.push(`${stream}: ${line}`))
        yield* run(children.prints("one", "two"), { onLine })
        yield* run(children.echoes, { onLine, stdin: "three\n\nfour" })
        assert.deepStrictEqual(lines.slice(0, 2).sort(), ["stderr: two", "stdout: one"])
        assert.deepStrictEqual(lines.slice(2), ["stdout: three", "stdout: ", "stdout: four"])
      })
    )

    law(
      "output past the limit is dropped in the middle, and that is said",
      Effect.gen(function* () {
        const children = yield* Children
        const exited = yield* run(children.floods(2000), { outputLimit: 1000 })
        const total = "first\n".length + 2000 * 101 + "last\n".length
        assert.isTrue(exited.stdout.startsWith(`first\n${"x".repeat(100)}\n`))
        assert.isTrue(exited.stdout.endsWith(`${"x".repeat(100)}\nlast\n`))
        assert.strictEqual(exited.dropped, total - 1000)
        assert.include(exited.stdout, `${exited.dropped} bytes dropped`)
        assert.isBelow(exited.stdout.length, 1100)
      })
    )

    law(
      "a line that never ends is told up to 64 KiB, and kept up to the output limit",
      Effect.gen(function* () {
        const children = yield* Children
        const lengths: Array<number> = []
        const exited = yield* run(children.longLine(300_000), { onLine: (line) => Effect.sync(() => void lengths.push(line.length)) })
        assert.deepStrictEqual(lengths, [65_536])
        assert.strictEqual(exited.stdout, "x".repeat(300_000))
      })
    )

    law(
      "redaction happens at the source: lines and kept output, in lines that are longer than any buffer too",
      Effect.gen(function* () {
        const children = yield* Children
        const redaction = yield* Redaction
        yield* redaction.register("hunter2hunter2")
        const lines: Array<string> = []
        const onLine: Command["onLine"] = (line) => Effect.sync(() => void lines.push(line))
        const exited = yield* run(children.prints("my hunter2hunter2 here", "hunter2hunter2"), { onLine })
        const long = `${"y".repeat(65_530)}hunter2hunter2${"z".repeat(65_530)}hunter2hunter2`
        const echoed = yield* run(children.echoes, { onLine, stdin: long, outputLimit: 131_000 })
        assert.strictEqual(exited.stdout, "my [redacted] here\n")
        assert.strictEqual(exited.stderr, "[redacted]\n")
        assert.strictEqual(lines.length, 3)
        for (const text of [...lines, echoed.stdout]) assert.notInclude(text, "hunter")
      })
    )

    law(
      "LIFE-7: past its time limit a child gets SIGTERM, and the result says so",
      Effect.gen(function* () {
        const children = yield* Children
        const hung = yield* run(children.hangs, { timeLimit: "500 millis" })
        assert.deepStrictEqual([hung.timedOut, hung.code, hung.signal], [true, 143, Option.some("SIGTERM")])
      })
    )

    law(
      "a child that ignores SIGTERM gets SIGKILL after the grace",
      Effect.gen(function* () {
        const children = yield* Children
        const exited = yield* run(children.ignoresTerm, { timeLimit: "2 seconds", killAfter: "500 millis" })
        assert.deepStrictEqual([exited.timedOut, exited.code, exited.signal], [true, 137, Option.some("SIGKILL")])
        assert.strictEqual(exited.stdout, "ready\nignored\n", "SIGTERM came first")
      })
    )

    law(
      "LIFE-7: a time limit holds where nothing can be interrupted, as in a teardown",
      Effect.gen(function* () {
        const children = yield* Children
        const hung = yield* Effect.uninterruptible(run(children.hangs, { timeLimit: "500 millis" }))
        assert.deepStrictEqual([hung.timedOut, hung.code], [true, 143])
      })
    )

    law(
      "LIFE-6: interruption ends the child gracefully, and waits until it is gone",
      Effect.gen(function* () {
        const children = yield* Children
        const lines: Array<string> = []
        const { fiber } = yield* started(children.endsItself, { onLine: (line) => Effect.sync(() => void lines.push(line)) }).pipe(
          marks("a.example.org", "graceful")
        )
        assert.isNotEmpty(yield* markedWith("graceful"))
        yield* Fiber.interrupt(fiber)
        assert.deepStrictEqual(lines, ["ready", "bye"])
        assert.lengthOf(yield* markedWith("graceful"), 0)
      })
    )

    law(
      "LIFE-6: interruption at any moment of the start loses no child",
      Effect.gen(function* () {
        const children = yield* Children
        for (let moment = 0; moment < 12; moment++) {
          const fiber = yield* Effect.forkScoped(run(children.hangs, { killAfter: "1 second" }).pipe(marks("a.example.org", "early")))
          for (let step = 0; step < moment; step++) yield* Effect.yieldNow
          yield* Fiber.interrupt(fiber)
          assert.lengthOf(yield* markedWith("early"), 0, `interrupted after ${moment} steps`)
        }
      })
    )

    law(
      "LIFE-6: interruption ends a child that ignores SIGTERM, after the grace",
      Effect.gen(function* () {
        const children = yield* Children
        const { fiber } = yield* started(children.ignoresTerm, { killAfter: "300 millis" }).pipe(marks("a.example.org", "stubborn"))
        yield* Fiber.interrupt(fiber)
        assert.lengthOf(yield* markedWith("stubborn"), 0)
      })
    )

    law(
      "LIFE-6: what a child leaves in its group ends with it, and cannot hold the run by its pipes",
      Effect.gen(function* () {
        const children = yield* Children
        const exited = yield* run(children.leavesChild).pipe(marks("a.example.org", "left"))
        assert.strictEqual(exited.code, 0)
        assert.match(exited.stdout, /^\d+\n$/)
        assert.lengthOf(yield* markedWith("left"), 0)
      })
    )

    law(
      "LIFE-6: a daemon with a session of its own lives on, and cannot hold the run by its pipes; its marks find it (JAN-9)",
      Effect.gen(function* () {
        const processes = yield* Processes
        const children = yield* Children
        const exited = yield* run(children.leavesDaemon).pipe(marks("a.example.org", "daemon"))
        assert.isFalse(exited.timedOut)
        const left = yield* markedWith("daemon")
        assert.deepStrictEqual(
          left.map((entry) => `${entry.pid}\n`),
          [exited.stdout]
        )
        for (const entry of left) {
          const handle = present(yield* processes.hold(entry.pid), "the daemon to be there")
          assert.isTrue(yield* processes.kill(handle))
        }
      })
    )

    markLaws(law)

    law(
      "which finds what is on PATH or is a path, and nothing else",
      Effect.gen(function* () {
        const processes = yield* Processes
        const children = yield* Children
        const { path } = yield* Workspace
        const found = present(yield* processes.which(children.echoes.command), "the command to be on PATH")
        assert.isTrue(found.startsWith("/"))
        assert.deepStrictEqual(yield* processes.which(found), Option.some(found))
        assert.isTrue(Option.isNone(yield* processes.which("no-such-command-of-ccci")))
        assert.isTrue(Option.isNone(yield* processes.which(path)), "a directory is no executable")
      })
    )
  })
