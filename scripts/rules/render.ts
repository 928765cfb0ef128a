/** `docs/rules.md`, from the list of rules. */
import type { Rules } from "./check.ts"

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll(/\s+/g, " ").trim()

const code = (text: string): string => {
  const short = cell(text)
  return text === "" ? "nothing" : short.includes("`") ? `\`\` ${short} \`\`` : `\`${short}\``
}

const order = (ids: ReadonlyArray<string>) => (one: { readonly rule: string }, other: { readonly rule: string }) =>
  ids.indexOf(one.rule) - ids.indexOf(other.rule)

/** The page's whole text. */
export const render = ({ ids, rows, later }: Rules): string => {
  const lines = [...rows].sort(order(ids)).map(({ rule, says, test, broken, swarm }) => {
    const where = `\`${test.file}\`: ${cell(test.name)}${swarm === true ? " (real swarm)" : ""}`
    return `| ${rule} | ${cell(says)} | ${where} | \`${broken.file}\`: ${code(broken.from)} became ${code(broken.to)} |`
  })
  return [
    "# Rules, and the tests that hold them",
    "",
    "Every rule of the specification has a test that names it, and each of these tests was seen to die when the line in the last column was broken.",
    "`node scripts/rules.ts` does it again: it breaks one line at a time in a copy of the project and demands that the test beside it fails. With ids (`LOCK-2`",
    "`TEAR-4`) it looks at those only; with `--swarm` at those that need the real swarm, too. This page is written by it.",
    "",
    `${rows.length} rows, ${new Set(rows.map(({ rule }) => rule)).size} rules.`,
    "",
    "| rule | says | test | broken to see it die |",
    "| --- | --- | --- | --- |",
    ...lines,
    "",
    "## Later",
    "",
    "Rules that have no row yet, and why.",
    "",
    ...ids.filter((id) => id in later).map((id) => `- ${id}: ${later[id]}`),
    ""
  ].join("\n")
}
