/** Open file descriptions: what flock belongs to. Descriptors of several processes may share one (dup, inheritance); the last close drops the lock. */
import type { FileInode } from "./inodes.ts"
import type { Tree } from "./tree.ts"
import type { Process } from "./processes.ts"

/** An open file description. */
export interface Description {
  readonly inode: FileInode
  readonly path: string
  /** Descriptors that refer to it. */
  references: number
  lock: "none" | "shared" | "exclusive"
}

/** An entry of a process's file table. */
export interface Descriptor {
  readonly description: Description
  readonly closeOnExec: boolean
}

const mostDescriptors = 1024

/** Every open file description of the machine. */
export class Descriptions {
  readonly open = new Set<Description>()
  private readonly tree: Tree

  constructor(tree: Tree) {
    this.tree = tree
  }

  /** The lowest free descriptor of a process; undefined: EMFILE. */
  private free(process: Process): number | undefined {
    for (let fd = 3; fd < mostDescriptors; fd++) if (!process.fds.has(fd)) return fd
    return undefined
  }

  /** Opens an inode; undefined when the process has no descriptor left. */
  add(process: Process, inode: FileInode, path: string, closeOnExec = true): number | undefined {
    const fd = this.free(process)
    if (fd === undefined) return undefined
    const description: Description = { inode, path, references: 1, lock: "none" }
    inode.opened++
    this.open.add(description)
    process.fds.set(fd, { description, closeOnExec })
    return fd
  }

  /** dup(2). */
  duplicate(process: Process, fd: number): number | undefined {
    const descriptor = process.fds.get(fd)
    const other = this.free(process)
    if (descriptor === undefined || other === undefined) return undefined
    descriptor.description.references++
    process.fds.set(other, { description: descriptor.description, closeOnExec: false })
    return other
  }

  /** What a child gets of its parent's descriptors at exec: those that are not close-on-exec. */
  inherit(parent: Process, child: Process): void {
    for (const [fd, descriptor] of parent.fds) {
      if (descriptor.closeOnExec) continue
      descriptor.description.references++
      child.fds.set(fd, descriptor)
    }
  }

  /** Closes one descriptor; false: EBADF. */
  close(process: Process, fd: number): boolean {
    const descriptor = process.fds.get(fd)
    if (descriptor === undefined) return false
    process.fds.delete(fd)
    const { description } = descriptor
    if (--description.references > 0) return true
    description.lock = "none"
    this.open.delete(description)
    description.inode.opened--
    this.tree.deviceOf(description.inode).release(description.inode)
    return true
  }

  closeAll(process: Process): void {
    for (const fd of [...process.fds.keys()]) this.close(process, fd)
  }

  /** flock without blocking; false: EWOULDBLOCK. A conversion drops the lock first, so a failed one has lost it, as on Linux. */
  tryLock(description: Description, wanted: "shared" | "exclusive"): boolean {
    if (description.lock === wanted) return true
    description.lock = "none"
    for (const other of this.open) {
      if (other === description || other.inode !== description.inode || other.lock === "none") continue
      if (wanted === "exclusive" || other.lock === "exclusive") return false
    }
    description.lock = wanted
    return true
  }
}
