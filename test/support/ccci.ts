/** ccci as a process of its own, against the example site: what a user runs, with its events read as they come. */
import { spawn, type ChildProcess } from "node:child_process"
import { mkdtempSync, readFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import type { ExampleSiteInfo } from "../../src/services/ExampleSite.ts"

const root = join(import.meta.dirname, "..", "..")

/** An event of `--json`, as far as tests look at it. */
export interface SeenEvent {
  readonly _tag: string
  readonly stage?: string
  readonly outcome?: string
  readonly text?: string
  readonly what?: string
  readonly directory?: string
  readonly domain?: string
}

/** How a process ended. */
export interface CcciExit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface Ccci {
  readonly child: ChildProcess
  readonly events: ReadonlyArray<SeenEvent>
  readonly exit: Promise<CcciExit>
  /** Resolves with the first event that fits; rejects when the process ends without one. */
  readonly event: (fits: (event: SeenEvent) => boolean) => Promise<SeenEvent>
}

/** The environment that makes a process of ccci use the site, with a runs directory of its own. */
export const siteEnvironment = (site: ExampleSiteInfo, runsDir = mkdtempSync(join(tmpdir(), "ccci-runs-"))): Record<string, string> => ({
  PATH: process.env["PATH"] ?? "",
  HOME: process.env["HOME"] ?? "/root",
  ...site.env,
  CCCI_BASE_DOMAIN: site.baseDomain,
  CCCI_GATEWAY: `${site.gateway.address}:${site.gateway.port}`,
  CCCI_TESTS_DIR: site.testsDir,
  CCCI_RECIPE_SOURCE: site.recipeSource,
  CCCI_RUNS_DIR: runsDir,
  CCCI_APP_LOCK_DIR: site.lockDir,
  ABRA_DIR: site.abraDir,
  CCCI_ABRA: "embedded"
})

/** Starts ccci from its sources. */
export const startCcci = (args: ReadonlyArray<string>, env: Readonly<Record<string, string>>): Ccci => {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", join(root, "src/bin.ts"), ...args], {
    env,
    cwd: "/",
    stdio: ["ignore", "pipe", "pipe"]
  })
  const events: Array<SeenEvent> = []
  const waiters = new Set<() => void>()
  const output = { stdout: "", stderr: "", ended: false }
  const wake = () => waiters.forEach((waiter) => waiter())
  createInterface({ input: child.stdout }).on("line", (line) => {
    output.stdout += `${line}\n`
    if (line.startsWith("{")) events.push(JSON.parse(line))
    wake()
  })
  child.stderr.on("data", (part: Buffer) => (output.stderr += part.toString("utf8")))
  const exit = new Promise<CcciExit>((resolve) =>
    child.on("close", (code, signal) => {
      output.ended = true
      wake()
      resolve({ code, signal, stdout: output.stdout, stderr: output.stderr })
    })
  )
  const event = (fits: (event: SeenEvent) => boolean) =>
    new Promise<SeenEvent>((resolve, reject) => {
      const look = () => {
        const found = events.find(fits)
        if (found === undefined && !output.ended) return
        waiters.delete(look)
        if (found === undefined) reject(new Error(`ccci ended without the event; stderr: ${output.stderr.slice(-4000)}`))
        else resolve(found)
      }
      waiters.add(look)
      look()
    })
  return { child, events, exit, event }
}

/** The results of the run that those events tell of. */
export const resultsOf = (ccci: Ccci): unknown => {
  const directory = ccci.events.find(({ _tag }) => _tag === "RunStarted")?.directory ?? ""
  return JSON.parse(readFileSync(join(directory, "results.json"), "utf8"))
}
