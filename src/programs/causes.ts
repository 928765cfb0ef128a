/** Why a run is not green: every cause that its facts hold, the deciding one first (spec 03, spec 05). */
import { Option } from "effect"
import type { Stage } from "../model/stages.ts"
import { stopExitCode } from "../services/Stop.ts"
import type { Failure, RunFacts } from "./facts.ts"
import { testCounts } from "./rungs.ts"
import { counted, few } from "./words.ts"

/** Exit classes of spec 03, as results.json names them. `killed` (137) is never a verdict: nobody was left to give one. */
export type ExitClass = "green" | "red" | "configuration" | "infrastructure" | "leak" | "defect" | "stopped"

/** One reason why a run is not green. */
export interface Cause {
  readonly class: Exclude<ExitClass, "green">
  readonly code: number
  /** The stage it came from; none for the run as a whole. */
  readonly stage: Option.Option<Stage>
  readonly headline: string
  readonly hint: string
  readonly evidence: ReadonlyArray<string>
}

const classOf = { recipe: "red", infrastructure: "infrastructure", configuration: "configuration", defect: "defect" } as const
const exitCode = { leak: 4, defect: 70, configuration: 2, infrastructure: 3, red: 1 } as const
/** Spec 03: "4 before all, then the stop's cause, then 70, 3, 1". A wrong configuration explains what looks like the machine's fault, so it comes before 3. */
const precedence: ReadonlyArray<Cause["class"]> = ["leak", "stopped", "defect", "configuration", "infrastructure", "red"]

const cause = (
  of: keyof typeof exitCode,
  headline: string,
  hint: string,
  stage: Option.Option<Stage> = Option.none(),
  evidence: ReadonlyArray<string> = []
): Cause => ({
  class: of,
  code: exitCode[of],
  stage,
  headline,
  hint,
  evidence
})

const ofFailure = (failure: Failure, stage: Option.Option<Stage>) => cause(classOf[failure.class], failure.headline, failure.hint, stage, failure.evidence)

/** TEAR-3: clean is what was looked at and found empty; a deploy without a check proves nothing. */
const leakCauses = (facts: RunFacts): ReadonlyArray<Cause> => {
  const hint = `Somebody must look: \`ccci janitor\` tries again, and says what it could not remove.`
  const where = Option.match(facts.domain, { onNone: () => "", onSome: (domain) => ` of ${domain}` })
  return Option.match(facts.leak, {
    onNone: () => (facts.deploys.count > 0 ? [cause("leak", `An app was deployed and its teardown${where} was never verified.`, hint)] : []),
    onSome: ({ clean, residue, problems }) => {
      const left = residue.map(({ kind, name }) => `${kind} ${name}`)
      if (left.length > 0)
        return [cause("leak", `Teardown${where} left ${counted(left.length, "object")}: ${few(left)}.`, hint, Option.none(), [...left, ...problems])]
      return clean && problems.length === 0
        ? []
        : [cause("leak", `Teardown${where} could not be verified: ${few(problems) || "the check was not clean"}.`, hint, Option.none(), problems)]
    }
  })
}

const stopCauses = (facts: RunFacts): ReadonlyArray<Cause> =>
  Option.match(facts.stopCause, {
    onNone: () => [],
    onSome: (stop) => [
      {
        class: "stopped",
        code: stopExitCode[stop],
        stage: Option.none(),
        headline: stop === "deadline" ? "The deadline was reached." : stop === "stdoutClosed" ? "Standard output was closed." : `Stopped by ${stop}.`,
        hint: stop === "deadline" ? "logs/run.log says which wait took so long; the setting limits.work is the deadline." : "Run it again.",
        evidence: []
      }
    ]
  })

const stageCauses = (facts: RunFacts): ReadonlyArray<Cause> =>
  facts.stages.flatMap((fact) =>
    Option.match(fact.failure, {
      onSome: (failure) => [ofFailure(failure, Option.some(fact.stage))],
      onNone: () => (fact.status === "fail" ? [cause("red", fact.reason || `The stage ${fact.stage} failed.`, "", Option.some(fact.stage))] : [])
    })
  )

const testCauses = (facts: RunFacts): ReadonlyArray<Cause> => {
  const failed = facts.tests.filter(({ status }) => status === "fail")
  if (failed.length === 0 || facts.stages.some(({ stage, status, failure }) => stage === "custom" && (status === "fail" || Option.isSome(failure)))) return []
  return [
    cause(
      "red",
      `${counted(failed.length, "functional test")} failed: ${few(failed.map(({ name }) => name))}.`,
      "",
      Option.some("custom"),
      failed.map(({ name, reason }) => `${name}: ${reason}`)
    )
  ]
}

const dependencyCauses = (facts: RunFacts): ReadonlyArray<Cause> => {
  const skipped = testCounts(facts.tests).skippedForDeps
  const broken = facts.dependencies
    .filter(({ verified }) => !verified)
    .map(({ recipe, reason }) =>
      cause(
        "red",
        `The dependency ${recipe} was not verified${reason === "" ? "" : `: ${reason}`}.`,
        skipped === 0 ? "" : `${counted(skipped, "test")} that need it were skipped, and count as not passed.`
      )
    )
  if (broken.length > 0 || skipped === 0) return broken
  return [
    cause(
      "red",
      `${counted(skipped, "test")} were skipped for want of a dependency that the recipe does not declare.`,
      "Name it in deps of recipe.ts.",
      Option.some("custom")
    )
  ]
}

const baseCauses = (facts: RunFacts): ReadonlyArray<Cause> =>
  Option.match(
    Option.flatMap(facts.base, ({ version, broken }) => Option.map(broken, (why) => ({ version, why }))),
    {
      onNone: () => [],
      onSome: ({ version, why }) => [
        cause(
          "red",
          `The published version ${version}, from which the upgrade starts, is broken: ${why}`,
          "It is not the head's fault: name a base that works with --base, or upgradeBaseVersion in recipe.ts.",
          Option.some("upgrade")
        )
      ]
    }
  )

const headCauses = (facts: RunFacts): ReadonlyArray<Cause> =>
  Option.contains(facts.headRan, false)
    ? [cause("red", "What ran is not the head that was to be tested.", "The label chaos-version of the stack names the commit that ran.")]
    : []

/** What only counts when nothing else explains it: a run that broke off early has fewer deploys, and looked at no head. */
const unexplained = (facts: RunFacts): ReadonlyArray<Cause> => [
  ...facts.requested.stages
    .filter((stage) => !facts.stages.some((fact) => fact.stage === stage))
    .map((stage) =>
      cause("defect", `The stage ${stage} was asked for, did not run, and nothing says why.`, "Please report it, with logs/run.log.", Option.some(stage))
    ),
  ...(facts.deploys.count < expectedDeploys(facts)
    ? [cause("red", `${counted(facts.deploys.count, "deploy")} instead of ${expectedDeploys(facts)}.`, "", Option.none(), facts.deploys.reasons)]
    : []),
  ...(Option.isNone(facts.headRan) ? [cause("red", "That the head is what ran was never shown.", "")] : [])
]

/** A run deploys one app, and its cold dependencies (spec 05). */
export const expectedDeploys = (facts: RunFacts): number => 1 + facts.dependencies.filter(({ cold }) => cold).length

const deployCauses = (facts: RunFacts): ReadonlyArray<Cause> =>
  facts.deploys.count > expectedDeploys(facts)
    ? [
        cause(
          "red",
          `${counted(facts.deploys.count, "deploy")} instead of ${expectedDeploys(facts)}${facts.deploys.reasons.length === 0 ? "" : `: ${few(facts.deploys.reasons)}`}.`,
          ""
        )
      ]
    : []

/** All causes, in the order in which they decide the exit code. None: the run is green. */
export const causesOf = (facts: RunFacts): ReadonlyArray<Cause> => {
  const found = [
    ...leakCauses(facts),
    ...stopCauses(facts),
    ...facts.failures.map((failure) => ofFailure(failure, Option.none())),
    ...stageCauses(facts),
    ...testCauses(facts),
    ...baseCauses(facts),
    ...headCauses(facts),
    ...dependencyCauses(facts),
    ...deployCauses(facts)
  ]
  const all = found.length > 0 ? found : unexplained(facts)
  return precedence.flatMap((of) => all.filter((one) => one.class === of))
}
