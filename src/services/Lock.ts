/**
 * The kernel calls under the app lock: open, flock, identity, touch, unlink, close, list. One call of the outside each; the protocol on top
 * (LOCK, JAN) is `programs/appLock` and `programs/janitor`, the same code on Linux and in the simulated kernel.
 */
import { Context, Schema } from "effect"
import type { Effect, Option } from "effect"

/** Device and inode: what a file IS, whatever path names it now. */
export interface Identity {
  readonly device: bigint
  readonly inode: bigint
}

/** An open file description of a lock file. Opaque: only the layer that made it can use it. It is never closed by garbage collection. */
export interface LockFile {
  readonly path: string
  readonly fd: number
}

/** A kernel call on a lock file failed: which call, on which path, with which errno. */
export class LockError extends Schema.TaggedError<LockError>()("LockError", {
  call: Schema.Literals(["open", "flock", "fstat", "stat", "utimes", "unlink", "close", "readdir"]),
  path: Schema.String,
  code: Schema.String
}) {
  override get message() {
    return `Lock file ${this.path}: ${this.call} failed with ${this.code}. Check that the lock directory exists, is writable and is on a local file system (CCCI_APP_LOCK_DIR).`
  }
}

export class Lock extends Context.Service<
  Lock,
  {
    /** Opens for append, creating the file if absent, close-on-exec. */
    readonly open: (path: string) => Effect.Effect<LockFile, LockError>
    /** Exclusive flock without blocking: false when another open file description holds it. */
    readonly tryLock: (file: LockFile) => Effect.Effect<boolean, LockError>
    /** Identity of the open file. */
    readonly identity: (file: LockFile) => Effect.Effect<Identity, LockError>
    /** Identity of what the path names now; none when it names nothing. Also for directories. */
    readonly identityOfPath: (path: string) => Effect.Effect<Option.Option<Identity>, LockError>
    /** Sets the open file's modification time to now. */
    readonly touch: (file: LockFile) => Effect.Effect<void, LockError>
    /** Modification time of the open file in milliseconds since the epoch. */
    readonly modified: (file: LockFile) => Effect.Effect<number, LockError>
    /** Removes the path's name; a path that is gone is no error. */
    readonly unlink: (path: string) => Effect.Effect<void, LockError>
    /** Closes the description, and with it drops its lock. */
    readonly close: (file: LockFile) => Effect.Effect<void, LockError>
    /** Names (not paths) in the lock directory. */
    readonly list: (directory: string) => Effect.Effect<ReadonlyArray<string>, LockError>
    /** Who holds which lock, from the kernel's own table, for people only: no decision rests on it. */
    readonly holders: (directory: string) => Effect.Effect<ReadonlyArray<LockHolder>, LockError>
  }
>()("ccci/services/Lock") {}

/** A row for `ccci locks`: the file, the holding process where the kernel tells it, and the file's modification time (ms). */
export interface LockHolder {
  readonly path: string
  readonly pid: Option.Option<number>
  readonly command: Option.Option<string>
  readonly since: number
}
