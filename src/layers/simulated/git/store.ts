/** Simulated git: commits are trees of text in one store of the world; a repository is what its `.git` file in the tree of files says. */
import { Option, Result, Schema } from "effect"
import { CommitId } from "../../../model/names.ts"
import type { GitError } from "../../../services/Git.ts"
import { fileAt, writeAtomic } from "../kernel/fileCalls.ts"
import { sha256 } from "../sha256.ts"
import type { World } from "../World.ts"

/** A commit: the whole tree, path to text. */
export interface Commit {
  readonly tree: ReadonlyMap<string, string>
  readonly parents: ReadonlyArray<CommitId>
}

const Ref = Schema.Struct({ commit: CommitId, annotated: Schema.Boolean })

/** What a repository knows. `head` is a branch's full name, or a commit. */
export const Repository = Schema.Struct({
  head: Schema.String,
  refs: Schema.Record(Schema.String, Ref),
  /** Commits that it has, led to or not. */
  commits: Schema.Array(CommitId)
})
export type Repository = typeof Repository.Type

/** Why a command failed, as GitError tells it. */
export interface GitRefusal {
  readonly reason: GitError["reason"]
  readonly seen: string
}
export type Answer<A> = Result.Result<A, GitRefusal>

export const refuse = (reason: GitRefusal["reason"], seen: string): Result.Result<never, GitRefusal> => Result.fail({ reason, seen })

/** All commits of the world, and what URLs stand for. */
export class GitStore {
  readonly commits = new Map<CommitId, Commit>()
  /** A URL's repository: its path in the tree, which no program sees as such. */
  readonly remotes = new Map<string, string>()

  /** A new commit; two of the same content are two. */
  add(commit: Commit): CommitId {
    const id = CommitId.make(sha256(JSON.stringify([[...commit.tree], commit.parents, this.commits.size])).slice(0, 40))
    this.commits.set(id, commit)
    return id
  }

  treeOf(id: CommitId): ReadonlyMap<string, string> {
    return this.commits.get(id)?.tree ?? new Map()
  }

  /** Every commit that leads to one of these, themselves included. */
  reachable(from: Iterable<CommitId>): ReadonlySet<CommitId> {
    const found = new Set<CommitId>()
    const open = [...from]
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      if (found.has(id)) continue
      found.add(id)
      open.push(...(this.commits.get(id)?.parents ?? []))
    }
    return found
  }
}

const metadataOf = (directory: string) => `${directory}/.git/simulated.json`
const decode = Schema.decodeUnknownResult(Schema.fromJsonString(Repository))

/** The repository in a directory. */
export const openRepository = (world: World, directory: string): Answer<Repository> => {
  const file = fileAt(world.tree, metadataOf(directory))
  if (Result.isFailure(file)) return refuse("notARepository", `fatal: not a git repository: '${directory}'`)
  return Result.mapError(decode(file.success.text), () => ({ reason: "notARepository", seen: `fatal: ${directory}/.git is damaged` }) as const)
}

export const saveRepository = (world: World, directory: string, repository: Repository): Answer<void> => {
  world.tree.makeDirectories(`${directory}/.git`)
  return Result.mapError(writeAtomic(world.tree, metadataOf(directory), JSON.stringify(repository)), (code) => ({
    reason: "other",
    seen: `fatal: cannot write ${directory}/.git: ${code}`
  }))
}

/** The repository that a source names: a folder, or a URL that the world knows. */
export const openSource = (world: World, source: string): Answer<Repository> => {
  const path = world.git.remotes.get(source) ?? source
  if (path.startsWith("/"))
    return Result.mapError(openRepository(world, path), ({ reason }) => ({ reason, seen: `fatal: '${source}' does not appear to be a git repository` }))
  return refuse("unreachable", `fatal: unable to access '${source}': Could not resolve host`)
}

export const headOf = ({ head, refs }: Repository): Option.Option<CommitId> =>
  head.startsWith("refs/") ? Option.fromUndefinedOr(refs[head]?.commit) : Schema.decodeUnknownOption(CommitId)(head)

/** What a name means in a repository: HEAD, a ref in git's order, a whole commit id, or (`abbreviated`) the beginning of one. */
export const resolveIn = (repository: Repository, name: string, abbreviated: boolean): Option.Option<CommitId> => {
  if (name === "HEAD") return headOf(repository)
  for (const prefix of ["", "refs/", "refs/tags/", "refs/heads/", "refs/remotes/"]) {
    const ref = Object.hasOwn(repository.refs, `${prefix}${name}`) ? repository.refs[`${prefix}${name}`] : undefined
    if (ref !== undefined) return Option.some(ref.commit)
  }
  const found = repository.commits.filter((id) => id === name || (abbreviated && /^[0-9a-f]{4,}$/.test(name) && id.startsWith(name)))
  return found.length === 1 ? Option.fromUndefinedOr(found[0]) : Option.none()
}
