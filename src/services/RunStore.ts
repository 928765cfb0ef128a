/** Where runs leave their results: one directory a run, claimed by an exclusive mkdir and never taken over (RUN-1). */
import { Context, Schema } from "effect"
import type { Effect, Scope } from "effect"
import type { RunId } from "../model/names.ts"

export class RunStoreError extends Schema.TaggedError<RunStoreError>()("RunStoreError", {
  attempted: Schema.String,
  path: Schema.String,
  seen: Schema.String
}) {
  override get message() {
    return `Could not ${this.attempted} ${this.path}: ${this.seen}. The runs directory must be writable and have room (setting runsDir).`
  }
}

/** One run's directory. All text is scrubbed of secrets on its way in; files are written whole or not at all. */
export interface RunDirectory {
  readonly id: RunId
  readonly path: string
  /** `<path>/abra`: the run's own abra directory (RUN-2), removed at the run's end (RUN-7). */
  readonly abraDir: string
  /** Adds a line to `logs/<name>.log`. Never fails: a full disk loses lines and says so once. */
  readonly log: (name: string, line: string) => Effect.Effect<void>
  /** Writes `<path>/<name>` atomically. */
  readonly write: (name: string, text: string) => Effect.Effect<void, RunStoreError>
}

export class RunStore extends Context.Service<
  RunStore,
  {
    /** Claims `<runs dir>/<id>`; in use (a flock) until the scope closes. */
    readonly create: (id: RunId) => Effect.Effect<RunDirectory, RunStoreError, Scope.Scope>
    /** Removes the oldest run directories beyond the settings' count and age, never one in use; returns what was removed. */
    readonly prune: Effect.Effect<ReadonlyArray<string>, RunStoreError>
  }
>()("ccci/services/RunStore") {}
