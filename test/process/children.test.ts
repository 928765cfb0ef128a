/** Children, where Linux has more to say than the contract. */
import { assert, describe } from "@effect/vitest"
import { Effect, Fiber, Layer } from "effect"
import * as fs from "node:fs"
import * as LiveProcesses from "../../src/layers/live/Processes.ts"
import { Processes } from "../../src/services/Processes.ts"
import { started } from "../contracts/processes/running.ts"
import { Children } from "../support/children.ts"
import { lawsOf } from "../support/contract.ts"
import { layerPlainRedaction } from "../support/plainRedaction.ts"
import { layerShellChildren } from "../support/shellChildren.ts"
import { gone, program, spawned } from "../support/spawned.ts"
import { layerWorkspace } from "../support/temporary.ts"

const law = lawsOf(Layer.mergeAll(Layer.provideMerge(LiveProcesses.layer, layerPlainRedaction), layerShellChildren, layerWorkspace))

const sh = (script: string, ...args: ReadonlyArray<string>) => ({ command: "sh", args: ["-c", script, "sh", ...args] })

const childrenOfThisProcess = () =>
  fs.readdirSync("/proc/self/task").flatMap((task) => fs.readFileSync(`/proc/self/task/${task}/children`, "utf8").split(" ").filter(Boolean))

/** Lines heard, bytes dropped, peak memory in KiB. */
const flooded = Effect.fnUntraced(function* (megabytes: number) {
  const child = yield* spawned(program("flooded", `${megabytes}`))
  const [lines = 0, dropped = 0, memory = 0] = (yield* child.line(/^\d+ \d+ \d+$/)).split(" ").map(Number)
  return { lines, dropped, memory }
})

describe("Processes, live", () => {
  law(
    "LIFE-6: a hundred times the output takes no more memory",
    Effect.gen(function* () {
      const little = yield* flooded(2)
      const much = yield* flooded(200)
      assert.deepStrictEqual([much.lines, much.dropped], [200_000, 200_000_000 - 1024 * 1024])
      assert.isBelow(much.memory - little.memory, 60 * 1024, `${little.memory} KiB, then ${much.memory} KiB`)
    })
  )

  law(
    "LIFE-7: a time limit fires on time however much a child prints",
    Effect.gen(function* () {
      const processes = yield* Processes
      const exited = yield* processes.run({ command: "yes", args: [], timeLimit: "1 second", onLine: () => Effect.void })
      assert.deepStrictEqual([exited.timedOut, exited.code], [true, 143])
    })
  )

  law(
    "LIFE-6: interruption ends a grandchild in the group that ignores SIGTERM, after the grace",
    Effect.gen(function* () {
      const grandchild = yield* Effect.scoped(
        Effect.map(started(sh('(trap "" TERM; exec sleep 1000) & echo $!; wait'), { killAfter: "300 millis" }), ({ line }) => line)
      )
      yield* gone(Number(grandchild))
    })
  )

  law(
    "LIFE-6: interruption at any moment of the start leaves no child, not even one that has done nothing yet",
    Effect.gen(function* () {
      const processes = yield* Processes
      for (let moment = 0; moment < 12; moment++) {
        const fiber = yield* Effect.forkScoped(processes.run({ ...sh('trap "" PIPE; exec sleep 1000'), timeLimit: "20 seconds" }))
        for (let step = 0; step < moment; step++) yield* Effect.yieldNow
        yield* Fiber.interrupt(fiber)
        assert.deepStrictEqual(childrenOfThisProcess(), [], `interrupted after ${moment} steps`)
      }
    })
  )

  law(
    "children inherit an allow list of the environment, and nothing else",
    Effect.gen(function* () {
      const processes = yield* Processes
      process.env["CCCI_TEST_TOKEN"] = "of the CI server"
      process.env["DOCKER_TEST_HOST"] = "unix:///somewhere"
      const { stdout } = yield* processes.run({ ...sh("env"), timeLimit: "20 seconds" })
      const names = stdout.split("\n").map((line) => line.split("=", 1)[0] ?? "")
      assert.include(names, "PATH")
      assert.include(names, "DOCKER_TEST_HOST")
      const expected =
        /^(PATH|HOME|USER|LOGNAME|LANG|LANGUAGE|LC_.*|TZ|TMPDIR|SSH_.*|DOCKER_.*|SSL_CERT_.*|NODE_EXTRA_CA_CERTS|XDG_.*|.*_proxy|.*_PROXY|PWD|OLDPWD|SHLVL|_|)$/
      assert.deepStrictEqual(
        names.filter((name) => !expected.test(name)),
        []
      )
    })
  )

  law(
    "arguments are data: no shell ever reads them",
    Effect.gen(function* () {
      const processes = yield* Processes
      const words = ["$(id)", "`id`", "a b", "", "*", "--", "-n", "'", '"', "\n"]
      const exited = yield* processes.run({ command: "printf", args: ["[%s]", ...words], timeLimit: "20 seconds" })
      assert.strictEqual(exited.stdout, words.map((word) => `[${word}]`).join(""))
    })
  )

  law(
    "a child that closes its outputs and lives on is still waited for",
    Effect.gen(function* () {
      const processes = yield* Processes
      const children = yield* Children
      const exited = yield* processes.run({ ...sh(`exec >&- 2>&-; ${children.exits(5).args[1] ?? ""}`, "5"), timeLimit: "20 seconds" })
      assert.strictEqual(exited.code, 5)
    })
  )
})
