/** Inodes of the simulated kernel: what a file IS, whatever names it. */

/** Names of errno that the world's file system gives. */
export type Errno =
  | "EACCES"
  | "EAGAIN"
  | "EBADF"
  | "EBUSY"
  | "EEXIST"
  | "EFBIG"
  | "EINTR"
  | "EINVAL"
  | "EIO"
  | "EISDIR"
  | "ELOOP"
  | "EMFILE"
  | "ENAMETOOLONG"
  | "ENOENT"
  | "ENOSPC"
  | "ENOTDIR"
  | "ENOTEMPTY"
  | "EPERM"
  | "EROFS"
  | "EXDEV"

interface Common {
  readonly device: number
  readonly number: number
  /** Permission bits. */
  mode: number
  /** ms since the epoch. */
  modified: number
  /** Names that lead here. */
  links: number
  /** Open file descriptions on it. */
  opened: number
}

/** A regular file: its content is text, kept as UTF-16; sizes and digests are those of its UTF-8 form. */
export interface FileInode extends Common {
  readonly kind: "file"
  text: string
}

export interface DirectoryInode extends Common {
  readonly kind: "directory"
  readonly entries: Map<string, Inode>
  /** Undefined: the root of the tree, which is its own parent. */
  parent: DirectoryInode | undefined
}

export interface SymlinkInode extends Common {
  readonly kind: "symlink"
  readonly target: string
}

export type Inode = FileInode | DirectoryInode | SymlinkInode

/** A file system: a device with inode numbers, which are used again as soon as nothing names or opens them, as ext4 does. */
export class Device {
  readonly number: number
  private readonly used = new Set<number>()

  constructor(number: number) {
    this.number = number
  }

  private common(mode: number, modified: number): Common {
    let number = 2
    while (this.used.has(number)) number++
    this.used.add(number)
    return { device: this.number, number, mode, modified, links: 0, opened: 0 }
  }

  file(mode: number, now: number, text = ""): FileInode {
    return { ...this.common(mode, now), kind: "file", text }
  }

  symlink(target: string, now: number): SymlinkInode {
    return { ...this.common(0o777, now), kind: "symlink", target }
  }

  directory(mode: number, now: number, parent?: DirectoryInode): DirectoryInode {
    return { ...this.common(mode, now), kind: "directory", entries: new Map(), parent }
  }

  /** Gives the number back once nothing names or opens the inode. */
  release(inode: Inode): void {
    if (inode.links === 0 && inode.opened === 0) this.used.delete(inode.number)
  }
}
