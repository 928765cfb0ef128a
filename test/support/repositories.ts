/** Repositories as tests want them, in whichever world. */
import { Context } from "effect"
import type { Effect } from "effect"
import type { CommitId } from "../../src/model/names.ts"

/** One commit of a history. */
export interface Step {
  /** Files that it writes: path to text. */
  readonly files: Readonly<Record<string, string>>
  /** Index of its parent in the history; default: the step before it. */
  readonly parent?: number
  /** The branch that is set to it. Without one only later commits, tags and refs can lead to it. */
  readonly branch?: string
  readonly tags?: ReadonlyArray<{ readonly name: string; readonly annotated: boolean }>
  /** Other refs that are set to it: `refs/pull/7/head`. */
  readonly refs?: ReadonlyArray<string>
}

export interface Repository {
  /** Path of a folder with a work tree, which has `main` checked out, clean. */
  readonly source: string
  /** One a step. */
  readonly commits: ReadonlyArray<CommitId>
}

/** Makes a repository called `name` in the test's workspace. At least one step has the branch `main`. */
export class Repositories extends Context.Service<Repositories, { readonly make: (name: string, history: ReadonlyArray<Step>) => Effect.Effect<Repository> }>()(
  "ccci/test/Repositories"
) {}
