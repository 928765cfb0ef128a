/** What a site configures (spec 00): flag over environment over file over default, decoded by the CLI, or made by an embedding program. */
import { Context, Schema } from "effect"
import type { Duration, Option } from "effect"
import type { BaseDomain } from "../model/names.ts"

/** Every limit of a run. Defaults: spec 00. */
export interface Limits {
  readonly deploy: Duration.Duration
  readonly converged: Duration.Duration
  readonly healthy: Duration.Duration
  readonly probes: Duration.Duration
  readonly exec: Duration.Duration
  readonly hook: Duration.Duration
  readonly test: Duration.Duration
  readonly settle: Duration.Duration
  readonly backup: Duration.Duration
  readonly pull: Duration.Duration
  readonly request: Duration.Duration
  /** The whole run's work, then (a budget of its own) its teardown (LIFE-4). */
  readonly work: Duration.Duration
  readonly teardown: Duration.Duration
  /** After its own grace, before a deleted service's container is killed (TEAR-2). */
  readonly killGrace: Duration.Duration
  /** JAN-10: emptiness must hold over two looks that far apart. */
  readonly quiet: Duration.Duration
  /** UPG-3: how long the same task ids must hold. */
  readonly hold: Duration.Duration
  /** The look that catches what no event tells. */
  readonly slowLook: Duration.Duration
}

/** The configuration cannot be used: each problem a sentence that names the key, the value, where it came from and what was expected. */
export class SettingsError extends Schema.TaggedError<SettingsError>()("SettingsError", { problems: Schema.Array(Schema.String) }) {
  override get message() {
    return this.problems.length === 1
      ? (this.problems[0] ?? "")
      : ["The configuration has several problems:", ...this.problems.map((problem) => `- ${problem}`)].join("\n")
  }
}

export class Settings extends Context.Service<
  Settings,
  {
    readonly baseDomain: BaseDomain
    readonly gateway: { readonly address: string; readonly port: number }
    readonly verifyCertificate: boolean
    /** abra's server name; only its apps count (ABRA-8). */
    readonly server: string
    /** Where `<recipe>/` test folders lie; none: every recipe is tested generically. */
    readonly testsDir: Option.Option<string>
    /** Where a recipe comes from without `--src`: a folder or URL with `{recipe}` in it. */
    readonly recipeSource: Option.Option<string>
    readonly runsDir: string
    readonly lockDir: string
    readonly abraDir: string
    readonly abra: "auto" | "cli" | "embedded"
    /** `live` or `simulated`: which world this is, as results.json names it. */
    readonly backend: "live" | "simulated"
    readonly limits: Limits
    /** Pruning of run directories (RUN-7). */
    readonly keep: { readonly count: number; readonly age: Duration.Duration }
    /** Functional tests at once, pulls at once. */
    readonly concurrency: { readonly tests: number; readonly pulls: number }
    /** CCCI_DEPLOY_COUNT_FILE, CCCI_DEPS_FILE where set. */
    readonly deployCountFile: Option.Option<string>
    readonly depsFile: Option.Option<string>
    /** The CI build's number, where one is set (RUN-1). */
    readonly buildNumber: Option.Option<string>
  }
>()("ccci/services/Settings") {}
