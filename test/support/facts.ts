/** Recorded facts of a green run, to break in tests. */
import { Option } from "effect"
import { CommitId, Domain, RecipeName, RunId } from "../../src/model/names.ts"
import type { Stage } from "../../src/model/stages.ts"
import { stages } from "../../src/model/stages.ts"
import type { Failure, RunFacts, StageFact } from "../../src/programs/facts.ts"

export const head = CommitId.make("a".repeat(40))

export const stageFact = (stage: Stage, over: Partial<StageFact> = {}): StageFact => ({
  stage,
  status: "pass",
  reason: "",
  attempts: 1,
  startedAt: 1_000,
  duration: 2_000,
  failure: Option.none(),
  ...over
})

export const failure = (of: Failure["class"], headline = "it broke"): Failure => ({ class: of, headline, hint: "do something", evidence: ["line 1"] })

export const failed = (stage: Stage, of: Failure["class"] = "recipe"): StageFact =>
  stageFact(stage, { status: "fail", reason: `${stage} broke`, failure: Option.some(failure(of, `${stage} broke`)) })

/** A green run's facts with some of them changed. */
export const facts = (over: Partial<RunFacts> = {}): RunFacts => ({
  runId: RunId.make("manual-1-abcdef"),
  recipe: RecipeName.make("custom-html"),
  domain: Option.some(Domain.make("cust-1a2b3c.ci.example.org")),
  directory: "/var/lib/ccci/runs/manual-1-abcdef",
  startedAt: 0,
  endedAt: 60_000,
  backend: "simulated",
  versions: { ccci: "0.1.0", abra: { implementation: "embedded", version: "0.1.0" }, engine: Option.some("26.1.5") },
  requested: { stages, ref: Option.none(), pr: Option.none(), src: Option.none() },
  head: Option.some({ commit: head, version: Option.none(), dirty: false }),
  base: Option.some({ version: "1.0.0+1.22.1", commit: Option.none(), broken: Option.none() }),
  upgrade: Option.some({
    before: { version: "1.0.0+1.22.1", chaosCommit: "", images: { app: "nginx:1.22" } },
    after: { version: "1.1.0+1.26.3", chaosCommit: "aaaaaaaa", images: { app: "nginx:1.26" } }
  }),
  stages: stages.map((stage) => stageFact(stage)),
  tests: [{ name: "functional/page.ts", origin: "site", status: "pass", reason: "", needs: "nothing", duration: 10 }],
  deploys: { count: 1, reasons: [] },
  dependencies: [],
  headRan: Option.some(true),
  leak: Option.some({ clean: true, residue: [], problems: [], checkedAt: 59_000 }),
  stopCause: Option.none(),
  failures: [],
  expectedNa: {},
  snapshots: [],
  notes: [],
  ...over
})

/** The stages of a green run with one of them replaced. */
export const stagesWith = (...changed: ReadonlyArray<StageFact>): ReadonlyArray<StageFact> =>
  stages.map((stage) => changed.find((one) => one.stage === stage) ?? stageFact(stage))
