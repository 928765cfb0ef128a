/** git, one command each, in a given checkout. Refs come from outside: they are data (argv after `--` or `--end-of-options`), and no hook, prompt or ext:: transport of a repository ever runs. */
import { Context, Schema } from "effect"
import type { Effect, Option } from "effect"
import type { CommitId } from "../model/names.ts"

/** A git command failed: what was attempted, on which repository, and git's own last words. */
export class GitError extends Schema.TaggedError<GitError>()("GitError", {
  attempted: Schema.String,
  repository: Schema.String,
  seen: Schema.String,
  /** `missing`: the ref or commit is not there. `unreachable`: the remote could not be reached. */
  reason: Schema.Literals(["missing", "unreachable", "notARepository", "other"])
}) {
  override get message() {
    return `git could not ${this.attempted} in ${this.repository}: ${this.seen}`
  }
}

/** A tag, with the commit it names; `annotated` false is a lightweight tag (R014, DEP-5). */
export interface Tag {
  readonly name: string
  readonly commit: CommitId
  readonly annotated: boolean
}

export class Git extends Context.Service<
  Git,
  {
    /** A plain clone (all branches, all tags) of a URL or a local folder into a directory that does not exist yet. */
    readonly clone: (source: string, directory: string) => Effect.Effect<void, GitError>
    /** Fetches one ref of a remote URL (a branch, tag, commit, refs/pull/N/head) and returns the commit that it names. */
    readonly fetch: (directory: string, source: string, ref: string) => Effect.Effect<CommitId, GitError>
    /** Fetches all tags of a URL (existing ones are overwritten). */
    readonly fetchTags: (directory: string, source: string) => Effect.Effect<void, GitError>
    /** The commit that a ref of the checkout names; none when there is no such ref. */
    readonly resolve: (directory: string, ref: string) => Effect.Effect<Option.Option<CommitId>, GitError>
    readonly head: (directory: string) => Effect.Effect<CommitId, GitError>
    readonly tags: (directory: string) => Effect.Effect<ReadonlyArray<Tag>, GitError>
    /** `git checkout --force --detach <commit>` (RUN-5). */
    readonly checkout: (directory: string, commit: CommitId) => Effect.Effect<void, GitError>
    /** Changed and untracked paths, as `git status --porcelain` tells them; empty is clean. */
    readonly status: (directory: string) => Effect.Effect<ReadonlyArray<string>, GitError>
    readonly isAncestor: (directory: string, ancestor: CommitId, descendant: CommitId) => Effect.Effect<boolean, GitError>
  }
>()("ccci/services/Git") {}
