/** `junit.xml`, for CI servers: a suite for each stage, the functional tests one by one, and a suite for the run as a whole. */
import { Option } from "effect"
import { stages } from "../model/stages.ts"
import type { Stage } from "../model/stages.ts"
import { visible } from "../model/visible.ts"
import type { Cause } from "./causes.ts"
import type { RunFacts, TestFact } from "./facts.ts"
import type { Verdict } from "./verdict.ts"

type Outcome =
  | { readonly kind: "pass" }
  | { readonly kind: "skipped"; readonly message: string }
  | { readonly kind: "failure" | "error"; readonly message: string; readonly type: string; readonly text: string }

interface TestCase {
  readonly name: string
  /** ms. */
  readonly duration: number
  readonly outcome: Outcome
}

interface Suite {
  readonly name: string
  readonly cases: ReadonlyArray<TestCase>
}

const escape = (text: string): string => visible(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;")

const attribute = (text: string): string => escape(text).replaceAll("\n", "&#10;").replaceAll("\t", "&#9;")
const seconds = (millis: number): string => (millis / 1_000).toFixed(3)

/** The recipe's fault is a failure; everything else kept it from being judged: an error. */
const broken = (cause: Cause): Outcome => ({
  kind: cause.class === "red" ? "failure" : "error",
  message: cause.headline,
  type: cause.class,
  text: [cause.headline, cause.hint, ...cause.evidence].filter((line) => line !== "").join("\n")
})

const ofTest = ({ name, duration, status, reason }: TestFact): TestCase => ({
  name,
  duration,
  outcome:
    status === "pass"
      ? { kind: "pass" }
      : status === "skip"
        ? { kind: "skipped", message: reason }
        : { kind: "failure", message: reason, type: "red", text: reason }
})

const stageSuite = (stage: Stage, facts: RunFacts, verdict: Verdict): Suite => {
  const fact = facts.stages.find((one) => one.stage === stage)
  const own = verdict.causes.filter((cause) => Option.contains(cause.stage, stage))
  const duration = fact?.duration ?? 0
  const reason = fact?.reason ?? (facts.requested.stages.includes(stage) ? "the run ended before it" : "not asked for")
  const calm: Outcome =
    fact?.status === "pass" ? { kind: "pass" } : { kind: "skipped", message: fact?.status === "unverified" ? `unverified: ${reason}` : reason }
  const outcomes = own.length === 0 ? [calm] : own.map(broken)
  return {
    name: stage,
    cases: [
      ...outcomes.map((outcome, index) => ({ name: index === 0 ? stage : `${stage} (${index + 1})`, duration: index === 0 ? duration : 0, outcome })),
      ...(stage === "custom" ? facts.tests.map(ofTest) : [])
    ]
  }
}

const runSuite = (verdict: Verdict): Suite => {
  const whole = verdict.causes.filter(({ stage }) => Option.isNone(stage))
  const leak = whole.find((cause) => cause.class === "leak")
  return {
    name: "run",
    cases: [
      { name: "nothing is left behind", duration: 0, outcome: leak === undefined ? { kind: "pass" } : broken(leak) },
      ...whole.filter((cause) => cause !== leak).map((cause, index) => ({ name: `${cause.class} ${index + 1}`, duration: 0, outcome: broken(cause) }))
    ]
  }
}

const caseXml = (className: string, { name, duration, outcome }: TestCase): string => {
  const head = `    <testcase classname="${attribute(className)}" name="${attribute(name)}" time="${seconds(duration)}"`
  if (outcome.kind === "pass") return `${head}/>`
  const inner =
    outcome.kind === "skipped"
      ? `<skipped message="${attribute(outcome.message)}"/>`
      : `<${outcome.kind} message="${attribute(outcome.message)}" type="${attribute(outcome.type)}">${escape(outcome.text)}</${outcome.kind}>`
  return `${head}>\n      ${inner}\n    </testcase>`
}

const counts = (cases: ReadonlyArray<TestCase>): string => {
  const of = (kind: Outcome["kind"]) => cases.filter(({ outcome }) => outcome.kind === kind).length
  const time = seconds(cases.reduce((sum, { duration }) => sum + duration, 0))
  return `tests="${cases.length}" failures="${of("failure")}" errors="${of("error")}" skipped="${of("skipped")}" time="${time}"`
}

/** The text of `junit.xml`. It has a failure or an error if and only if the run is not green. */
export const renderJunit = (facts: RunFacts, verdict: Verdict): string => {
  const suites = [...stages.map((stage) => stageSuite(stage, facts, verdict)), runSuite(verdict)]
  const started = new Date(facts.startedAt).toISOString().slice(0, 19)
  const bodies = suites.map(
    ({ name, cases }) =>
      `  <testsuite name="${attribute(name)}" timestamp="${started}" ${counts(cases)}>\n${cases.map((one) => caseXml(`${facts.recipe}.${name}`, one)).join("\n")}\n  </testsuite>`
  )
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="${attribute(`ccci ${facts.recipe}`)}" ${counts(suites.flatMap(({ cases }) => cases))}>\n${bodies.join("\n")}\n</testsuites>\n`
}
