/**
 * What a recipe's tests are typed with: `import type { RecipeDefinition, Hook, FunctionalTest } from "ccci/recipe"`. Types only: nothing has to be
 * installed in a tests folder, and nothing is imported at run time.
 */

/** The facts of a run that a definition's functions get. */
export interface RecipeContext {
  /** `blog-1a2b3c.ci.example.org` */
  readonly domain: string
  /** `blog-1a2b3c_ci_example_org` */
  readonly stack: string
  readonly recipe: string
  /** `https://<domain>[:port]` */
  readonly baseUrl: string
}

/** HEALTH-4: HTTP `ok` are accepted statuses; TCP must connect `stable` times in a row (default 2). */
export type ReadyProbe =
  | { readonly kind: "http"; readonly host?: string; readonly path: string; readonly ok?: ReadonlyArray<number> }
  | { readonly kind: "tcp"; readonly host?: string; readonly port: number; readonly stable?: number }

export type ExtraEnv = Readonly<Record<string, string>> | ((context: RecipeContext) => Readonly<Record<string, string>>)

/** `recipe.ts`, its default export: `export default { healthPath: "/health" } satisfies RecipeDefinition`. All fields are optional. */
export interface RecipeDefinition {
  /** Where the app answers (default `/`). */
  readonly healthPath?: string
  /** Statuses that count as an answer (default 200, 301, 302). */
  readonly healthOk?: ReadonlyArray<number>
  /** Limit on one `abra app deploy`, seconds (default 900). */
  readonly deployTimeout?: number
  /** Limit on becoming healthy, seconds (default 300). */
  readonly httpTimeout?: number
  readonly extraEnv?: ExtraEnv
  /** Set before the upgrade. */
  readonly upgradeExtraEnv?: ExtraEnv
  /** The version to upgrade from, where the default base is hollow or broken. */
  readonly upgradeBaseVersion?: string
  readonly readyProbes?: ReadonlyArray<ReadyProbe> | ((context: RecipeContext) => ReadonlyArray<ReadyProbe>)
  /** BAK-2: a read-only probe after a backup: run in `ops.ts` as `backupVerify`; true here demands that it is there. */
  readonly backupVerify?: boolean
  /** Recipes that must run beside this one. */
  readonly deps?: ReadonlyArray<string>
  readonly oidcAtInstall?: boolean
  /** Rung to reason: skips that are intended. */
  readonly expectedNa?: Readonly<Partial<Record<"install" | "upgrade" | "backup_restore" | "functional" | "lint", string>>>
  /** Generate no secrets. */
  readonly skipSecrets?: boolean
  /** Functional tests run side by side (default true). */
  readonly parallelTests?: boolean
}

/** What a hook or test acts with. Everything ends with `signal`. */
export interface HookContext extends RecipeContext {
  readonly stage: string
  /** Which operation: `preBackup`, `canary.read`, `functional/login.ts` ... */
  readonly operation: string
  readonly gateway: { readonly address: string; readonly port: number }
  readonly deps: Readonly<Record<string, unknown>>
  /** Aborted when the time limit is reached or the run is stopped. */
  readonly signal: AbortSignal
  /** Runs a command in the service's running container: once, with its own exit code (EXEC-2). */
  exec(service: string, argv: ReadonlyArray<string>): Promise<{ readonly exitCode: number; readonly stdout: string; readonly stderr: string }>
  /** A request to the app through the gateway; `host` for another name behind it. Redirects are not followed. */
  http(
    path: string,
    options?: { readonly method?: string; readonly headers?: Readonly<Record<string, string>>; readonly body?: string; readonly host?: string }
  ): Promise<{ readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string }>
  /** A value of the app's `.env`. */
  env(name: string): Promise<string | undefined>
  /** The value of a secret that was generated for this app. */
  secret(name: string): Promise<string | undefined>
  /** A line for the test's own log. */
  log(line: string): void
  /** Ends the test as skipped. */
  skip(reason: string): never
}

/** An export of `ops.ts`: preInstall, postInstall, preUpgrade, postUpgrade, preBackup, postBackup, preRestore, postRestore. */
export type Hook = (context: HookContext) => Promise<void>

/** An export `backupVerify` of `ops.ts`: read-only; false makes the backup run again, three times at most. */
export type BackupVerify = (context: HookContext) => Promise<boolean>

/**
 * An export `canary` of `ops.ts` (BAK-3). What `read` returns after `write` must come back after the upgrade, and after backup, damage and restore.
 * What it returns after `damage` must differ: else the canary proves nothing.
 */
export interface Canary {
  readonly write: (context: HookContext) => Promise<void>
  readonly damage: (context: HookContext) => Promise<void>
  readonly read: (context: HookContext) => Promise<string>
}

/** The default export of a file in `functional/`: it passes by returning, fails by throwing, skips by `context.skip`. May be exported beside `requires = ["deps"]`. */
export type FunctionalTest = (context: HookContext) => Promise<void>
