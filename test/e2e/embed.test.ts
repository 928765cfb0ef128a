/** The example of an embedding program: two recipes at once from one process, each with a lock, a teardown and trees of its own (LIFE-6c). */
import { spawn } from "node:child_process"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { assert } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { Results } from "../../src/programs/results.ts"
import { baseDomains } from "../support/ccci.ts"
import { onLanes } from "../support/lanes.ts"

const root = join(import.meta.dirname, "..", "..")

const example = (env: Readonly<Record<string, string>>) =>
  Effect.callback<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>((resume) => {
    const args = ["--import", join(root, "test/support/resolveCcci.ts"), join(root, "examples/embed/two-recipes.ts"), "custom-html", "static"]
    const child = spawn(process.execPath, args, { env, cwd: "/", stdio: ["ignore", "pipe", "pipe"] })
    const output = { stdout: "", stderr: "" }
    child.stdout.on("data", (part: Buffer) => (output.stdout += part.toString("utf8")))
    child.stderr.on("data", (part: Buffer) => (output.stderr += part.toString("utf8")))
    child.on("close", (code) => resume(Effect.succeed({ code, ...output })))
    return Effect.sync(() => void child.kill("SIGKILL"))
  })

onLanes("examples/embed", { baseDomain: baseDomains.embed, recipes: ["custom-html"] }, (test) => {
  test("two recipes from one process: both green, at the same time, and nothing of either left", 1, ([lane]) =>
    Effect.gen(function* () {
      const { code, stdout, stderr } = yield* example(lane?.env ?? {})
      assert.strictEqual(code, 0, stderr)
      assert.match(stdout, /^custom-html: Green\..*nothing left behind/im)
      assert.match(stdout, /^static: Green\..*nothing left behind/im)
      const runsDir = lane?.env["CCCI_RUNS_DIR"] ?? ""
      const runs = readdirSync(runsDir).map((run) => Schema.decodeUnknownSync(Results)(JSON.parse(readFileSync(join(runsDir, run, "results.json"), "utf8"))))
      assert.lengthOf(runs, 2)
      assert.strictEqual(new Set(runs.map(({ domain }) => domain)).size, 2)
      const start = Math.max(...runs.map(({ run }) => Date.parse(run.startedAt)))
      const end = Math.min(...runs.map(({ run }) => Date.parse(run.endedAt)))
      assert.isBelow(start, end, "one ran after the other")
      for (const { leak } of runs) assert.deepStrictEqual([leak?.clean, leak?.residue], [true, []])
    })
  )
})
