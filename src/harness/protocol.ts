/** What ccci and the child that runs a site's module say to each other, as JSON over Node's IPC channel. The child's side is not trusted: ccci decodes it. */
import type { HookContext } from "../recipe.ts"

/** The facts of a {@link HookContext}: what of it is plain data. */
export type Facts = Pick<HookContext, "domain" | "stack" | "recipe" | "baseUrl" | "stage" | "operation" | "gateway" | "deps">

/** The one order that a child gets. `url` is the module's file: URL. */
export type Order =
  { readonly kind: "describe"; readonly url: string } | { readonly kind: "call"; readonly url: string; readonly export: string; readonly facts: Facts }

/** What ccci says while the function runs. */
export type Answer =
  | { readonly kind: "reply"; readonly id: number; readonly value?: unknown }
  | { readonly kind: "refusal"; readonly id: number; readonly message: string }
  | { readonly kind: "abort"; readonly reason: string }

export type ToChild = Order | Answer

/** What a function asks for through its context. */
export type Request =
  | { readonly operation: "exec"; readonly service: string; readonly argv: ReadonlyArray<string> }
  | {
      readonly operation: "http"
      readonly path: string
      readonly host?: string | undefined
      readonly method?: string | undefined
      readonly headers?: Readonly<Record<string, string>> | undefined
      readonly body?: string | undefined
    }
  | { readonly operation: "env"; readonly name: string }
  | { readonly operation: "secret"; readonly name: string }

/** The last word of a child. */
export type Result =
  | { readonly kind: "described"; readonly functions: ReadonlyArray<string>; readonly requires: ReadonlyArray<string> }
  | { readonly kind: "returned"; readonly value?: unknown }
  | { readonly kind: "threw"; readonly message: string }
  | { readonly kind: "skipped"; readonly reason: string }
  | { readonly kind: "unloadable"; readonly message: string }

export type ToParent = { readonly kind: "request"; readonly id: number; readonly request: Request } | Result
