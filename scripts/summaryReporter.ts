/**
 * The end of every test run: what was skipped and why, then one line `N passed, N failed[, N skipped]`. With CI set, a skip is a failure
 * unless test/allowed-skips.json names it (a test's full name, or the suite or file that it is in) with a reason.
 */
import { readFileSync } from "node:fs"
import { join, relative } from "node:path"
import type { Reporter, SerializedError, TestCase, TestModule } from "vitest/node"

/** A skip that CI accepts: `test` is `file`, `file > suite` or `file > suite > test`. */
export interface AllowedSkip {
  readonly test: string
  readonly reason: string
}

/** What the summary is made of: full names are `file > suite > test`. */
export interface Outcome {
  readonly name: string
  readonly state: "passed" | "failed" | "skipped" | "pending"
  readonly reason?: string | undefined
}

/** The lines of the summary, and whether the skips fail the run. `broken` counts files that did not load and errors outside of any test. */
export const summarize = (
  outcomes: ReadonlyArray<Outcome>,
  broken: number,
  allowed: ReadonlyArray<AllowedSkip>,
  strict: boolean
): { readonly lines: ReadonlyArray<string>; readonly failed: number } => {
  const isAllowed = ({ name }: Outcome) => allowed.some(({ test }) => name === test || name.startsWith(`${test} > `))
  const count = (state: Outcome["state"]) => outcomes.filter((outcome) => outcome.state === state).length
  const skipped = outcomes.filter(({ state }) => state === "skipped" || state === "pending")
  const refused = strict ? skipped.filter((outcome) => !isAllowed(outcome)) : []
  const failed = count("failed") + broken + refused.length
  const words = skipped.map((outcome) => `  ${refused.includes(outcome) ? "REFUSED " : ""}${outcome.name}: ${outcome.reason ?? "no reason given"}`)
  const rest = skipped.length - refused.length
  return {
    lines: [
      ...(words.length === 0 ? [] : ["Skipped:", ...words]),
      ...(refused.length === 0 ? [] : ["Skips that test/allowed-skips.json does not name count as failures in CI."]),
      `${count("passed")} passed, ${failed} failed${rest === 0 ? "" : `, ${rest} skipped`}`
    ],
    failed
  }
}

const outcomeOf = (test: TestCase): Outcome => {
  const result = test.result()
  return {
    name: `${relative(process.cwd(), test.module.moduleId)} > ${test.fullName}`,
    state: result.state,
    reason: result.state === "skipped" ? result.note : undefined
  }
}

const readAllowed = (): ReadonlyArray<AllowedSkip> => JSON.parse(readFileSync(join(import.meta.dirname, "../test/allowed-skips.json"), "utf8"))

export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: ReadonlyArray<TestModule>, unhandled: ReadonlyArray<SerializedError>): void {
    const outcomes = modules.flatMap((module) => Array.from(module.children.allTests(), outcomeOf))
    const broken = modules.filter((module) => module.errors().length > 0).length + unhandled.length
    const { lines, failed } = summarize(outcomes, broken, readAllowed(), process.env["CI"] !== undefined)
    process.stdout.write(`${lines.join("\n")}\n`)
    if (failed > 0) process.exitCode = 1
  }
}
