/**
 * abra, one command each (spec 09). Which abra directory a command works in is the fiber's {@link ChildEnvironment} `ABRA_DIR`, as for the real one, else the
 * settings'. Nothing of abra's grammar is known outside the layers.
 */
import { Context, Schema } from "effect"
import type { Duration, Effect, Option, Redacted } from "effect"
import type { CommitId, Domain, RecipeName } from "../model/names.ts"
import type { DockerError } from "./Docker.ts"

/** abra refused or failed: `attempted` in words, `seen` abra's own last words, `reason` what programs decide on. */
export class AbraError extends Schema.TaggedError<AbraError>()("AbraError", {
  attempted: Schema.String,
  subject: Schema.String,
  reason: Schema.Literals([
    "missingSecret",
    "uncleanTree",
    "lint",
    "unknownVersion",
    "unknownApp",
    "unknownRecipe",
    "hook",
    "noBackup",
    "invalid",
    "timeout",
    "io",
    "other"
  ]),
  seen: Schema.String
}) {
  override get message() {
    return `abra could not ${this.attempted} ${this.subject}: ${this.seen}`
  }
}

/** A row of `abra app ls` of the configured server (ABRA-8). */
export interface AbraApp {
  readonly domain: string
  readonly recipe: string
}

/** A generated secret: its name in the recipe, the engine's name, and the value (for hooks that log in), registered with Redaction before anybody sees it. */
export interface GeneratedSecret {
  readonly name: string
  readonly engineName: string
  readonly value: Redacted.Redacted<string>
}

export interface Snapshot {
  readonly id: string
  /** ms since the epoch. */
  readonly at: number
}

type Call<A> = Effect.Effect<A, AbraError | DockerError>

export class Abra extends Context.Service<
  Abra,
  {
    /** Which implementation this is, and its version: said in a run's first lines and in results.json. */
    readonly implementation: "cli" | "embedded"
    readonly version: string
    /** Apps of the configured server, from its `.env` files. */
    readonly apps: Call<ReadonlyArray<AbraApp>>
    /** Writes `servers/<server>/<domain>.env` from the recipe's `.env.sample`. MOVES the recipe's checkout, as abra does. Never generates secrets. */
    readonly newApp: (recipe: RecipeName, domain: Domain) => Call<void>
    /** Generates the secrets that the app's sample declares and that the engine lacks. Values are registered with Redaction first. */
    readonly generateSecrets: (domain: Domain) => Call<ReadonlyArray<GeneratedSecret>>
    /**
     * `app deploy -D -c`: `version` none is chaos (the checkout as it is); a version is pinned: lint, clean tree and the version's checkout are demanded.
     * Ends when the spec is handed to swarm; convergence is not waited for.
     */
    readonly deploy: (domain: Domain, version: Option.Option<string>, timeLimit: Duration.Input) => Call<void>
    /** Published versions of a recipe, oldest first. */
    readonly versions: (recipe: RecipeName) => Call<ReadonlyArray<{ readonly version: string; readonly commit: CommitId; readonly annotated: boolean }>>
    /** Runs the backup of a deployed app: hooks, paths, volumes. Fails when a hook fails. */
    readonly backup: (domain: Domain, timeLimit: Duration.Input) => Call<void>
    /** Snapshots of an app, oldest first. */
    readonly snapshots: (domain: Domain) => Call<ReadonlyArray<Snapshot>>
    /** Restores the newest snapshot, with its hooks. */
    readonly restore: (domain: Domain, timeLimit: Duration.Input) => Call<void>
  }
>()("ccci/services/Abra") {}
