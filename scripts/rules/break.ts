/** Breaking one line at a time in copies of the project, and seeing whether the test beside it dies. */
import { spawn, spawnSync } from "node:child_process"
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import type { Row } from "../../test/rules/row.ts"

/** `survived`: the test passed all the same. `unfit`: it was not run, or does not pass when nothing is broken. */
export type Outcome = { readonly _tag: "Died"; readonly words: string } | { readonly _tag: "Survived" } | { readonly _tag: "Unfit"; readonly words: string }

/** A copy of the project in which lines may be broken. */
export interface Lane {
  readonly root: string
  readonly remove: () => void
}

const left = /^(node_modules|\.git|dist|coverage|\..*cache.*)$/

/** Copies the project but for its dependencies, which are linked. */
export const openLane = (project: string): Lane => {
  const root = mkdtempSync(join(tmpdir(), "ccci-rules-"))
  cpSync(project, root, { recursive: true, filter: (path) => path === project || !left.test(basename(path)) })
  symlinkSync(join(project, "node_modules"), join(root, "node_modules"))
  return { root, remove: () => rmSync(root, { recursive: true, force: true }) }
}

/** One test as vitest reports it. */
interface Ran {
  readonly file: string
  /** With the names of its suites. */
  readonly name: string
  readonly status: string
  readonly words: string
}

interface Report {
  readonly testResults: ReadonlyArray<{
    readonly name: string
    readonly message: string
    readonly assertionResults: ReadonlyArray<{ readonly fullName: string; readonly status: string; readonly failureMessages: ReadonlyArray<string> }>
  }>
}

const limit = 120_000

/**
 * A broken line may let processes of a test outlive it: in a PID namespace of their own they end with it. Where none can be had (not root), they stay. The shell, as
 * its first process, takes leave of orphans.
 */
const alone = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child", "sh", "-c", '"$@"; exit $?', "sh"] as const
const apart = spawnSync(alone[0], [...alone.slice(1), "true"], { stdio: "ignore" }).status === 0 ? alone : []

const vitest = (root: string, args: ReadonlyArray<string>, within: number): Promise<string> =>
  new Promise((resolve) => {
    const env = { ...process.env, CI: "" }
    const [command = "", ...rest] = [...apart, process.execPath, join(root, "node_modules/vitest/vitest.mjs"), "run", ...args]
    const child = spawn(command, rest, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] })
    let said = ""
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (piece: Buffer) => (said = (said + piece.toString()).slice(-4000)))
    const timer = setTimeout(() => child.kill("SIGKILL"), within)
    child.on("close", () => {
      clearTimeout(timer)
      resolve(said)
    })
  })

/** A name as a pattern; what a table writes into it (`%s`) may be anything. */
const patternOf = (name: string) => name.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&").replaceAll(/%[sif]/g, ".*")

/** Runs test files, or one test of one of them, and tells each test that was run; a string where no report came of it. */
const run = async (root: string, files: ReadonlyArray<string>, name: string | undefined, within: number): Promise<ReadonlyArray<Ran> | string> => {
  const output = join(root, ".rules-report.json")
  rmSync(output, { force: true })
  const said = await vitest(root, [...files, ...(name === undefined ? [] : ["-t", patternOf(name)]), "--reporter=json", `--outputFile=${output}`], within)
  const text = (() => {
    try {
      return readFileSync(output, "utf8")
    } catch {
      return ""
    }
  })()
  if (text === "") return `no report within ${within / 1000} s: ${said.trim().split("\n").slice(-3).join(" ")}`
  const report: Report = JSON.parse(text)
  const ran = report.testResults.flatMap(({ name: file, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === "passed" || status === "failed")
      .map(({ fullName, status, failureMessages }) => ({
        file: file.slice(root.length + 1),
        name: fullName,
        status,
        words: failureMessages[0]?.split("\n")[0] ?? ""
      }))
  )
  return ran.length > 0 ? ran : `no test was run: ${report.testResults.map(({ message }) => message.split("\n")[0]).join("; ")}`
}

/** Tests that need something of their own from the set-up, and so are run apart from the others. */
const groupOf = ({ test }: Row): string => /^test\/(process|swarm|e2e)\//.exec(test.file)?.[1] ?? "fast"

/** Rows whose tests do not pass as the project stands. */
export const unfit = async (lane: Lane, rows: ReadonlyArray<Row>): Promise<ReadonlyMap<Row, string>> => {
  const found: Array<readonly [Row, string]> = []
  for (const group of Map.groupBy(rows, groupOf).values()) found.push(...(await unfitOf(lane, group)))
  return new Map(found)
}

const unfitOf = async ({ root }: Lane, rows: ReadonlyArray<Row>): Promise<ReadonlyMap<Row, string>> => {
  const ran = await run(root, [...new Set(rows.map(({ test }) => test.file))], undefined, 10 * limit)
  if (typeof ran === "string") return new Map(rows.map((row) => [row, ran]))
  return new Map(
    rows.flatMap((row): ReadonlyArray<[Row, string]> => {
      const own = ran.filter(({ file, name }) => file === row.test.file && new RegExp(patternOf(row.test.name)).test(name))
      if (own.length === 0) return [[row, "there is no such test"]]
      const failed = own.find(({ status }) => status === "failed")
      return failed === undefined ? [] : [[row, `it fails as it is: ${failed.words}`]]
    })
  )
}

/** Breaks a row's line, runs its test, and mends the line. */
export const breakOne = async ({ root }: Lane, { test, broken }: Row): Promise<Outcome> => {
  const path = join(root, broken.file)
  const whole = readFileSync(path, "utf8")
  if (whole.split(broken.from).length !== 2) return { _tag: "Unfit", words: `the line stands ${whole.split(broken.from).length - 1} times in ${broken.file}` }
  writeFileSync(
    path,
    whole.replace(broken.from, () => broken.to)
  )
  const ran = await run(root, [test.file], test.name, limit)
  writeFileSync(path, whole)
  if (typeof ran === "string") return { _tag: "Unfit", words: ran }
  const failed = ran.find(({ status }) => status === "failed")
  return failed === undefined ? { _tag: "Survived" } : { _tag: "Died", words: failed.words }
}
