/** What a run says to people when it is over: the headline, the ladder, what was left, where the results lie. */
import { Option } from "effect"
import { elapsed } from "../model/paint.ts"
import type { Tone } from "../model/paint.ts"
import { visibleLine } from "../model/visible.ts"
import type { Cause } from "./causes.ts"
import type { RunFacts } from "./facts.ts"
import { topLevel } from "./rungs.ts"
import { nameOfRung } from "./verdict.ts"
import type { RungVerdict } from "./rungs.ts"
import type { Verdict } from "./verdict.ts"
import { counted, few } from "./words.ts"

/** A line with its meaning; who prints it decides on colours. */
export interface Line {
  readonly tone: Tone
  readonly text: string
}

const line = (tone: Tone, text: string): Line => ({ tone, text: text.trimEnd() })
const toneOf = { pass: "good", fail: "bad", skip: "quiet", unverified: "doubt" } as const

const rungLine = ({ rung, level, status, reason, duration, attempts }: RungVerdict): Line => {
  const tries = attempts > (rung === "backup_restore" ? 2 : 1) ? ` (${attempts} tries)` : ""
  return line(
    toneOf[status],
    `  L${level} ${nameOfRung(rung).padEnd(19)} ${status.padEnd(10)} ${(duration === 0 ? "" : elapsed(duration)).padEnd(12)} ${visibleLine(reason)}${tries}`
  )
}

const fact = (name: string, text: string, tone: Tone = "plain") => line(tone, `  ${name.padEnd(14)} ${visibleLine(text)}`)

const leakLine = ({ leak, deploys }: RunFacts): Line =>
  Option.match(leak, {
    onNone: () =>
      deploys.count === 0 ? fact("left behind", "nothing: nothing was made", "good") : fact("left behind", "unknown: the teardown was not verified", "bad"),
    onSome: ({ clean, residue, problems }) =>
      residue.length > 0
        ? fact("left behind", `${counted(residue.length, "object")}: ${few(residue.map(({ kind, name }) => `${kind} ${name}`))}`, "bad")
        : clean && problems.length === 0
          ? fact("left behind", "nothing (verified by listing again)", "good")
          : fact("left behind", `unknown: ${few(problems)}`, "bad")
  })

/** An implementation may name itself in its version, too. */
const nameOfAbra = ({ implementation, version }: RunFacts["versions"]["abra"]): string =>
  version.startsWith(implementation) ? version : `${implementation} ${version}`

const causeLines = ({ headline, hint, stage, evidence }: Cause): ReadonlyArray<Line> => [
  line("bad", `  ${Option.match(stage, { onNone: () => "", onSome: (name) => `${name}: ` })}${visibleLine(headline)}`),
  ...(hint === "" ? [] : [line("plain", `    ${visibleLine(hint)}`)]),
  ...evidence.slice(0, 8).map((text) => line("quiet", `    | ${visibleLine(text)}`)),
  ...(evidence.length > 8 ? [line("quiet", `    | ... ${evidence.length - 8} more in the results`)] : [])
]

/** The summary, the headline first. */
export const summaryOf = (facts: RunFacts, verdict: Verdict): ReadonlyArray<Line> => {
  const { passed, failed, skipped } = verdict.tests
  const commit = Option.match(facts.head, {
    onNone: () => "",
    onSome: ({ commit: id, dirty }) => ` at ${id.slice(0, 8)}${dirty ? " (work tree, not committed)" : ""}`
  })
  return [
    line(verdict.ok ? "good" : "bad", visibleLine(verdict.headline)),
    line("plain", ""),
    ...verdict.rungs.map(rungLine),
    line("plain", ""),
    fact(
      "level",
      `${verdict.level} of ${topLevel}${Option.match(verdict.cap, { onNone: () => "", onSome: ({ rung, expected }) => `, capped by ${nameOfRung(rung)}${expected ? ", as expected" : ""}` })}`
    ),
    ...(passed + failed + skipped === 0 ? [] : [fact("tests", `${passed} passed, ${failed} failed, ${skipped} skipped`)]),
    leakLine(facts),
    fact(
      "tested",
      `${facts.recipe}${commit}${Option.match(facts.base, { onNone: () => "", onSome: ({ version }) => `, ${Option.isSome(facts.upgrade) ? "upgraded from" : "base"} ${version}` })}`
    ),
    fact("with", `abra ${nameOfAbra(facts.versions.abra)}, ${facts.backend} backend, ${elapsed(facts.endedAt - facts.startedAt)}`),
    fact("results", facts.directory),
    ...facts.notes.map((note) => fact("note", note, "doubt")),
    ...(verdict.causes.length === 0
      ? []
      : [line("plain", ""), line("plain", verdict.causes.length === 1 ? "Why:" : "Why, the deciding cause first:"), ...verdict.causes.flatMap(causeLines)])
  ]
}
