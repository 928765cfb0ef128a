/** A full run of custom-html against the floor: the same operations by hand, on the same engine, in turn. */
import { mkdirSync, mkdtempSync } from "node:fs"
import { join } from "node:path"
import type { ExampleSiteInfo } from "../src/services/ExampleSite.ts"
import { run } from "./child.ts"
import { median, seconds, table } from "./figures.ts"

const root = join(import.meta.dirname, "..")
const recipe = "custom-html"
/** The base that ccci chooses: the newest published version before the head. */
const base = "0.2.0+1.22.1"

/** ms by what was done, in the order in which it was done; and all of it. */
interface Times {
  readonly parts: ReadonlyMap<string, number>
  readonly wall: number
}

const floor = async (site: ExampleSiteInfo): Promise<Times> => {
  const directory = mkdtempSync(join(site.directory, "floor-"))
  const { said, wall } = await run(join(import.meta.dirname, "floor.sh"), [], {
    PATH: process.env["PATH"],
    ...site.env,
    FLOOR_DIRECTORY: directory,
    FLOOR_REPOSITORY: site.recipeSource.replace("{recipe}", recipe),
    FLOOR_BASE: base,
    FLOOR_DOMAIN: `floor.${site.baseDomain}`,
    FLOOR_GATEWAY: `${site.gateway.address}:${site.gateway.port}`
  })
  return { wall, parts: new Map(said.map(({ text, at }, line) => [text, at - (said[line - 1]?.at ?? 0)])) }
}

/** What a run's stages took, by its events; what comes before the first and after the last is node's start and end, settings, guards, results. */
const ccci = async (site: ExampleSiteInfo): Promise<Times> => {
  const runs = join(site.directory, "bench-runs")
  mkdirSync(runs, { recursive: true })
  const { said, wall } = await run(join(root, "ccci"), ["run", recipe, "--json"], {
    HOME: site.directory,
    ...site.env,
    CCCI_BASE_DOMAIN: site.baseDomain,
    CCCI_GATEWAY: `${site.gateway.address}:${site.gateway.port}`,
    CCCI_TESTS_DIR: site.testsDir,
    CCCI_RECIPE_SOURCE: site.recipeSource,
    CCCI_RUNS_DIR: runs,
    CCCI_APP_LOCK_DIR: site.lockDir,
    ABRA_DIR: site.abraDir,
    CCCI_ABRA: "embedded"
  })
  const parts = new Map<string, number>()
  const open = { at: 0 }
  const until = (name: string, at: number) => {
    parts.set(name, (parts.get(name) ?? 0) + at - open.at)
    open.at = at
  }
  for (const { text, at } of said) {
    const event: { readonly _tag: string; readonly stage?: string } = JSON.parse(text)
    if (event._tag === "StageStarted" && event.stage !== "deploy") until(parts.size === 0 ? "start" : "between", at)
    if (event._tag === "StageEnded" && event.stage !== undefined && event.stage !== "deploy") until(event.stage, at)
  }
  until("end", wall)
  return { parts, wall }
}

const medians = (times: ReadonlyArray<Times>): ReadonlyMap<string, number> =>
  new Map([...(times[0]?.parts.keys() ?? [])].map((name) => [name, median(times.map(({ parts }) => parts.get(name) ?? 0))]))

/** The floor's steps carry their stage before the colon. */
const stageOf = (step: string): string => step.split(":")[0] ?? step

export const measureFullRun = async (site: ExampleSiteInfo, pairs: number, say: (line: string) => void): Promise<string> => {
  const ours: Array<Times> = []
  const floors: Array<Times> = []
  // The first of each warms the page cache and is not counted.
  for (let pair = 0; pair <= pairs; pair++) {
    const [mine, least] = [await ccci(site), await floor(site)]
    say(
      `pair ${pair}: ccci ${seconds(mine.wall)} s, floor ${seconds(least.wall)} s, ratio ${(mine.wall / least.wall).toFixed(2)}${pair === 0 ? " (not counted)" : ""}`
    )
    if (pair === 0) continue
    ours.push(mine)
    floors.push(least)
  }
  const steps = medians(floors)
  const stages = medians(ours)
  const ofStage = (stage: string) => [...steps].filter(([step]) => stageOf(step) === stage).reduce((sum, [, ms]) => sum + ms, 0)
  const rows = [...stages].map(([stage, ms]) => [stage, seconds(ms), seconds(ofStage(stage)), seconds(ms - ofStage(stage))])
  const ratios = ours.map(({ wall }, at) => wall / (floors[at]?.wall ?? Number.NaN))
  return [
    table([["full run of custom-html", "ccci s", "floor s", "difference"], ...rows, wholeRow(ours, floors)]),
    `ratio, median of ${pairs} pairs: ${median(ratios).toFixed(2)} (${ratios.map((ratio) => ratio.toFixed(2)).join(", ")})`,
    "",
    table([["the floor's steps", "s"], ...[...steps].map(([step, ms]) => [step, seconds(ms)])])
  ].join("\n")
}

const wholeRow = (ours: ReadonlyArray<Times>, floors: ReadonlyArray<Times>): ReadonlyArray<string> => {
  const [mine, least] = [median(ours.map(({ wall }) => wall)), median(floors.map(({ wall }) => wall))]
  return ["all", seconds(mine), seconds(least), seconds(mine - least)]
}
