/** ccci as a process of its own, against the example site: what a user runs, with its events read as they come. */
import { spawn } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { Effect, Schema } from "effect"
import { Results } from "../../src/programs/results.ts"
import type { ExampleSiteInfo } from "../../src/services/ExampleSite.ts"

const root = join(import.meta.dirname, "..", "..")

/** Each file of tests of whole runs has a base domain of its own, so that no run of another file reaps what it leaves dead on purpose. */
export const baseDomains = {
  green: "green.example.test",
  stops: "stops.example.test",
  kills: "kills.example.test",
  faults: "faults.example.test",
  secrets: "secrets.example.test",
  embed: "embed.example.test"
} as const

/** An event of `--json`, as far as tests look at it. */
export interface SeenEvent {
  readonly _tag: string
  readonly stage?: string
  readonly outcome?: string
  readonly text?: string
  readonly what?: string
  readonly source?: string
  readonly line?: string
  readonly directory?: string
  readonly domain?: string
}

/** How a process ended, and all that it said. */
export interface CcciExit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface Ccci {
  readonly pid: number
  readonly events: ReadonlyArray<SeenEvent>
  /** The first event that fits, past or to come; fails when the process ends without one. */
  readonly event: (what: string, fits: (event: SeenEvent) => boolean) => Effect.Effect<SeenEvent, Error>
  readonly signal: (signal: NodeJS.Signals) => Effect.Effect<void>
  /** Closes the reading end of its standard output, as a pager that quits. */
  readonly closeStdout: Effect.Effect<void>
  readonly exit: Effect.Effect<CcciExit>
}

/** The environment that makes a process of ccci use the site, below that base domain. */
export const siteEnvironment = (site: ExampleSiteInfo, baseDomain: string, runsDir: string): Readonly<Record<string, string>> => ({
  HOME: process.env["HOME"] ?? "/root",
  ...site.env,
  CCCI_BASE_DOMAIN: baseDomain,
  CCCI_GATEWAY: `${site.gateway.address}:${site.gateway.port}`,
  CCCI_TESTS_DIR: site.testsDir,
  CCCI_RECIPE_SOURCE: site.recipeSource,
  CCCI_RUNS_DIR: runsDir,
  CCCI_APP_LOCK_DIR: site.lockDir,
  ABRA_DIR: site.abraDir,
  CCCI_ABRA: "embedded"
})

/** Starts ccci from its sources, or another program that is called as ccci is; SIGKILLed with the scope if it is still there. */
export const startCcci = (args: ReadonlyArray<string>, env: Readonly<Record<string, string>>, program = join(root, "src/bin.ts")) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() =>
        spawn(process.execPath, ["--disable-warning=ExperimentalWarning", program, ...args], { env, cwd: "/", stdio: ["ignore", "pipe", "pipe"] })
      ),
      (child) => Effect.sync(() => void child.kill("SIGKILL"))
    ),
    (child): Ccci => {
      const events: Array<SeenEvent> = []
      const said = { stdout: "", stderr: "" }
      const state: { exit: CcciExit | undefined } = { exit: undefined }
      const waiting = new Set<() => void>()
      const wake = () => waiting.forEach((look) => look())
      createInterface({ input: child.stdout }).on("line", (line) => {
        said.stdout += `${line}\n`
        if (/^\{.*\}$/.test(line)) events.push(JSON.parse(line))
        wake()
      })
      child.stderr.on("data", (part: Buffer) => (said.stderr += part.toString("utf8")))
      child.on("close", (code, signal) => {
        state.exit = { code, signal, ...said }
        wake()
      })
      /** Looks now and at everything that happens. */
      const until = <A, E>(look: () => Effect.Effect<A, E> | undefined) =>
        Effect.callback<A, E>((resume) => {
          const again = () => {
            const seen = look()
            if (seen === undefined) return
            waiting.delete(again)
            resume(seen)
          }
          waiting.add(again)
          again()
          return Effect.sync(() => void waiting.delete(again))
        })
      return {
        pid: child.pid ?? -1,
        events,
        event: (what, fits) =>
          until<SeenEvent, Error>(() => {
            const found = events.find(fits)
            if (found !== undefined) return Effect.succeed(found)
            if (state.exit === undefined) return undefined
            return Effect.fail(new Error(`ccci ended with ${state.exit.code ?? state.exit.signal} without ${what}:\n${said.stderr.slice(-4000)}`))
          }),
        signal: (signal) => Effect.sync(() => void child.kill(signal)),
        closeStdout: Effect.sync(() => child.stdout.destroy()),
        exit: until<CcciExit, never>(() => (state.exit === undefined ? undefined : Effect.succeed(state.exit)))
      }
    }
  )

/** `ccci run`, with its events. */
export const startRun = (args: ReadonlyArray<string>, env: Readonly<Record<string, string>>, program?: string) =>
  startCcci(["run", ...args, "--json"], env, program)

/** The directory that a run's first event names. */
export const directoryOf = (run: Ccci): string => run.events.find(({ _tag }) => _tag === "RunStarted")?.directory ?? ""

/** A run's `results.json`, which must be as its schema says; undefined where there is none. */
export const resultsOf = (run: Ccci): Results | undefined => {
  const path = join(directoryOf(run), "results.json")
  return existsSync(path) ? Schema.decodeUnknownSync(Results)(JSON.parse(readFileSync(path, "utf8"))) : undefined
}
