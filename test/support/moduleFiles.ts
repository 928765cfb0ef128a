/** Modules as the contract of Modules needs them: TypeScript files on Linux, registered functions in the simulated world. */
import { Context } from "effect"
import type { Effect } from "effect"

/** What one exported function does. */
export type Behaviour =
  | { readonly _tag: "returns"; readonly value: unknown }
  /** Returns the facts of its context: domain, stack, recipe, stage, operation, baseUrl, gateway, deps. */
  | { readonly _tag: "returnsFacts" }
  | { readonly _tag: "throws"; readonly message: string }
  /** `context.skip(reason)`. */
  | { readonly _tag: "skips"; readonly reason: string }
  /** Logs these lines by `context.log`, then returns nothing. */
  | { readonly _tag: "logs"; readonly lines: ReadonlyArray<string> }
  /** Returns what `context.exec(service, argv)` gave. */
  | { readonly _tag: "execs"; readonly service: string; readonly argv: ReadonlyArray<string> }
  /** Returns what `context.http(path, options)` gave. */
  | { readonly _tag: "requests"; readonly path: string; readonly options: { readonly method?: string; readonly host?: string; readonly body?: string } }
  /** Returns `[await context.env(name), await context.secret(name)]`, `null` where there is none. */
  | { readonly _tag: "reads"; readonly name: string }
  /** Logs `waiting`, waits until `context.signal` is aborted, logs `aborted`, then throws. */
  | { readonly _tag: "waitsForAbort" }
  /** Logs `hanging`, then never ends and heeds no signal. */
  | { readonly _tag: "hangs" }
  /** Ends its process with code 3. */
  | { readonly _tag: "exits" }

/** Exported functions by path: `default`, `preBackup`, `canary.read`. */
export type Exports = Readonly<Record<string, Behaviour>>

export class ModuleFiles extends Context.Service<
  ModuleFiles,
  {
    /** Makes a module; its absolute path. `requires` is exported as a plain value. */
    readonly make: (name: string, exports: Exports, requires?: ReadonlyArray<string>) => Effect.Effect<string>
    /** A module that cannot be loaded: it is no TypeScript. */
    readonly broken: Effect.Effect<string>
    /** A path where nothing is. */
    readonly missing: Effect.Effect<string>
  }
>()("ccci/test/ModuleFiles") {}
