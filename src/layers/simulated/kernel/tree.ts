/** The one directory tree of the simulated kernel: names, paths, symlinks, mounts. Every function is one step, with the errno that Linux gives. */
import { Result } from "effect"
import { Device } from "./inodes.ts"
import type { DirectoryInode, Errno, Inode } from "./inodes.ts"

type Answer<A> = Result.Result<A, Errno>

/** Where a path leads: the directory that holds (or would hold) its last name, and what is there. */
export interface Place {
  readonly directory: DirectoryInode
  readonly name: string
  readonly inode: Inode | undefined
}

const mostLinks = 40
const longestName = 255

/** Names of an absolute path; `.` and empty ones dropped. */
export const partsOf = (path: string): ReadonlyArray<string> => path.split("/").filter((part) => part !== "" && part !== ".")

const parentOf = (directory: DirectoryInode): DirectoryInode => directory.parent ?? directory

export class Tree {
  readonly root: DirectoryInode
  private readonly devices = new Map<number, Device>()
  private readonly clock: () => number
  private readonly parts = new Map<string, ReadonlyArray<string>>()

  constructor(clock: () => number) {
    this.clock = clock
    this.root = this.addDevice().directory(0o755, clock())
    this.root.links = 1
  }

  private addDevice(): Device {
    const device = new Device(this.devices.size + 1)
    this.devices.set(device.number, device)
    return device
  }

  deviceOf(inode: { readonly device: number }): Device {
    return this.devices.get(inode.device) ?? this.addDevice()
  }

  now(): number {
    return this.clock()
  }

  /** Walks a path. `follow`: a symlink as the last part is followed, too. */
  find(path: string, follow: boolean): Answer<Place> {
    let parts = this.parts.get(path)
    if (parts === undefined) this.parts.set(path, (parts = partsOf(path)))
    return path.startsWith("/") ? this.walk(this.root, parts, follow, 0) : Result.fail("EINVAL")
  }

  private walk(from: DirectoryInode, parts: ReadonlyArray<string>, follow: boolean, links: number): Answer<Place> {
    let directory = from
    for (const [index, name] of parts.entries()) {
      const last = index === parts.length - 1
      if (name.length > longestName) return Result.fail("ENAMETOOLONG")
      if (name === ".." && last) return Result.succeed(this.placeOf(parentOf(directory)))
      const inode = name === ".." ? parentOf(directory) : directory.entries.get(name)
      if (inode?.kind === "symlink" && (!last || follow)) {
        if (links >= mostLinks) return Result.fail("ELOOP")
        const start = inode.target.startsWith("/") ? this.root : directory
        return this.walk(start, [...partsOf(inode.target), ...parts.slice(index + 1)], follow, links + 1)
      }
      if (last) return Result.succeed({ directory, name, inode })
      if (inode === undefined) return Result.fail("ENOENT")
      if (inode.kind !== "directory") return Result.fail("ENOTDIR")
      directory = inode
    }
    return Result.succeed(this.placeOf(directory))
  }

  private placeOf(directory: DirectoryInode): Place {
    const parent = parentOf(directory)
    return { directory: parent, name: [...parent.entries].find(([, inode]) => inode === directory)?.[0] ?? "", inode: directory }
  }

  /** What the path names. */
  lookup(path: string, follow: boolean): Answer<Inode> {
    return Result.flatMap(this.find(path, follow), ({ inode }) => (inode === undefined ? Result.fail("ENOENT") : Result.succeed(inode)))
  }

  /** The directory that the path names. */
  directory(path: string): Answer<DirectoryInode> {
    return Result.flatMap(this.lookup(path, true), (inode) => (inode.kind === "directory" ? Result.succeed(inode) : Result.fail("ENOTDIR")))
  }

  /** Gives an inode a name. */
  link(directory: DirectoryInode, name: string, inode: Inode): void {
    directory.entries.set(name, inode)
    directory.modified = this.clock()
    inode.links++
    if (inode.kind === "directory") inode.parent = directory
  }

  /** Takes a name away; the inode lives on while something has it open. */
  unlink(directory: DirectoryInode, name: string): void {
    const inode = directory.entries.get(name)
    if (inode === undefined) return
    directory.entries.delete(name)
    directory.modified = this.clock()
    inode.links--
    if (inode.kind === "directory") for (const child of [...inode.entries.keys()]) this.unlink(inode, child)
    this.deviceOf(inode).release(inode)
  }

  /** mkdir of one directory. */
  makeDirectory(path: string, mode: number): Answer<DirectoryInode> {
    return Result.flatMap(this.find(path, false), ({ directory, name, inode }) => {
      if (inode !== undefined) return Result.fail("EEXIST")
      const made = this.deviceOf(directory).directory(mode, this.clock(), directory)
      this.link(directory, name, made)
      return Result.succeed(made)
    })
  }

  /** mkdir -p. */
  makeDirectories(path: string, mode = 0o755): Answer<DirectoryInode> {
    const parts = partsOf(path)
    for (let depth = 1; depth <= parts.length; depth++) {
      const part = `/${parts.slice(0, depth).join("/")}`
      const there = this.lookup(part, true)
      if (Result.isSuccess(there)) {
        if (there.success.kind !== "directory") return Result.fail(depth === parts.length ? "EEXIST" : "ENOTDIR")
        continue
      }
      const made = this.makeDirectory(part, mode)
      if (Result.isFailure(made)) return made
    }
    return this.directory(path)
  }

  /** Makes a directory the root of a file system of its own (a tmpfs), as a mount does. */
  mount(path: string): Answer<DirectoryInode> {
    return Result.flatMap(this.makeDirectories(path), () =>
      Result.map(this.find(path, true), ({ directory, name }) => {
        this.unlink(directory, name)
        const root = this.addDevice().directory(0o1777, this.clock(), directory)
        this.link(directory, name, root)
        return root
      })
    )
  }

  /** The path of a directory or of a place, with every symlink resolved. */
  pathOf(place: Place): string {
    const names: Array<string> = [place.name]
    let directory = place.directory
    while (directory !== this.root) {
      const at = this.placeOf(directory)
      names.unshift(at.name)
      directory = at.directory
    }
    return `/${names.filter((name) => name !== "").join("/")}`
  }
}
