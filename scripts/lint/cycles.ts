/** Modules of `src` that import each other in a circle at run time: which of them runs first is chance, and neither can be understood alone. */
import type { Rule, Subject } from "./project.ts"
import { importsOf, targetOf } from "./wall.ts"

/** Collects what is imported by what, then finds the circles. */
export const makeCycles = (): { readonly collect: Rule; readonly find: () => ReadonlyArray<ReadonlyArray<string>> } => {
  const edges = new Map<string, ReadonlyArray<string>>()
  const collect = (subject: Subject) => {
    if (!subject.path.startsWith("src/")) return
    edges.set(
      subject.path,
      importsOf(subject).flatMap(({ specifier, erased }) => (erased ? [] : (targetOf(subject.path, specifier ?? "") ?? [])))
    )
  }
  const find = () => {
    const circles: Array<ReadonlyArray<string>> = []
    const done = new Set<string>()
    const follow = (path: string, trail: ReadonlyArray<string>): void => {
      const start = trail.indexOf(path)
      if (start >= 0) {
        circles.push([...trail.slice(start), path])
        return
      }
      if (done.has(path)) return
      for (const next of edges.get(path) ?? []) follow(next, [...trail, path])
      done.add(path)
    }
    for (const path of edges.keys()) follow(path, [])
    return circles
  }
  return { collect, find }
}
