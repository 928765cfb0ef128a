/** `ccci demo` without an engine: the same programs in the simulated world, said in the first and the last line, with results on the real disk. */
import { spawnSync } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { Results } from "../../src/programs/results.ts"

const bin = join(import.meta.dirname, "..", "..", "src", "bin.ts")

const demo = (args: ReadonlyArray<string>, env: Readonly<Record<string, string>>) => {
  const runsDir = mkdtempSync(join(tmpdir(), "ccci-demo-"))
  try {
    const { status, stdout, stderr } = spawnSync(process.execPath, [bin, "demo", ...args], {
      env: { PATH: process.env["PATH"] ?? "", HOME: "/root", CCCI_RUNS_DIR: runsDir, ...env },
      cwd: runsDir,
      encoding: "utf8",
      timeout: 60_000
    })
    const [run = "", ...others] = readdirSync(runsDir)
    assert.deepStrictEqual(others, [], "nothing but the run's results is made")
    const results = Schema.decodeUnknownSync(Results)(JSON.parse(readFileSync(join(runsDir, run, "results.json"), "utf8")))
    return { status, stdout, results, lines: stderr.trim().split("\n"), files: readdirSync(join(runsDir, run)), run, runsDir }
  } finally {
    rmSync(runsDir, { recursive: true })
  }
}

describe("ccci demo in the simulated world", () => {
  it("asked for: green, says what it is first and last, and its results name the backend", () => {
    const { status, stdout, results, lines, files, run, runsDir } = demo(["--simulated"], {})
    assert.strictEqual(status, 0)
    assert.match(lines[0] ?? "", /SIMULATED/)
    assert.match(lines.at(-1) ?? "", /SIMULATED/)
    assert.strictEqual(results.run.backend, "simulated")
    assert.strictEqual(results.level, 4)
    assert.deepStrictEqual(results.leak?.residue, [])
    assert.include(stdout, join(runsDir, run))
    assert.includeMembers(files, ["junit.xml", "logs", "results.json"])
    assert.notInclude(files, "abra", "RUN-7: the run's abra directory goes")
  })

  it("where no engine can be had: the same, with the reason", () => {
    const { status, results, lines } = demo([], { CCCI_CACHE_DIR: "no/absolute/path" })
    assert.strictEqual(status, 0)
    assert.match(lines[0] ?? "", /SIMULATED.*no private engine can be had here.*absolute path/)
    assert.match(lines.at(-1) ?? "", /SIMULATED/)
    assert.strictEqual(results.run.backend, "simulated")
  })
})
