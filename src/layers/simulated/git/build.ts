/** Repositories for scenarios and tests. */
import { Result } from "effect"
import type { CommitId } from "../../../model/names.ts"
import type { World } from "../World.ts"
import { checkout } from "./commands.ts"
import { saveRepository } from "./store.ts"
import type { Repository } from "./store.ts"

/** One commit of a history: what it changes of its parent's tree, and what leads to it. */
export interface Step {
  /** Path to text; undefined takes the file away. */
  readonly files: Readonly<Record<string, string | undefined>>
  /** Index of its parent; default: the step before. */
  readonly parent?: number
  readonly branch?: string
  readonly tags?: ReadonlyArray<{ readonly name: string; readonly annotated: boolean }>
  /** Other refs: `refs/pull/7/head`. */
  readonly refs?: ReadonlyArray<string>
}

/** Makes a repository at `directory`, with `main` checked out; returns one commit a step. */
export const makeRepository = (world: World, directory: string, history: ReadonlyArray<Step>): ReadonlyArray<CommitId> => {
  const commits: Array<CommitId> = []
  const refs: Record<string, { commit: CommitId; annotated: boolean }> = {}
  for (const [index, step] of history.entries()) {
    const parent = commits[step.parent ?? index - 1]
    const tree = new Map(parent === undefined ? [] : world.git.treeOf(parent))
    for (const [path, text] of Object.entries(step.files)) {
      if (text === undefined) tree.delete(path)
      else tree.set(path, text)
    }
    const commit = world.git.add({ tree, parents: parent === undefined ? [] : [parent] })
    commits.push(commit)
    if (step.branch !== undefined) refs[`refs/heads/${step.branch}`] = { commit, annotated: false }
    for (const { name, annotated } of step.tags ?? []) refs[`refs/tags/${name}`] = { commit, annotated }
    for (const ref of step.refs ?? []) refs[ref] = { commit, annotated: false }
  }
  const repository: Repository = { head: "refs/heads/main", refs, commits }
  const main = refs["refs/heads/main"]
  const made = Result.gen(function* () {
    yield* saveRepository(world, directory, { ...repository, head: "refs/heads/unborn" })
    if (main !== undefined) yield* checkout(world, directory, main.commit)
    yield* saveRepository(world, directory, repository)
  })
  return Result.isSuccess(made) ? commits : []
}
