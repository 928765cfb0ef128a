/** git's commands on simulated repositories, each one step. They write real files of the simulated tree. */
import { Option, Result } from "effect"
import type { CommitId } from "../../../model/names.ts"
import type { Tag } from "../../../services/Git.ts"
import { filesBelow, writeAtomic } from "../kernel/fileCalls.ts"
import type { World } from "../World.ts"
import { headOf, openRepository, openSource, refuse, resolveIn, saveRepository } from "./store.ts"
import type { Answer, Repository } from "./store.ts"

const isTag = (name: string) => name.startsWith("refs/tags/")

const tracked = (world: World, repository: Repository) =>
  Option.match(headOf(repository), { onNone: () => new Map<string, string>(), onSome: (id) => world.git.treeOf(id) })

/** The work tree's files, by path. */
const present = (world: World, directory: string): ReadonlyMap<string, string> => {
  const folder = world.tree.directory(directory)
  const files = Result.isSuccess(folder) ? filesBelow(folder.success) : []
  return new Map(files.flatMap(([path, { text }]): ReadonlyArray<[string, string]> => (path.startsWith(".git/") ? [] : [[path, text]])))
}

/** Makes the work tree what the commit has, by force; what no commit tracks stays. Text that starts with `#!` is executable. */
const writeTree = (world: World, directory: string, before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): void => {
  for (const path of before.keys()) if (!after.has(path)) removeFile(world, directory, path)
  for (const [path, text] of after) {
    const whole = `${directory}/${path}`
    world.tree.makeDirectories(whole.slice(0, whole.lastIndexOf("/")))
    writeAtomic(world.tree, whole, text, text.startsWith("#!") ? 0o755 : 0o644)
  }
}

/** With the folders that it leaves empty. */
const removeFile = (world: World, directory: string, path: string): void => {
  const place = world.tree.find(`${directory}/${path}`, false)
  if (Result.isFailure(place) || place.success.inode === undefined) return
  world.tree.unlink(place.success.directory, place.success.name)
  const above = path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : ""
  if (above !== "" && place.success.directory.entries.size === 0) removeFile(world, directory, above)
}

export const clone = (world: World, source: string, directory: string): Answer<void> =>
  Result.gen(function* () {
    const origin = yield* openSource(world, source)
    const there = world.tree.directory(directory)
    if (Result.isSuccess(there) && there.success.entries.size > 0) {
      return yield* refuse("other", `fatal: destination path '${directory}' already exists and is not an empty directory.`)
    }
    const refs = Object.entries(origin.refs).flatMap(([name, ref]): ReadonlyArray<[string, typeof ref]> => {
      if (isTag(name)) return [[name, ref]]
      const branch = /^refs\/heads\/(.*)$/.exec(name)?.[1]
      if (branch === undefined) return []
      const remote: [string, typeof ref] = [`refs/remotes/origin/${branch}`, ref]
      return name === origin.head ? [remote, [name, ref]] : [remote]
    })
    const head = headOf(origin)
    const commits = world.git.reachable([...refs.map(([, { commit }]) => commit), ...Option.toArray(head)])
    const made: Repository = { head: origin.head, refs: Object.fromEntries(refs), commits: [...commits] }
    yield* saveRepository(world, directory, made)
    writeTree(world, directory, new Map(), tracked(world, made))
  })

export const fetch = (world: World, directory: string, source: string, ref: string): Answer<CommitId> =>
  Result.gen(function* () {
    const repository = yield* openRepository(world, directory)
    if (ref.includes(":")) return yield* refuse("missing", "a ref has no colon")
    const commit = resolveIn(yield* openSource(world, source), ref, false)
    if (Option.isNone(commit)) return yield* refuse("missing", `fatal: couldn't find remote ref ${ref}`)
    const commits = new Set([...repository.commits, ...world.git.reachable([commit.value])])
    yield* saveRepository(world, directory, { ...repository, commits: [...commits] })
    return commit.value
  })

export const fetchTags = (world: World, directory: string, source: string): Answer<void> =>
  Result.gen(function* () {
    const repository = yield* openRepository(world, directory)
    const tags = Object.entries((yield* openSource(world, source)).refs).filter(([name]) => isTag(name))
    const commits = new Set([...repository.commits, ...world.git.reachable(tags.map(([, { commit }]) => commit))])
    return yield* saveRepository(world, directory, { ...repository, refs: { ...repository.refs, ...Object.fromEntries(tags) }, commits: [...commits] })
  })

export const resolve = (world: World, directory: string, ref: string): Answer<Option.Option<CommitId>> =>
  Result.map(openRepository(world, directory), (repository) => resolveIn(repository, ref, true))

export const head = (world: World, directory: string): Answer<CommitId> =>
  Result.flatMap(openRepository(world, directory), (repository) =>
    Option.match(headOf(repository), { onNone: () => refuse("missing", "fatal: Needed a single revision"), onSome: Result.succeed })
  )

export const tags = (world: World, directory: string): Answer<ReadonlyArray<Tag>> =>
  Result.map(openRepository(world, directory), ({ refs }) =>
    Object.entries(refs)
      .flatMap(([name, ref]) => (isTag(name) ? [{ name: name.slice("refs/tags/".length), ...ref }] : []))
      .sort((one, other) => (one.name < other.name ? -1 : 1))
  )

export const checkout = (world: World, directory: string, commit: CommitId): Answer<void> =>
  Result.gen(function* () {
    const repository = yield* openRepository(world, directory)
    if (!repository.commits.includes(commit)) return yield* refuse("missing", `fatal: unable to read tree (${commit})`)
    writeTree(world, directory, tracked(world, repository), world.git.treeOf(commit))
    return yield* saveRepository(world, directory, { ...repository, head: commit })
  })

/** Changed, removed and untracked paths; an untracked folder is told as one, with a slash. */
export const status = (world: World, directory: string): Answer<ReadonlyArray<string>> =>
  Result.map(openRepository(world, directory), (repository) => {
    const committed = tracked(world, repository)
    const now = present(world, directory)
    const changed = [...committed].flatMap(([path, text]) => (now.get(path) === text ? [] : [path]))
    const untracked = [...now.keys()].filter((path) => !committed.has(path)).map((path) => folderOf(path, committed))
    return [...new Set([...changed, ...untracked])].sort()
  })

/** The highest folder of a path in which nothing is tracked, else the path. */
const folderOf = (path: string, committed: ReadonlyMap<string, string>): string => {
  const names = path.split("/")
  for (let depth = 1; depth < names.length; depth++) {
    const folder = `${names.slice(0, depth).join("/")}/`
    if (![...committed.keys()].some((one) => one.startsWith(folder))) return folder
  }
  return path
}

export const isAncestor = (world: World, directory: string, ancestor: CommitId, descendant: CommitId): Answer<boolean> =>
  Result.flatMap(openRepository(world, directory), ({ commits }) => {
    const missing = [ancestor, descendant].find((id) => !commits.includes(id))
    if (missing !== undefined) return refuse("missing", `fatal: Not a valid commit name ${missing}`)
    return Result.succeed(world.git.reachable([descendant]).has(ancestor))
  })
