/** File operations of the simulated kernel, each whole in one step. */
import { Option, Result } from "effect"
import type { Stat } from "../../../services/Files.ts"
import type { DirectoryInode, Errno, FileInode, Inode } from "./inodes.ts"
import type { Place, Tree } from "./tree.ts"

type Answer<A> = Result.Result<A, Errno>
const done: Answer<void> = Result.succeed(undefined)

/** Bytes of a text as UTF-8. */
export const byteLength = (text: string): number => new TextEncoder().encode(text).length

/** The regular file that a path names. */
export const fileAt = (tree: Tree, path: string): Answer<FileInode> =>
  Result.flatMap(tree.lookup(path, true), (inode) =>
    inode.kind === "file" ? Result.succeed(inode) : Result.fail(inode.kind === "directory" ? "EISDIR" : "EINVAL")
  )

export const readText = (tree: Tree, path: string, limit: number): Answer<string> =>
  Result.flatMap(fileAt(tree, path), ({ text }) => (text.length > limit || byteLength(text) > limit ? Result.fail("EFBIG") : Result.succeed(text)))

/** A new file with that text in the place of whatever had the name: what a rename over it does. */
const replace = (tree: Tree, place: Place, text: string, mode: number): Answer<void> => {
  if (place.inode?.kind === "directory") return Result.fail("EISDIR")
  const file = tree.deviceOf(place.directory).file(mode, tree.now(), text)
  tree.unlink(place.directory, place.name)
  tree.link(place.directory, place.name, file)
  return done
}

/** Written aside and renamed: whoever has the old file open keeps the old one. A symlink is replaced, not followed. */
export const writeAtomic = (tree: Tree, path: string, text: string, mode = 0o644): Answer<void> =>
  Result.flatMap(tree.find(path, false), (place) => replace(tree, place, text, mode))

export const append = (tree: Tree, path: string, text: string, mode = 0o644): Answer<void> =>
  Result.flatMap(tree.find(path, true), (place) => {
    if (place.inode === undefined) return replace(tree, place, text, mode)
    if (place.inode.kind !== "file") return Result.fail("EISDIR")
    place.inode.text += text
    place.inode.modified = tree.now()
    return done
  })

export const stat = (tree: Tree, path: string): Answer<Option.Option<Stat>> => {
  const found = tree.lookup(path, false)
  if (Result.isFailure(found)) return found.failure === "ENOENT" || found.failure === "ENOTDIR" ? Result.succeed(Option.none()) : Result.fail(found.failure)
  const inode = found.success
  const size = inode.kind === "file" ? byteLength(inode.text) : inode.kind === "symlink" ? inode.target.length : inode.entries.size
  return Result.succeed(Option.some({ kind: inode.kind, size, mode: inode.mode, modified: inode.modified }))
}

export const realPath = (tree: Tree, path: string): Answer<string> =>
  Result.flatMap(tree.find(path, true), (place) => (place.inode === undefined ? Result.fail("ENOENT") : Result.succeed(tree.pathOf(place))))

export const symlink = (tree: Tree, target: string, path: string): Answer<void> =>
  Result.flatMap(tree.find(path, false), ({ directory, name, inode }) => {
    if (inode !== undefined) return Result.fail("EEXIST")
    tree.link(directory, name, tree.deviceOf(directory).symlink(target, tree.now()))
    return done
  })

const holds = (outer: Inode, inner: DirectoryInode): boolean =>
  outer === inner || (inner.parent !== undefined && inner.parent !== inner && holds(outer, inner.parent))

export const rename = (tree: Tree, from: string, to: string): Answer<void> =>
  Result.gen(function* () {
    const source = yield* tree.find(from, false)
    const target = yield* tree.find(to, false)
    const moved = source.inode
    if (moved === undefined) return yield* Result.fail<Errno>("ENOENT")
    if (moved === target.inode) return
    if (source.directory.device !== target.directory.device) return yield* Result.fail<Errno>("EXDEV")
    if (holds(moved, target.directory)) return yield* Result.fail<Errno>("EINVAL")
    if (target.inode?.kind === "directory" && moved.kind !== "directory") return yield* Result.fail<Errno>("EISDIR")
    if (target.inode !== undefined && target.inode.kind !== "directory" && moved.kind === "directory") return yield* Result.fail<Errno>("ENOTDIR")
    if (target.inode?.kind === "directory" && target.inode.entries.size > 0) return yield* Result.fail<Errno>("ENOTEMPTY")
    tree.unlink(target.directory, target.name)
    // Linked under the new name first: an inode without any name would be taken apart.
    tree.link(target.directory, target.name, moved)
    source.directory.entries.delete(source.name)
    source.directory.modified = tree.now()
    moved.links--
  })

/** One regular file; an existing target that is a symlink is replaced, never followed. */
export const copyFile = (tree: Tree, from: string, to: string): Answer<void> =>
  Result.gen(function* () {
    const file = yield* tree.lookup(from, true)
    if (file.kind !== "file") return yield* Result.fail<Errno>("EINVAL")
    const place = yield* tree.find(to, false)
    return yield* replace(tree, place, file.text, file.mode)
  })

const copyInto = (tree: Tree, inode: Inode, directory: DirectoryInode, name: string): void => {
  const device = tree.deviceOf(directory)
  if (inode.kind === "file") return tree.link(directory, name, device.file(inode.mode, tree.now(), inode.text))
  if (inode.kind === "symlink") return tree.link(directory, name, device.symlink(inode.target, tree.now()))
  const present = directory.entries.get(name)
  const copy = present?.kind === "directory" ? present : device.directory(inode.mode, tree.now(), directory)
  if (copy !== present) tree.link(directory, name, copy)
  for (const [child, below] of [...inode.entries]) {
    if (copy.entries.get(child)?.kind !== "directory") tree.unlink(copy, child)
    copyInto(tree, below, copy, child)
  }
}

export const copyTree = (tree: Tree, from: string, to: string): Answer<void> =>
  Result.gen(function* () {
    const inode = yield* tree.lookup(from, false)
    const place = yield* tree.find(to, true)
    if (inode.kind === "directory" && holds(inode, place.directory)) return yield* Result.fail<Errno>("EINVAL")
    if (inode.kind !== "directory" && place.inode !== undefined) tree.unlink(place.directory, place.name)
    copyInto(tree, inode, place.directory, place.name)
  })

/** A file or a whole tree, without following symlinks; what is gone is no error. */
export const remove = (tree: Tree, path: string): Answer<void> => {
  const found = tree.find(path, false)
  if (Result.isFailure(found)) return found.failure === "ENOENT" || found.failure === "ENOTDIR" ? done : Result.fail(found.failure)
  tree.unlink(found.success.directory, found.success.name)
  return done
}

/** Every regular file below a directory: its path relative to it, and its inode. Symlinks are not followed. */
export const filesBelow = (directory: DirectoryInode, prefix = ""): ReadonlyArray<readonly [path: string, file: FileInode]> =>
  [...directory.entries].flatMap(([name, inode]) =>
    inode.kind === "directory" ? filesBelow(inode, `${prefix}${name}/`) : inode.kind === "file" ? [[`${prefix}${name}`, inode] as const] : []
  )
