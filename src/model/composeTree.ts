/** Compose files as plain trees: YAML read, variables put in, several files merged as docker merges them. */
import { Result } from "effect"
import { parseDocument } from "yaml"
import { interpolate } from "./interpolate.ts"

export type Tree = string | number | boolean | null | ReadonlyArray<Tree> | Mapping
export interface Mapping {
  readonly [key: string]: Tree
}

/** A file that a pull request brings may refer to itself: more than this is an attack, not a recipe. */
const maxAliasCount = 200
const deepest = 40

export const isMapping = (tree: unknown): tree is Mapping => typeof tree === "object" && tree !== null && !Array.isArray(tree)

export const isList = (tree: unknown): tree is ReadonlyArray<Tree> => Array.isArray(tree)

/** A key's value, never one of Object.prototype's. */
export const field = (tree: Tree | undefined, key: string): Tree | undefined => (isMapping(tree) && Object.hasOwn(tree, key) ? tree[key] : undefined)

/** A scalar as docker writes it where it wants text; null is empty. */
export const textOf = (tree: Tree | undefined): string => (tree === undefined || tree === null || typeof tree === "object" ? "" : String(tree))

/** Labels or environment: a mapping, or a list of `key=value`. A bare key has an empty value. */
export const pairsOf = (tree: Tree | undefined): Readonly<Record<string, string>> => {
  if (isMapping(tree)) return Object.fromEntries(Object.entries(tree).map(([key, value]) => [key, textOf(value)]))
  if (!isList(tree)) return {}
  return Object.fromEntries(
    tree.map((item) => {
      const text = textOf(item)
      const equals = text.indexOf("=")
      return equals === -1 ? [text, ""] : [text.slice(0, equals), text.slice(equals + 1)]
    })
  )
}

const checked = (value: unknown, depth: number): Result.Result<Tree, string> => {
  if (depth > deepest) return Result.fail(`nested deeper than ${deepest} levels`)
  if (value === undefined || value === null) return Result.succeed(null)
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return Result.succeed(value)
  if (Array.isArray(value)) return Result.all(value.map((item: unknown) => checked(item, depth + 1)))
  if (typeof value !== "object") return Result.succeed(String(value))
  return Result.map(
    Result.all(Object.entries(value).map(([key, item]: [string, unknown]) => Result.map(checked(item, depth + 1), (tree) => [key, tree] as const))),
    (entries): Tree => Object.fromEntries(entries)
  )
}

/** One file's tree. Fails with YAML's own words. */
export const parseYaml = (text: string): Result.Result<Mapping, string> => {
  const document = parseDocument(text, { merge: true, logLevel: "silent" })
  const [problem] = document.errors
  if (problem !== undefined) return Result.fail(problem.message)
  const plain = Result.try({ try: (): unknown => document.toJS({ maxAliasCount }), catch: (error) => (error instanceof Error ? error.message : String(error)) })
  return Result.flatMap(
    Result.flatMap(plain, (value) => checked(value, 0)),
    (tree) => (isMapping(tree) ? Result.succeed(tree) : Result.fail("the file is no mapping"))
  )
}

/** In characters, a file with its variables put in. */
const longestFile = 8 * 1024 * 1024
const tooLong = Result.fail(`longer than ${longestFile} characters with its variables put in`)

/** Puts variables into every value (keys stay as they are, as docker has it). Fails naming the path of the value. */
export const interpolateTree = (whole: Tree, values: Readonly<Record<string, string>>): Result.Result<Tree, string> => {
  let left = longestFile
  const go = (tree: Tree, path: string): Result.Result<Tree, string> => {
    if (left < 0) return tooLong
    if (typeof tree === "string") {
      const text = interpolate(tree, values)
      if (Result.isFailure(text)) return Result.fail(`${path}: ${text.failure}`)
      left -= text.success.length
      return text
    }
    if (isList(tree)) return Result.all(tree.map((item, index) => go(item, `${path}[${index}]`)))
    if (!isMapping(tree)) return Result.succeed(tree)
    const entries = Object.entries(tree).map(([key, value]) => Result.map(go(value, path === "" ? key : `${path}.${key}`), (done) => [key, done] as const))
    return Result.map(Result.all(entries), (done): Tree => Object.fromEntries(done))
  }
  const done = go(whole, "")
  return left < 0 ? tooLong : done
}

/** What a list item is known by when files are merged: `source` of secrets and configs, `target` of volumes. */
const keyOf = (section: string, item: Tree): string => {
  if (isMapping(item)) return textOf(field(item, section === "volumes" ? "target" : "source"))
  const text = textOf(item)
  return section === "volumes" ? (text.split(":")[1] ?? text) : text
}

const mergeLists = (section: string, base: ReadonlyArray<Tree>, over: ReadonlyArray<Tree>): Tree => {
  if (section === "command" || section === "entrypoint" || section === "test") return over
  if (section !== "secrets" && section !== "configs" && section !== "volumes") return [...base, ...over]
  const replaced = new Map([...base, ...over].map((item) => [keyOf(section, item), item]))
  return [...replaced.values()]
}

const listOrMapping: ReadonlySet<string> = new Set(["labels", "environment"])

/** Networks may be a list of names or a mapping of them. */
const asMapping = (section: string, tree: Tree): Tree => {
  if (listOrMapping.has(section)) return pairsOf(tree)
  return section === "networks" && isList(tree) ? Object.fromEntries(tree.map((name): [string, Tree] => [textOf(name), null])) : tree
}

/** `over` laid over `base`: mappings key by key, labels and environments by name, secrets, configs and volumes by what they are about, all else replaced or appended. */
export const mergeTrees = (base: Tree, over: Tree, section = ""): Tree => {
  const left = asMapping(section, base)
  const right = asMapping(section, over)
  if (isList(left) && isList(right)) return mergeLists(section, left, right)
  if (!isMapping(left) || !isMapping(right)) return right === null ? left : right
  const keys = new Set([...Object.keys(left), ...Object.keys(right)])
  return Object.fromEntries(
    [...keys].map((key): [string, Tree] => {
      const before = field(left, key)
      const after = field(right, key)
      return [key, before === undefined ? (after ?? null) : after === undefined ? before : mergeTrees(before, after, key)]
    })
  )
}
