/** Each rule of the linter fires on what it forbids, and stays silent on what it allows. The fixtures are a small house, judged in one pass. */
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { check } from "../../scripts/lint/check.ts"

const lines = (count: number, text: string) => Array.from({ length: count }, () => text).join("\n")
const effect = `import { Effect } from "effect"\n`

/** Path, text, and the rules that must fire, in the order of the file. */
const houses: ReadonlyArray<readonly [path: string, text: string, fires: ReadonlyArray<string>]> = [
  // The wall
  ["src/programs/now.ts", "export const a = () => Date.now()", ["wall/global"]],
  ["src/programs/newDate.ts", "export const a = () => new Date()", ["wall/global"]],
  ["src/programs/dateAlias.ts", "export const clock = Date", ["wall/global"]],
  ["src/programs/pureDate.ts", "export const a = (ms: number): Date => new Date(ms + Date.parse('2020-01-01'))", []],
  ["src/programs/random.ts", "export const a = () => Math.random()", ["wall/global"]],
  ["src/programs/pureMath.ts", "export const a = Math.max(1, 2)", []],
  ["src/programs/destructured.ts", "export const { random } = Math", ["wall/global"]],
  ["src/programs/timer.ts", "export const a = (f: () => void) => setTimeout(f, 1)", ["wall/global"]],
  ["src/programs/interval.ts", "export const a = (f: () => void) => setInterval(f, 1)", ["wall/global"]],
  ["src/programs/immediate.ts", "export const a = (f: () => void) => setImmediate(f)", ["wall/global"]],
  ["src/programs/microtask.ts", "export const a = (f: () => void) => queueMicrotask(f)", ["wall/global"]],
  ["src/programs/fetch.ts", "export const a = fetch", ["wall/global"]],
  ["src/services/process.ts", "export const a = process.env['HOME']", ["wall/global"]],
  ["src/services/shorthand.ts", "export const a = { process }", ["wall/global"]],
  ["src/services/globalThis.ts", "export const a = globalThis.process", ["wall/global"]],
  ["src/services/localName.ts", "export const a = (process: { pid: number }, fetch: () => number) => ({ process, pid: process.pid, fetch: fetch() })", []],
  ["src/services/property.ts", "export const a = (x: { fetch: number; console: string }) => ({ console: x.console, n: x.fetch })", []],
  ["src/cli/console.ts", "export const a = () => console.log(1)", ["wall/global"]],
  ["src/model/promise.ts", "export const a = Promise.resolve(1)", ["wall/global"]],
  ["src/model/promiseType.ts", "export type A = () => Promise<Date>", []],
  ["src/layers/simulated/async.ts", "export const a = async () => await null", ["wall/async", "wall/async"]],
  ["src/layers/embedded/try.ts", "export const a = (f: () => number) => { try { return f() } catch { return 0 } }", ["wall/try"]],
  ["src/layers/common/meta.ts", "export const a = import.meta.url", ["wall/global"]],
  ["src/programs/run.ts", `${effect}export const a = Effect.runSync(Effect.succeed(1))`, ["wall/run"]],
  ["src/programs/door.ts", `${effect}export const a = (f: () => PromiseLike<number>) => Effect.tryPromise(f)`, ["wall/run"]],
  ["src/programs/fork.ts", `${effect}export const a = Effect.runFork(Effect.never)`, ["wall/run"]],
  ["src/layers/simulated/fork.ts", `${effect}export const a = Effect.runFork(Effect.never)`, []],
  ["src/programs/computed.ts", "export const a = (name: string): unknown => import(name)", ["wall/import"]],
  ["src/index.ts", "export const a = () => Date.now()", ["wall/global"]],
  // Rooms that are open to the outside
  [
    "src/layers/live/all.ts",
    `import "node:fs"\nimport "koffi"\nexport const a = async () => { try { await fetch("x") } catch { console.log(Date.now()) } }`,
    []
  ],
  ["src/harness/all.ts", `import "node:fs"\nexport const a = async () => process.exit(await Promise.resolve(1))`, []],
  ["src/bin.ts", `import "./cli/ok.ts"\nimport "./layers/live.ts"\nexport const a = () => process.exit(0)`, []],
  ["test/unit/free.test.ts", `import "node:fs"\nimport "../../src/programs/ok.ts"\nexport const a = async () => setTimeout(() => {}, Date.now())`, []],
  // Packages
  ["src/programs/node.ts", `import "node:fs"`, ["wall/import"]],
  ["src/services/bareNode.ts", `import "fs"`, ["wall/import"]],
  ["src/cli/koffi.ts", `import "koffi"`, ["wall/import"]],
  ["src/programs/platform.ts", `import "@effect/platform-node/NodeRuntime"`, ["wall/import"]],
  ["src/programs/dynamic.ts", `export const a = () => import("node:fs")`, ["wall/import"]],
  ["src/programs/typeImport.ts", `export type A = import("node:fs").Stats`, ["wall/import"]],
  ["src/programs/reexport.ts", `export { readFileSync } from "node:fs"`, ["wall/import"]],
  ["src/programs/pure.ts", `import "yaml"\nimport "effect/http"\nexport * from "effect"`, []],
  // Directions
  ["src/model/ok.ts", `import type {} from "../recipe.ts"`, []],
  ["src/model/up.ts", `import "../services/ok.ts"`, ["wall/import"]],
  ["src/services/ok.ts", `import "../model/ok.ts"\nimport type {} from "../recipe.ts"`, []],
  ["src/services/up.ts", `import "../programs/ok.ts"`, ["wall/import"]],
  ["src/services/toLayer.ts", `import type {} from "../layers/live/ok.ts"`, ["wall/import"]],
  ["src/programs/ok.ts", `import "../services/ok.ts"\nimport "./pure.ts"`, []],
  ["src/programs/toLayer.ts", `import "../layers/simulated/ok.ts"`, ["wall/import"]],
  ["src/programs/toBackend.ts", `import "../layers/live.ts"`, ["wall/import"]],
  ["src/programs/toCli.ts", `import "../cli/ok.ts"`, ["wall/import"]],
  ["src/programs/toIndex.ts", `import "../index.ts"`, ["wall/import"]],
  ["src/programs/toTest.ts", `import "../../test/unit/free.test.ts"`, ["wall/import"]],
  ["src/layers/common/ok.ts", `import "../../services/ok.ts"`, []],
  ["src/layers/common/up.ts", `import "../embedded/ok.ts"`, ["wall/import"]],
  ["src/layers/embedded/ok.ts", `import "../../services/ok.ts"\nimport "../common/ok.ts"`, []],
  ["src/layers/embedded/toLive.ts", `import "../live/ok.ts"`, ["wall/import"]],
  ["src/layers/simulated/ok.ts", `import "../../services/ok.ts"\nimport "../embedded/ok.ts"`, []],
  ["src/layers/simulated/toLive.ts", `import "../live/ok.ts"`, ["wall/import"]],
  ["src/layers/live/ok.ts", `import "../../services/ok.ts"\nimport "../embedded/ok.ts"`, []],
  ["src/layers/live/toSimulated.ts", `import "../simulated/ok.ts"`, ["wall/import"]],
  ["src/layers/live/toProgram.ts", `import "../../programs/ok.ts"`, ["wall/import"]],
  ["src/layers/live.ts", `import "./live/ok.ts"`, []],
  ["src/layers/simulated.ts", `import "./simulated/ok.ts"\nimport "./live/ok.ts"`, ["wall/import"]],
  ["src/cli/ok.ts", `import "../programs/ok.ts"`, []],
  ["src/cli/toLayer.ts", `import "../layers/live.ts"`, ["wall/import"]],
  ["src/attic/lost.ts", `import "../model/ok.ts"`, ["wall/import"]],
  ["src/programs/left.ts", `import "./right.ts"`, ["wall/cycle"]],
  ["src/programs/right.ts", `import {} from "./left.ts"`, []],
  ["src/programs/typeLeft.ts", `import "./typeRight.ts"`, []],
  ["src/programs/typeRight.ts", `import type {} from "./typeLeft.ts"`, []],
  // Style
  ["src/recipe.ts", `export type A = 1\nexport const a = 1`, ["style/types-only"]],
  ["src/model/any.ts", "export const a = (x: any): unknown => x", ["style/any"]],
  ["src/model/nonNull.ts", "export const a = (x: string | undefined) => x!", ["style/non-null"]],
  ["src/model/cast.ts", "export const a = (x: unknown) => x as string", ["style/cast"]],
  ["src/model/castExplained.ts", "// cast: the caller has checked it\nexport const a = (x: unknown) => x as string\nexport const b = [1] as const", []],
  ["src/model/castUnexplained.ts", "// cast:\nexport const a = (x: unknown) => x as string", ["style/cast"]],
  ["src/model/tsIgnore.ts", "// @ts-expect-error\nexport const a: string = 1", ["style/cast"]],
  ["test/unit/any.test.ts", "export const a = (x: any) => x!", ["style/any", "style/non-null"]],
  ["src/programs/floating.ts", `${effect}export const a = Effect.gen(function*() {\n  Effect.log("x")\n  yield* Effect.log("y")\n})`, ["style/floating"]],
  ["src/layers/live/floating.ts", "export const a = (f: () => Promise<number>) => {\n  f()\n}", ["style/floating"]],
  ["src/programs/letState.ts", "let n = 0\nexport const a = () => n++", ["style/module-state"]],
  ["src/programs/mapState.ts", "export const a = new Map<string, string>()", ["style/module-state"]],
  ["src/programs/constants.ts", `export const a: ReadonlySet<string> = new Set(["x"])`, []],
  ["test/unit/only.test.ts", "declare const it: { only: (f: () => void) => void }\nit.only(() => {})", ["style/only"]],
  ["src/model/long.ts", lines(201, "export {}"), ["size/file"]],
  ["src/model/notLong.ts", lines(200, "export {}"), []],
  ["test/unit/notLong.test.ts", lines(300, "export {}"), []],
  ["test/unit/long.test.ts", lines(301, "export {}"), ["size/file"]],
  ["src/model/longFunction.ts", `export const a = () => {\n${lines(79, "")}\n}`, ["size/function"]],
  ["src/model/notLongFunction.ts", `export const a = () => {\n${lines(78, "")}\n}`, []],
  ["src/model/excused.ts", lines(201, "export {}"), []]
]

const exceptions = [
  { path: "src/model/excused.ts", rule: "size/file", reason: "a test" },
  { path: "src/model/ok.ts", rule: "size/file", reason: "needless" }
]
const fixtures = Object.fromEntries(houses.map(([path, text]) => [path, text]))
const findings = check(join(import.meta.dirname, "../../.fixtures"), fixtures, exceptions)
const firing = (path: string) => findings.filter((finding) => finding.path === path).map(({ rule }) => rule)

describe("the wall", () => {
  it.each(houses.filter(([path]) => path !== "src/model/ok.ts"))("%s: %s", (path, _text, fires) => {
    expect(firing(path)).toEqual(fires)
  })

  it("calls an exception that nothing needs an error", () => {
    expect(firing("src/model/ok.ts")).toEqual(["exception"])
  })

  it("says where, and what to do instead", () => {
    const finding = findings.find(({ path }) => path === "src/programs/floating.ts")
    expect(finding).toMatchObject({ line: 3, message: expect.stringContaining("yield it") })
  })
})
