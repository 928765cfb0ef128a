/** What is wrong with the list of rules, told without running a test. */
import { existsSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import type { Row } from "../../test/rules/row.ts"
import { render } from "./render.ts"

/** The list: every id of the specification that concerns this version, the rows, and the ids that have none yet, with the reason. */
export interface Rules {
  readonly ids: ReadonlyArray<string>
  readonly rows: ReadonlyArray<Row>
  readonly later: Readonly<Record<string, string>>
}

export const table = "docs/rules.md"

const read = (root: string, file: string): string => (existsSync(join(root, file)) ? readFileSync(join(root, file), "utf8") : "")

/** A test file with everything below `test/` that it imports. */
const withImports = (root: string, file: string, seen = new Set<string>()): string => {
  if (seen.has(file)) return ""
  seen.add(file)
  const text = read(root, file)
  const imported = [...text.matchAll(/from "(\.[^"]+\.ts)"/g)].map(([, path = ""]) => join(dirname(file), path)).filter((path) => path.startsWith("test/"))
  return [text, ...imported.map((path) => withImports(root, path, seen))].join("\n")
}

const rowProblems = (root: string, { rule, test, broken }: Row): ReadonlyArray<string> => {
  const times = read(root, broken.file).split(broken.from).length - 1
  return [
    ...(times === 1 ? [] : [`${rule}: ${JSON.stringify(broken.from)} stands ${times} times in ${broken.file}, not once`]),
    ...(broken.from === broken.to ? [`${rule}: ${broken.file}: nothing is broken`] : []),
    ...(withImports(root, test.file).includes(test.name) ? [] : [`${rule}: no test ${JSON.stringify(test.name)} in ${test.file}`]),
    ...(new RegExp(`\\b${rule}\\b`).test(test.name) ? [] : [`${rule}: the test ${JSON.stringify(test.name)} does not name the rule`])
  ]
}

/** Everything that is wrong with the list, in sentences. */
export const problems = (root: string, { ids, rows, later }: Rules): ReadonlyArray<string> => {
  const covered = new Set(rows.map(({ rule }) => rule))
  return [
    ...rows.flatMap((row) => rowProblems(root, row)),
    ...ids.filter((id) => !covered.has(id) && !(id in later)).map((id) => `${id}: neither a row nor a reason why there is none yet`),
    ...Object.keys(later).flatMap((id) =>
      covered.has(id) ? [`${id}: has a row, and a reason why it has none`] : ids.includes(id) ? [] : [`${id}: no such rule`]
    ),
    ...[...covered].filter((id) => !ids.includes(id)).map((id) => `${id}: no such rule`),
    ...(read(root, table) === render({ ids, rows, later }) ? [] : [`${table} is not current: node scripts/rules.ts`])
  ]
}
