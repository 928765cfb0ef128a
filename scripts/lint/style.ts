/** What the compiler does not say: casts, floating effects, shared state, sizes. */
import type { Node } from "typescript/unstable/ast"
import { NodeFlags, SyntaxKind } from "typescript/unstable/ast"
import * as is from "typescript/unstable/ast/is"
import type { Rule, Subject } from "./project.ts"
import { walk } from "./project.ts"

const inSource = (path: string) => path.startsWith("src/")

const isConstCast = (node: Node) => is.isAsExpression(node) && is.isTypeReferenceNode(node.type) && node.type.typeName.getText() === "const"

/** No `any`, no `!`, and in `src` no cast without a comment `cast: <why it holds>` on its line or the one above. */
export const casts: Rule = ({ path, file, report }) => {
  const lines = file.text.split("\n")
  const explained = (node: Node) => {
    const line = file.getLineAndCharacterOfPosition(node.getStart(file)).line
    return [lines[line - 1], lines[line]].some((text) => /(\/\/|\/\*|^\s*\*).*\bcast: \S/.test(text ?? ""))
  }
  walk(file, (node) => {
    if (node.kind === SyntaxKind.AnyKeyword) report(node, "style/any", "`any` switches the compiler off: use unknown, a type parameter or a Schema")
    else if (is.isNonNullExpression(node)) report(node, "style/non-null", "`!` silences the compiler: handle the absence")
    else if (inSource(path) && is.isAsExpression(node) && !isConstCast(node) && !explained(node)) {
      report(node, "style/cast", "a cast silences the compiler: decode with a Schema, narrow, or explain it in a comment `cast: why it holds`")
    }
  })
  if (inSource(path) && /@ts-(ignore|expect-error|nocheck)/.test(file.text)) report(file, "style/cast", "a @ts- comment silences the compiler")
}

const lazyKinds: ReadonlyArray<readonly [property: string, kind: string]> = [
  ["~effect/Effect", "Effect"],
  ["~effect/Stream", "Stream"],
  ["~effect/Layer", "Layer"]
]

const lazyKind = ({ checker }: Subject, node: Node): string | undefined => {
  const type = checker.getTypeAtLocation(node)
  if (type === undefined) return undefined
  if (checker.getPropertyOfType(type, "then") !== undefined) return "Promise"
  return lazyKinds.find(([property]) => checker.getPropertyOfType(type, property) !== undefined)?.[1]
}

/** An Effect, Stream, Layer or Promise as a statement does nothing, or nobody waits for it. */
export const floating: Rule = (subject) =>
  walk(subject.file, (node) => {
    if (!is.isExpressionStatement(node)) return
    const { expression } = node
    if (is.isVoidExpression(expression) || is.isAwaitExpression(expression) || is.isBinaryExpression(expression)) return
    const kind = lazyKind(subject, expression)
    if (kind !== undefined) subject.report(node, "style/floating", `this ${kind} floats: yield it, return it or give it to something that runs it`)
  })

/** Modules of `src` share no mutable state: no top-level `let`, and collections there are typed Readonly. */
export const moduleState: Rule = ({ path, file, report }) => {
  if (!inSource(path)) return
  for (const statement of file.statements) {
    if (!is.isVariableStatement(statement)) continue
    if ((statement.declarationList.flags & NodeFlags.Const) === 0)
      report(statement, "style/module-state", "a module-level variable is state that all runs share")
    for (const { type, initializer } of statement.declarationList.declarations) {
      if (initializer === undefined || !is.isNewExpression(initializer)) continue
      const collection = /^(Map|Set|WeakMap|WeakSet|Array)$/.test(initializer.expression.getText(file))
      if (collection && !type?.getText(file).startsWith("Readonly")) {
        report(statement, "style/module-state", "a module-level collection is state that all runs share: type it ReadonlyMap or ReadonlySet")
      }
    }
  }
}

/** `recipe.ts` is what recipe authors import with nothing installed: types, and nothing that remains at run time. */
export const typesOnly: Rule = ({ path, file, report }) => {
  if (path !== "src/recipe.ts") return
  for (const statement of file.statements) {
    const erased = is.isInterfaceDeclaration(statement) || is.isTypeAliasDeclaration(statement) || (is.isExportDeclaration(statement) && statement.isTypeOnly)
    if (!erased) report(statement, "style/types-only", "src/recipe.ts holds types only")
  }
}

/** A focused test would hide all the others. */
export const focused: Rule = ({ path, file, report }) => {
  if (!path.startsWith("test/")) return
  walk(file, (node) => {
    if (is.isPropertyAccessExpression(node) && node.name.text === "only" && /^(it|test|describe)\b/.test(node.expression.getText(file))) {
      report(node, "style/only", "a focused test hides all the others")
    }
  })
}

const limitOf = (path: string) => (path.startsWith("test/") ? 300 : 200)

/** Files of at most 200 lines (tests 300), functions of at most 80 (tests group many cases in one). */
export const sizes: Rule = ({ path, file, report }) => {
  const lines = file.text.trimEnd().split("\n").length
  if (lines > limitOf(path)) report(file, "size/file", `${lines} lines, and ${limitOf(path)} are allowed: split it by what it is about`)
  if (path.startsWith("test/")) return
  const lineAt = (position: number) => file.getLineAndCharacterOfPosition(position).line
  walk(file, (node) => {
    if (!is.isFunctionDeclaration(node) && !is.isFunctionExpression(node) && !is.isArrowFunction(node) && !is.isMethodDeclaration(node)) return
    const length = lineAt(node.end) - lineAt(node.getStart(file)) + 1
    if (length > 80) report(node, "size/function", `a function of ${length} lines does not fit a screen (80)`)
  })
}
