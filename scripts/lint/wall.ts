/** The wall: outside the rooms that are open to the world, time, chance, processes, promises and the network come from services only. */
import { join, dirname } from "node:path"
import type { Identifier, Node } from "typescript/unstable/ast"
import { SyntaxKind } from "typescript/unstable/ast"
import * as is from "typescript/unstable/ast/is"
import { isOutside, judgeImport } from "./rooms.ts"
import type { Rule, Subject } from "./project.ts"
import { walk } from "./project.ts"

const advice: Readonly<Record<string, string>> = {
  Date: "take the time from Effect's Clock or DateTime",
  Math: "take chance from Effect's Random",
  performance: "take the time from Effect's Clock",
  crypto: "take chance from Effect's Random or the Crypto service",
  setTimeout: "use Effect.sleep, Effect.timeout or a Schedule",
  setInterval: "use a Schedule",
  setImmediate: "use Effect.yieldNow",
  queueMicrotask: "use Effect.yieldNow",
  fetch: "use the Http service",
  WebSocket: "use a service",
  EventSource: "use a service",
  process: "use the Processes, Settings or Stop service",
  console: "use the Progress service or Effect's Console",
  Promise: "write an Effect",
  globalThis: "name what you need from it, and get it from a service",
  require: "import it",
  eval: "write it out",
  AbortSignal: "use Effect.timeout or interruption"
}

/** Effect's own doors to promises and to a run of its own: pure code describes, `bin.ts` and the live layers run. */
const doors = /^(run(Sync|Promise|Callback)\w*|promise|tryPromise)$/

/** The simulated world starts its processes as fibers of their own. */
const forks = /^runFork\w*$/
const mayFork = (path: string) => path.startsWith("src/layers/simulated/")

/** A name that stands for a value, not a declaration, a property or a type. */
const isReference = (node: Node): node is Identifier => {
  if (!is.isIdentifier(node)) return false
  const parent = node.parent
  if (is.isShorthandPropertyAssignment(parent)) return true
  if (is.isImportSpecifier(parent) || is.isExportSpecifier(parent)) return false
  return !("name" in parent && parent.name === node) && !("propertyName" in parent && parent.propertyName === node)
}

const isGlobal = ({ checker, root }: Subject, node: Identifier): boolean => {
  const symbol = is.isShorthandPropertyAssignment(node.parent) ? checker.getShorthandAssignmentValueSymbol(node.parent) : checker.getSymbolAtLocation(node)
  return !symbol?.declarations.some(({ path }) => {
    const lower = path.toLowerCase()
    return lower.startsWith(root.toLowerCase()) && !lower.includes("/node_modules/")
  })
}

/** `new Date(ms)`, `Date.parse(text)` and all of Math but `random` are pure. */
const isPure = (node: Identifier): boolean => {
  const parent = node.parent
  const member = is.isPropertyAccessExpression(parent) && parent.expression === node ? parent.name.text : undefined
  if (node.text === "Math") return member !== undefined && member !== "random"
  if (node.text !== "Date") return false
  if (member !== undefined) return member === "parse" || member === "UTC"
  return is.isNewExpression(parent) && parent.expression === node && (parent.arguments?.length ?? 0) > 0
}

const judgeName = (subject: Subject, node: Identifier): void => {
  const hint = Object.hasOwn(advice, node.text) ? advice[node.text] : undefined
  if (hint === undefined || isPure(node) || !isGlobal(subject, node)) return
  subject.report(node, "wall/global", `\`${node.text}\` reaches the real world: ${hint}`)
}

const judgeSyntax = (subject: Subject, node: Node): void => {
  const say = (rule: string, message: string) => subject.report(node, rule, message)
  if (node.kind === SyntaxKind.AsyncKeyword) say("wall/async", "an async function: write an Effect")
  else if (is.isAwaitExpression(node)) say("wall/async", "await: write `yield*` in an Effect")
  else if (is.isTryStatement(node)) say("wall/try", "try: use Effect.try, Result or a Schema")
  else if (is.isMetaProperty(node)) say("wall/global", "import.meta names a place on this machine: get it from a service")
  else if (is.isPropertyAccessExpression(node) && is.isIdentifier(node.expression) && node.expression.text === "Effect") {
    const name = node.name.text
    if (doors.test(name) || (forks.test(name) && !mayFork(subject.path)))
      say("wall/run", `Effect.${name} leaves Effect: only src/bin.ts, src/layers/live and src/harness may`)
  }
}

/** The wall itself, for every file of `src` that is not open to the outside. */
export const wall: Rule = (subject) => {
  if (isOutside(subject.path)) return
  const visit = (node: Node): void => {
    if (is.isTypeNode(node) && !is.isExpressionWithTypeArguments(node)) return
    judgeSyntax(subject, node)
    if (isReference(node)) judgeName(subject, node)
    node.forEachChild(visit)
  }
  visit(subject.file)
}

/** What a module is imported by: static, re-exporting, dynamic and type imports; undefined for a computed name. */
const specifierOf = (node: Node): Node | undefined => {
  if (is.isImportDeclaration(node) || is.isExportDeclaration(node)) return node.moduleSpecifier
  if (is.isImportTypeNode(node)) return is.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined
  if (is.isCallExpression(node) && node.expression.kind === SyntaxKind.ImportKeyword) return node.arguments[0]
  return undefined
}

/** The path of the project that a relative specifier names; undefined for a package. */
export const targetOf = (path: string, specifier: string): string | undefined => (specifier.startsWith(".") ? join(dirname(path), specifier) : undefined)

/** An import: its node, its specifier (undefined for a computed name), and whether nothing of it remains at run time. */
interface Import {
  readonly node: Node
  readonly specifier: string | undefined
  readonly erased: boolean
}

const isErased = (node: Node): boolean =>
  is.isImportTypeNode(node) ||
  (is.isExportDeclaration(node) && node.isTypeOnly) ||
  (is.isImportDeclaration(node) && node.importClause?.phaseModifier === SyntaxKind.TypeKeyword)

/** Every import in a file. */
export const importsOf = (subject: Subject): ReadonlyArray<Import> => {
  const found: Array<Import> = []
  walk(subject.file, (node) => {
    const specifier = specifierOf(node)
    if (specifier !== undefined) found.push({ node, specifier: is.isStringLiteral(specifier) ? specifier.text : undefined, erased: isErased(node) })
  })
  return found
}

/** The directions between rooms, and the packages that only open rooms may import. */
export const directions: Rule = (subject) => {
  for (const { node, specifier } of importsOf(subject)) {
    if (specifier === undefined) {
      if (!isOutside(subject.path)) subject.report(node, "wall/import", "import() of a computed name: use the Modules service")
      continue
    }
    const target = targetOf(subject.path, specifier)
    const complaint = judgeImport(subject.path, target ?? specifier, target !== undefined)
    if (complaint !== undefined) subject.report(node, "wall/import", complaint)
  }
}
