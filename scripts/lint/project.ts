/** Opens the project, or fixtures that stand in for it, with the TypeScript compiler that checks it, and walks its syntax trees. */
import { isAbsolute, join, relative } from "node:path"
import { API, type Checker } from "typescript/unstable/sync"
import type { Node, SourceFile } from "typescript/unstable/ast"

/** One thing that is wrong: a path relative to the root, a line from 1, the rule's name and a sentence. */
export interface Finding {
  readonly path: string
  readonly line: number
  readonly rule: string
  readonly message: string
}

/** A source file with what rules need to judge it. */
export interface Subject {
  readonly path: string
  readonly file: SourceFile
  readonly checker: Checker
  readonly root: string
  readonly report: (node: Node, rule: string, message: string) => void
}

/** Judges a whole file. */
export type Rule = (subject: Subject) => void

/** Calls `visit` for a node and everything below it. */
export const walk = (node: Node, visit: (node: Node) => void): void => {
  visit(node)
  node.forEachChild((child) => walk(child, visit))
}

/** Texts by path relative to the root, that stand in for the files of the project. */
export type Fixtures = Readonly<Record<string, string>>

const virtual = (root: string, fixtures: Fixtures) => {
  const texts = new Map(Object.entries(fixtures).map(([path, text]) => [join(root, path), text]))
  const config = join(root, "tsconfig.json")
  texts.set(config, JSON.stringify({ extends: "../tsconfig.json", include: [], files: Object.keys(fixtures) }))
  return {
    readFile: (path: string) => texts.get(path),
    fileExists: (path: string) => (texts.has(path) ? true : undefined)
  }
}

/** Judges the project at `root`; with fixtures, these alone, as if they stood in the folder `root` of a project. */
export const lint = (root: string, rules: ReadonlyArray<Rule>, fixtures?: Fixtures): ReadonlyArray<Finding> => {
  const findings: Array<Finding> = []
  const api = new API({ cwd: root, ...(fixtures ? { fs: virtual(root, fixtures) } : {}) })
  try {
    const config = join(root, "tsconfig.json")
    const project = api.updateSnapshot({ openProjects: [config] }).getProject(config)
    if (project === undefined) throw new Error(`TypeScript could not open ${config}`)
    for (const name of project.program.getSourceFileNames()) {
      const path = relative(root, name)
      if (path.startsWith("..") || isAbsolute(path) || path.includes("node_modules/")) continue
      const file = project.program.getSourceFile(name)
      if (file === undefined) continue
      const report = (node: Node, rule: string, message: string) => {
        findings.push({ path, line: file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1, rule, message })
      }
      for (const rule of rules) rule({ path, file, checker: project.checker, root, report })
    }
  } finally {
    api.close()
  }
  return findings
}
