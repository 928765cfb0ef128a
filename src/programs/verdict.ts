/** The verdict: a pure, total function of a run's recorded facts (spec 05; spec 03 for the exit code). Nothing else decides what a run was worth. */
import { Option } from "effect"
import type { Rung } from "../model/stages.ts"
import { causesOf } from "./causes.ts"
import type { Cause, ExitClass } from "./causes.ts"
import type { RunFacts, Status } from "./facts.ts"
import { rungVerdicts, testCounts, topLevel } from "./rungs.ts"
import type { RungVerdict, TestCounts } from "./rungs.ts"

export interface Verdict {
  readonly ok: boolean
  readonly exit: { readonly class: ExitClass; readonly code: number }
  /** One line: whose fault it is, and what to do. */
  readonly headline: string
  /** Every cause that came up, the deciding one first. */
  readonly causes: ReadonlyArray<Cause>
  readonly rungs: ReadonlyArray<RungVerdict>
  /** Rungs passed in a row from L1, 0 to `topLevel`. */
  readonly level: number
  /** The first rung that is no pass; none at the top. */
  readonly cap: Option.Option<{ readonly rung: Rung; readonly status: Status; readonly reason: string; readonly expected: boolean }>
  readonly skips: { readonly intentional: ReadonlyArray<Skip>; readonly unintentional: ReadonlyArray<Skip> }
  /** `expected`: every rung that is no pass is a skip that the recipe declares (the badge's third segment). */
  readonly gaps: "none" | "expected" | "unexpected"
  readonly tests: TestCounts
}

export interface Skip {
  readonly rung: Rung
  readonly reason: string
}

const rungName: Readonly<Record<Rung, string>> = {
  install: "install",
  upgrade: "upgrade",
  backup_restore: "backup and restore",
  functional: "functional tests",
  lint: "lint"
}

/** A rung in words for people. */
export const nameOfRung = (rung: Rung): string => rungName[rung]

const capOf = (rungs: ReadonlyArray<RungVerdict>, expectedNa: RunFacts["expectedNa"]): Verdict["cap"] =>
  Option.map(Option.fromNullishOr(rungs.find(({ status }) => status !== "pass")), ({ rung, status, reason }) => ({
    rung,
    status,
    reason,
    expected: isExpected({ rung, status }, expectedNa)
  }))

const isExpected = ({ rung, status }: { readonly rung: Rung; readonly status: Status }, expectedNa: RunFacts["expectedNa"]): boolean =>
  status === "skip" && (expectedNa[rung] ?? "").trim() !== ""

const blame: Readonly<Record<Exclude<ExitClass, "green">, string>> = {
  leak: "LEAK.",
  stopped: "Not judged.",
  defect: "Not judged: ccci is at fault, not the recipe.",
  configuration: "Not judged: the configuration is at fault.",
  infrastructure: "Not judged: the machine is at fault, not the recipe.",
  red: "Red."
}

const sentence = (text: string): string => (/[.!?:]$/u.test(text) ? text : `${text}.`)

const headlineOf = (facts: RunFacts, causes: ReadonlyArray<Cause>, level: number, cap: Verdict["cap"]): string => {
  const first = causes[0]
  if (first === undefined) {
    return Option.match(cap, {
      onNone: () => `Green. ${facts.recipe} passed everything: level ${level} of ${topLevel}, nothing left behind.`,
      onSome: ({ rung, status, reason, expected }) =>
        `Green. ${facts.recipe} reached level ${level} of ${topLevel}; ${nameOfRung(rung)} ${status === "skip" ? (expected ? "is skipped, as expected" : "was skipped") : "proved nothing"}${reason === "" ? "" : ` (${reason})`}. Nothing left behind.`
    })
  }
  const stage = Option.match(first.stage, { onNone: () => "", onSome: (name) => ` In ${name}:` })
  const more = causes.length === 1 ? "" : ` (and ${causes.length - 1} more)`
  return [`${blame[first.class]}${stage}`, sentence(first.headline), first.hint].filter((part) => part !== "").join(" ") + more
}

/** Judges a run by its facts. Green if and only if there is no cause against it. */
export const verdictOf = (facts: RunFacts): Verdict => {
  const rungs = rungVerdicts(facts)
  const causes = causesOf(facts)
  const first = causes[0]
  const cap = capOf(rungs, facts.expectedNa)
  const level = Option.match(cap, { onNone: () => topLevel, onSome: ({ rung }) => rungs.findIndex((one) => one.rung === rung) })
  const gaps = rungs.filter(({ status }) => status !== "pass")
  const skips = gaps.filter(({ status }) => status === "skip")
  const skip = ({ rung, reason }: RungVerdict) => ({ rung, reason: facts.expectedNa[rung]?.trim() || reason })
  return {
    ok: first === undefined,
    exit: first === undefined ? { class: "green", code: 0 } : { class: first.class, code: first.code },
    headline: headlineOf(facts, causes, level, cap),
    causes,
    rungs,
    level,
    cap,
    skips: {
      intentional: skips.filter((rung) => isExpected(rung, facts.expectedNa)).map(skip),
      unintentional: skips.filter((rung) => !isExpected(rung, facts.expectedNa)).map(skip)
    },
    gaps: gaps.length === 0 ? "none" : gaps.every((rung) => isExpected(rung, facts.expectedNa)) ? "expected" : "unexpected",
    tests: testCounts(facts.tests)
  }
}
