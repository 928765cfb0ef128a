/**
 * A site's TypeScript: definitions are imported, hooks and tests are called, each in a child of its own with a time limit, an output limit and an
 * environment made of an allow list (spec 04). What a hook asks for (exec, HTTP, env) comes back over IPC and is answered by {@link HookServices}.
 */
import { Context, Schema } from "effect"
import type { Duration, Effect, Option } from "effect"

/** What a hook or test is told. Plain data: it crosses a process boundary. */
export interface HookFacts {
  readonly domain: string
  readonly stack: string
  readonly recipe: string
  readonly stage: string
  readonly operation: string
  readonly baseUrl: string
  readonly gateway: { readonly address: string; readonly port: number }
  readonly deps: Readonly<Record<string, unknown>>
}

export interface HookHttpRequest {
  readonly path: string
  readonly host?: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** What a hook may ask ccci to do. A failure crosses back as its message and rejects the hook's promise. */
export interface HookServices {
  readonly exec: (
    service: string,
    argv: ReadonlyArray<string>
  ) => Effect.Effect<{ readonly exitCode: number; readonly stdout: string; readonly stderr: string }, HookServiceError>
  readonly http: (
    request: HookHttpRequest
  ) => Effect.Effect<{ readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string }, HookServiceError>
  readonly env: (name: string) => Effect.Effect<Option.Option<string>, HookServiceError>
  readonly secret: (name: string) => Effect.Effect<Option.Option<string>, HookServiceError>
  readonly log: (line: string) => Effect.Effect<void>
}

export class HookServiceError extends Schema.TaggedError<HookServiceError>()("HookServiceError", { seen: Schema.String }) {
  override get message() {
    return this.seen
  }
}

/** How a call ended. `value` is what the function returned (JSON), where it is asked for. */
export type CallOutcome =
  | { readonly _tag: "Returned"; readonly value: unknown }
  | { readonly _tag: "Threw"; readonly message: string }
  | { readonly _tag: "Skipped"; readonly reason: string }
  | { readonly _tag: "TimedOut" }
  | { readonly _tag: "Crashed"; readonly message: string }

export interface ModuleCall {
  readonly file: string
  /** `default`, a named export, or a path into one: `canary.read`. */
  readonly export: string
  readonly facts: HookFacts
  readonly services: HookServices
  readonly timeLimit: Duration.Input
  /** The child's environment besides the allow list. */
  readonly env: Readonly<Record<string, string>>
}

/** A module cannot be read or does not load: the file, and what Node said. */
export class ModuleError extends Schema.TaggedError<ModuleError>()("ModuleError", { file: Schema.String, seen: Schema.String }) {
  override get message() {
    return `${this.file} does not load: ${this.seen}`
  }
}

export class Modules extends Context.Service<
  Modules,
  {
    /** The module's exports, by plain import() in this process: for `recipe.ts`, whose fields may be functions. */
    readonly load: (file: string) => Effect.Effect<Readonly<Record<string, unknown>>, ModuleError>
    /** Names of what a module exports, paths into plain objects included (`canary.read`), found in a child: the module's code never runs in ccci itself. Also which tests say `requires`. */
    readonly describe: (file: string) => Effect.Effect<{ readonly functions: ReadonlyArray<string>; readonly requires: ReadonlyArray<string> }, ModuleError>
    readonly call: (call: ModuleCall) => Effect.Effect<CallOutcome, ModuleError>
  }
>()("ccci/services/Modules") {}
