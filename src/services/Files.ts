/** The file system, one call each. Paths are absolute. Errors carry errno's name. */
import { Context, Schema } from "effect"
import type { Effect, Option } from "effect"

/** A file operation failed: which, on what, with which errno. */
export class FilesError extends Schema.TaggedError<FilesError>()("FilesError", {
  attempted: Schema.String,
  path: Schema.String,
  code: Schema.String
}) {
  override get message() {
    return `Could not ${this.attempted} ${this.path}: ${this.code}`
  }
}

/** What a path is; symlinks are not followed. */
export interface Stat {
  readonly kind: "file" | "directory" | "symlink" | "other"
  /** Bytes. */
  readonly size: number
  /** Permission bits. */
  readonly mode: number
  /** Modification time, ms since the epoch. */
  readonly modified: number
}

export class Files extends Context.Service<
  Files,
  {
    /** mkdir of one directory that must not exist yet (EEXIST otherwise): the exclusive claim of RUN-1. */
    readonly makeDirectoryExclusive: (path: string, mode?: number) => Effect.Effect<void, FilesError>
    /** mkdir -p. */
    readonly makeDirectory: (path: string, mode?: number) => Effect.Effect<void, FilesError>
    /** UTF-8 text of a file of at most `limit` bytes (default 16 MiB; EFBIG past it). */
    readonly readText: (path: string, limit?: number) => Effect.Effect<string, FilesError>
    /** Written aside, synced and renamed: whoever sees the file sees it whole. Default mode 0644. */
    readonly writeAtomic: (path: string, text: string, mode?: number) => Effect.Effect<void, FilesError>
    /** Appends, creating the file. Default mode 0644. */
    readonly append: (path: string, text: string, mode?: number) => Effect.Effect<void, FilesError>
    /** Names in a directory, sorted. */
    readonly list: (path: string) => Effect.Effect<ReadonlyArray<string>, FilesError>
    /** None when nothing is there. */
    readonly stat: (path: string) => Effect.Effect<Option.Option<Stat>, FilesError>
    /** The path with every symlink resolved. */
    readonly realPath: (path: string) => Effect.Effect<string, FilesError>
    readonly symlink: (target: string, path: string) => Effect.Effect<void, FilesError>
    readonly rename: (from: string, to: string) => Effect.Effect<void, FilesError>
    /** Copies one regular file; an existing target that is a symlink is replaced, never followed. */
    readonly copyFile: (from: string, to: string) => Effect.Effect<void, FilesError>
    /** Copies a tree; symlinks stay symlinks. */
    readonly copyTree: (from: string, to: string) => Effect.Effect<void, FilesError>
    /** Removes a file or a whole tree, without following symlinks; what is gone is no error. */
    readonly remove: (path: string) => Effect.Effect<void, FilesError>
    /** SHA-256 of a file's bytes, hex. */
    readonly digest: (path: string) => Effect.Effect<string, FilesError>
  }
>()("ccci/services/Files") {}
