/** What a run records of itself: plain data, written down as it happens. Everything that is said afterwards (verdict, level, exit code, reports) is a function of it. */
import type { Option } from "effect"
import type { CommitId, Domain, RecipeName, RunId } from "../model/names.ts"
import type { Rung, Stage } from "../model/stages.ts"
import type { StopCause } from "../services/Stop.ts"

/** `unverified`: it ran, or should have, and proved nothing (spec 05). */
export type Status = "pass" | "fail" | "skip" | "unverified"

/** Whose fault a failure is; decides the exit class. `configuration`: the site's settings, its tests folder, or the command line. */
export type FailureClass = "recipe" | "infrastructure" | "configuration" | "defect"

/** Something that went wrong: `headline` one sentence (attempted, on what, seen), `hint` what to do (may be empty), `evidence` lines or file names. */
export interface Failure {
  readonly class: FailureClass
  readonly headline: string
  readonly hint: string
  readonly evidence: ReadonlyArray<string>
}

/** One stage as it went. A requested stage that was never reached has no fact. A failure counts whatever the status beside it says. */
export interface StageFact {
  readonly stage: Stage
  readonly status: Status
  /** Why it is not a pass, in words; may be empty for a pass. */
  readonly reason: string
  readonly attempts: number
  /** ms since the epoch. */
  readonly startedAt: number
  /** ms. */
  readonly duration: number
  readonly failure: Option.Option<Failure>
}

/** One functional test as it went. `skip` with `needs: "deps"` was skipped because a dependency was not there (SSO-4). */
export interface TestFact {
  readonly name: string
  readonly origin: "site" | "recipe"
  readonly status: "pass" | "fail" | "skip"
  readonly reason: string
  readonly needs: "nothing" | "deps"
  /** ms. */
  readonly duration: number
}

/** What ran of the app's stack at one moment (UPG-4b), as its labels and spec said; empty strings where there was no such label. */
export interface Deployed {
  readonly version: string
  readonly chaosCommit: string
  /** Service to image, as swarm resolved it. */
  readonly images: Readonly<Record<string, string>>
}

/** What the check after teardown saw (TEAR-3). */
export interface LeakCheck {
  readonly clean: boolean
  readonly residue: ReadonlyArray<{ readonly kind: string; readonly name: string }>
  /** What could not be looked at, or be ended; anything here means that cleanliness is not proven. */
  readonly problems: ReadonlyArray<string>
  /** ms since the epoch. */
  readonly checkedAt: number
}

/** A recipe that must run beside this one (spec 07). */
export interface Dependency {
  readonly recipe: string
  /** Deployed for this run alone, so it counts as a deploy. */
  readonly cold: boolean
  readonly verified: boolean
  /** Why not, where it is not. */
  readonly reason: string
}

export interface RunFacts {
  readonly runId: RunId
  readonly recipe: RecipeName
  /** None when the run ended before it had one. */
  readonly domain: Option.Option<Domain>
  readonly directory: string
  readonly startedAt: number
  readonly endedAt: number
  readonly backend: "live" | "simulated"
  readonly versions: {
    readonly ccci: string
    readonly abra: { readonly implementation: string; readonly version: string }
    readonly engine: Option.Option<string>
  }
  /** The request, as it was made. */
  readonly requested: {
    readonly stages: ReadonlyArray<Stage>
    readonly ref: Option.Option<string>
    readonly pr: Option.Option<number>
    readonly src: Option.Option<string>
  }
  /** None before the fetch. `dirty`: a local work tree as it was, not a commit. */
  readonly head: Option.Option<{ readonly commit: CommitId; readonly version: Option.Option<string>; readonly dirty: boolean }>
  /** The version deployed first, where there was one to upgrade from; `broken` says why it did not deploy (UPG-1b). */
  readonly base: Option.Option<{ readonly version: string; readonly commit: Option.Option<CommitId>; readonly broken: Option.Option<string> }>
  /** UPG-4b; none when no upgrade got as far. */
  readonly upgrade: Option.Option<{ readonly before: Deployed; readonly after: Deployed }>
  /** In the order in which they ran. */
  readonly stages: ReadonlyArray<StageFact>
  readonly tests: ReadonlyArray<TestFact>
  /** Fresh deploys (redeploys in place do not count), and why there were more than one. */
  readonly deploys: { readonly count: number; readonly reasons: ReadonlyArray<string> }
  readonly dependencies: ReadonlyArray<Dependency>
  /** UPG-4: what was tested is the head; none when nobody got to look. */
  readonly headRan: Option.Option<boolean>
  /** None when nothing was ever made, so nothing had to be torn down. */
  readonly leak: Option.Option<LeakCheck>
  readonly stopCause: Option.Option<StopCause>
  /** Failures outside of any stage: fetch, definition, deploy, daemon, defects. */
  readonly failures: ReadonlyArray<Failure>
  /** The recipe's `expectedNa`: rung to reason. */
  readonly expectedNa: Readonly<Partial<Record<Rung, string>>>
  /** Backup snapshots that were made and stay in the repository. */
  readonly snapshots: ReadonlyArray<string>
  /** Warnings and remarks that a reader of the results should see. */
  readonly notes: ReadonlyArray<string>
}
