/**
 * Every rule's test must be able to fail: `node scripts/rules.ts [id ...] [--check] [--swarm] [--lanes=N]` breaks one line at a time in copies of the project and demands
 * that the test beside it dies. When all of them did, `docs/rules.md` is written. `--check` only looks whether the list holds together.
 */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { rules } from "../test/rules/index.ts"
import { breakOne, openLane, unfit } from "./rules/break.ts"
import type { Outcome } from "./rules/break.ts"
import { problems, table } from "./rules/check.ts"
import { render } from "./rules/render.ts"

const project = join(import.meta.dirname, "..")
const args = process.argv.slice(2)
const ids = args.filter((arg) => !arg.startsWith("--"))
const lanes = Number(args.find((arg) => arg.startsWith("--lanes="))?.slice(8) ?? 2)
const say = (text: string) => void process.stdout.write(`${text}\n`)

const check = () => {
  const found = problems(project, rules)
  for (const problem of found) say(problem)
  say(`${rules.rows.length} rows, ${found.length} problems`)
  return found.length === 0
}

const wordsOf = (outcome: Outcome): string =>
  outcome._tag === "Died" ? `died      ${outcome.words.slice(0, 110)}` : outcome._tag === "Survived" ? "SURVIVED" : `UNFIT     ${outcome.words.slice(0, 300)}`

const breakAll = async () => {
  const rows = rules.rows.filter(({ rule, swarm }) => (ids.length === 0 || ids.includes(rule)) && (swarm !== true || args.includes("--swarm")))
  const open = Array.from({ length: lanes }, () => openLane(project))
  try {
    const [first] = open
    const sick = first === undefined ? new Map() : await unfit(first, rows)
    const queue = rows.filter((row) => !sick.has(row))
    for (const [row, words] of sick) say(`${row.rule.padEnd(9)} UNFIT     ${words}  [${row.test.name}]`)
    let died = 0
    const work = async (lane: (typeof open)[number]) => {
      for (let row = queue.shift(); row !== undefined; row = queue.shift()) {
        const outcome = await breakOne(lane, row)
        if (outcome._tag === "Died") died++
        say(`${row.rule.padEnd(9)} ${wordsOf(outcome)}${outcome._tag === "Died" ? "" : `  [${row.test.name}] ${row.broken.from}`}`)
      }
    }
    await Promise.all(open.map(work))
    say(`${died} of ${rows.length} seen to die`)
    if (died === rows.length && ids.length === 0) writeFileSync(join(project, table), render(rules))
    return died === rows.length
  } finally {
    for (const lane of open) lane.remove()
  }
}

const good = args.includes("--check") ? check() : await breakAll()
process.exitCode = good ? 0 : 1
