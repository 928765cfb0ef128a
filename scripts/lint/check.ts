/** Everything that `npm run lint` checks, for the project or for fixtures. */
import { makeCycles } from "./cycles.ts"
import { exceptions as declared } from "./exceptions.ts"
import type { Finding, Fixtures } from "./project.ts"
import { lint } from "./project.ts"
import { casts, floating, focused, moduleState, sizes, typesOnly } from "./style.ts"
import { directions, wall } from "./wall.ts"

/** The findings that no exception covers, and the exceptions that cover nothing. */
export const check = (root: string, fixtures?: Fixtures, exceptions = declared): ReadonlyArray<Finding> => {
  const cycles = makeCycles()
  const rules = [wall, directions, casts, floating, moduleState, typesOnly, focused, sizes, cycles.collect]
  const found = [...lint(root, rules, fixtures)]
  for (const circle of cycles.find()) {
    found.push({ path: circle[0] ?? "", line: 1, rule: "wall/cycle", message: `a circle of imports: ${circle.join(" -> ")}` })
  }
  const covers = (finding: Finding) => (exception: (typeof exceptions)[number]) => exception.path === finding.path && exception.rule === finding.rule
  const stale = exceptions
    .filter((exception) => !found.some((finding) => covers(finding)(exception)))
    .map(({ path, rule }) => ({ path, line: 1, rule: "exception", message: `needs no exception from ${rule} any more: take it off the list` }))
  return [...found.filter((finding) => !exceptions.some(covers(finding))), ...stale]
}
