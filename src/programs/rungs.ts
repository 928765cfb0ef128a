/** The level ladder (spec 05): what each rung came to, from the stages that carry it. */
import { Option } from "effect"
import type { Rung, Stage } from "../model/stages.ts"
import type { Deployed, RunFacts, StageFact, Status, TestFact } from "./facts.ts"
import { counted } from "./words.ts"

export interface RungVerdict {
  readonly rung: Rung
  /** L1 to L4. */
  readonly level: number
  readonly status: Status
  /** Why it is no pass; empty for a pass. */
  readonly reason: string
  /** ms, and tries, of its stages together. */
  readonly duration: number
  readonly attempts: number
}

/** Functional tests by outcome; `skippedForDeps` are among `skipped`. */
export interface TestCounts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  readonly skippedForDeps: number
}

/** The ladder and the stages that carry each rung. It ends at L4 until lint is there. */
export const ladder = [
  { rung: "install", stages: ["install"] },
  { rung: "upgrade", stages: ["upgrade"] },
  { rung: "backup_restore", stages: ["backup", "restore"] },
  { rung: "functional", stages: ["custom"] }
] as const satisfies ReadonlyArray<{ rung: Rung; stages: ReadonlyArray<Stage> }>

/** L4. */
export const topLevel = ladder.length

export const testCounts = (tests: ReadonlyArray<TestFact>): TestCounts => {
  const skipped = tests.filter(({ status }) => status === "skip")
  return {
    passed: tests.filter(({ status }) => status === "pass").length,
    failed: tests.filter(({ status }) => status === "fail").length,
    skipped: skipped.length,
    skippedForDeps: skipped.filter(({ needs }) => needs === "deps").length
  }
}

interface Judged {
  readonly status: Status
  readonly reason: string
}

const sameDeployed = (a: Deployed, b: Deployed): boolean => {
  const services = new Set([...Object.keys(a.images), ...Object.keys(b.images)])
  return a.version === b.version && a.chaosCommit === b.chaosCommit && [...services].every((service) => a.images[service] === b.images[service])
}

/** What a stage that calls itself passed lacks as proof; empty when it is proven. */
const missingProof = (stage: Stage, facts: RunFacts): Judged | undefined => {
  if (stage === "upgrade") {
    if (Option.contains(facts.headRan, false)) return { status: "fail", reason: "what ran after the upgrade is not the head" }
    if (Option.isNone(facts.upgrade)) return { status: "unverified", reason: "what ran before and after was not recorded" }
    return sameDeployed(facts.upgrade.value.before, facts.upgrade.value.after)
      ? { status: "unverified", reason: "an empty upgrade: version, images and commit are the same before and after" }
      : undefined
  }
  if (stage === "custom") {
    const counts = testCounts(facts.tests)
    if (counts.failed > 0) return { status: "fail", reason: `${counted(counts.failed, "test")} failed` }
    if (counts.skippedForDeps > 0) return { status: "unverified", reason: `${counted(counts.skippedForDeps, "test")} skipped for want of a dependency` }
    if (counts.passed === 0)
      return counts.skipped > 0 ? { status: "unverified", reason: "every test was skipped" } : { status: "skip", reason: "no functional tests" }
  }
  return undefined
}

/** A stage that the machine or ccci broke says nothing of the recipe: it is unverified, not failed. */
const judgeStage = (stage: Stage, facts: RunFacts): Judged => {
  const fact = facts.stages.find((one) => one.stage === stage)
  if (fact === undefined) {
    return facts.requested.stages.includes(stage) ? { status: "unverified", reason: "the run ended before it" } : { status: "skip", reason: "not asked for" }
  }
  const failure = Option.getOrUndefined(fact.failure)
  const reason = fact.reason || failure?.headline || ""
  if (fact.status === "fail" || failure !== undefined) {
    return { status: fact.status === "fail" && (failure === undefined || failure.class === "recipe") ? "fail" : "unverified", reason }
  }
  return fact.status === "pass" ? (missingProof(stage, facts) ?? { status: "pass", reason: "" }) : { status: fact.status, reason }
}

const worst: ReadonlyArray<Status> = ["fail", "unverified", "skip", "pass"]

const durationOf = (facts: ReadonlyArray<StageFact>) => facts.reduce((sum, { duration }) => sum + duration, 0)

/** Every rung of the ladder, from L1 up. A rung of several stages is as good as the worst of them. */
export const rungVerdicts = (facts: RunFacts): ReadonlyArray<RungVerdict> =>
  ladder.map(({ rung, stages }, index) => {
    const judged = stages.map((stage) => ({ stage, ...judgeStage(stage, facts) }))
    const status = worst.find((one) => judged.some((each) => each.status === one)) ?? "unverified"
    const why = judged.filter((each) => each.status === status && each.reason !== "")
    const same = why.length === judged.length && why.every(({ reason }) => reason === why[0]?.reason)
    const reasons = same ? why.slice(0, 1).map(({ reason }) => reason) : why.map(({ stage, reason }) => `${stage}: ${reason}`)
    const own = facts.stages.filter((fact) => stages.some((stage) => stage === fact.stage))
    return {
      rung,
      level: index + 1,
      status,
      reason: reasons.join("; "),
      duration: durationOf(own),
      attempts: own.reduce((sum, { attempts }) => sum + attempts, 0)
    }
  })
