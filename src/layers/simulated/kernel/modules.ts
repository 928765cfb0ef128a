/** A site's TypeScript in the simulated world: functions that return Effects, found by the first line of the file that stands for them. */
import { Data, Result } from "effect"
import type { Effect } from "effect"
import type { HookFacts, HookHttpRequest } from "../../../services/Modules.ts"
import { fileAt, writeAtomic } from "./fileCalls.ts"
import type { World } from "../World.ts"

/** What a simulated hook throws: any failure is told by its message. */
export class HookThrew extends Data.TaggedError("HookThrew")<{ readonly message: string }> {}

/** `context.skip` of a simulated hook. */
export class HookSkipped extends Data.TaggedError("HookSkipped")<{ readonly reason: string }> {}

/** The context of a simulated hook: the counterpart of `HookContext` of `ccci/recipe`, with Effects for promises. */
export interface SimulatedContext extends HookFacts {
  /** Ends when the time limit is reached or the run is stopped. */
  readonly aborted: Effect.Effect<void>
  readonly exec: (
    service: string,
    argv: ReadonlyArray<string>
  ) => Effect.Effect<{ readonly exitCode: number; readonly stdout: string; readonly stderr: string }, HookThrew>
  readonly http: (
    path: string,
    options?: Omit<HookHttpRequest, "path">
  ) => Effect.Effect<{ readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string }, HookThrew>
  readonly env: (name: string) => Effect.Effect<string | undefined, HookThrew>
  readonly secret: (name: string) => Effect.Effect<string | undefined, HookThrew>
  readonly log: (line: string) => Effect.Effect<void>
  readonly skip: (reason: string) => Effect.Effect<never, HookSkipped>
  /** `process.exit`. */
  readonly exit: (code: number) => Effect.Effect<never>
}

/** An exported function of a simulated module. */
export type SimulatedHook = (context: SimulatedContext) => Effect.Effect<unknown, unknown>

/** What a module exports: hooks, plain objects of hooks, and plain values. */
export type SimulatedModule = Readonly<Record<string, unknown>>

const firstLine = /^\/\/ simulated: (\S+)/

/** Writes a file that stands for a module. Its copies stand for it, too. */
export const installModule = (world: World, path: string, exports: SimulatedModule): void => {
  const name = path.slice(1)
  world.modules.set(name, exports)
  world.tree.makeDirectories(path.slice(0, path.lastIndexOf("/")))
  writeAtomic(world.tree, path, sourceOf(name))
}

/** The text of a file that stands for a registered module. */
export const sourceOf = (name: string): string => `// simulated: ${name}\n`

/** The module that a file stands for, or why it does not load. */
export const moduleAt = (world: World, path: string): Result.Result<SimulatedModule, string> => {
  const file = fileAt(world.tree, path)
  if (Result.isFailure(file)) return Result.fail(`Cannot find module '${path}'`)
  const found = world.modules.get(firstLine.exec(file.success.text)?.[1] ?? "")
  return found === undefined ? Result.fail("SyntaxError: it stands for no module of the simulated world") : Result.succeed(found)
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null && !Array.isArray(value)

/** Paths of all functions, into plain objects too: `canary.read`. */
export const functionsOf = (exports: unknown, prefix = ""): ReadonlyArray<string> =>
  isRecord(exports)
    ? Object.entries(exports).flatMap(([name, value]) => (typeof value === "function" ? [`${prefix}${name}`] : functionsOf(value, `${prefix}${name}.`)))
    : []

/** The hook at a path; undefined if there is no function. What is called here was registered as a {@link SimulatedHook}. */
export const functionAt = (exports: SimulatedModule, path: string): SimulatedHook | undefined => {
  const found = path.split(".").reduce<unknown>((value, name) => (isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined), exports)
  return typeof found === "function" ? (context) => Reflect.apply(found, undefined, [context]) : undefined
}
