/**
 * Children, and the process table. A child runs in a process group of its own, asks the kernel for SIGKILL at its parent's death (LIFE-6b), has both
 * its outputs drained at once whatever their volume, and ends with its step (LIFE-6).
 */
import { Context, Schema } from "effect"
import type { Duration, Effect, Option, Scope } from "effect"

/** What to run. `args` never pass through a shell. */
export interface Command {
  readonly command: string
  readonly args: ReadonlyArray<string>
  /** Laid over the inherited allow list (PATH, HOME, LANG, TMPDIR ...) and the fiber's {@link ChildEnvironment}. */
  readonly env?: Readonly<Record<string, string>>
  /** Default: `/`, since the current directory may be deleted under a run (LIFE-8a). */
  readonly cwd?: string
  readonly stdin?: string
  /** Past it the whole group gets SIGTERM, after `killAfter` SIGKILL, and the result says `timedOut`. */
  readonly timeLimit: Duration.Input
  /** Grace between SIGTERM and SIGKILL; default 10 s. */
  readonly killAfter?: Duration.Input
  /** Bytes of each stream that are kept (the head and the tail; what is between is dropped and said); default 1 MiB. */
  readonly outputLimit?: number
  /** Called with each line (redacted, at most 64 KiB of it), both streams. */
  readonly onLine?: (line: string, stream: "stdout" | "stderr") => Effect.Effect<void>
}

/** How a child ended. Output is redacted at the source. */
export interface Exited {
  /** The exit code, or 128 + signal. */
  readonly code: number
  readonly signal: Option.Option<string>
  readonly timedOut: boolean
  readonly stdout: string
  readonly stderr: string
  /** Bytes that were read and not kept. */
  readonly dropped: number
}

/** A child could not be started, or the process table not be read. */
export class ProcessError extends Schema.TaggedError<ProcessError>()("ProcessError", {
  attempted: Schema.String,
  subject: Schema.String,
  seen: Schema.String
}) {
  override get message() {
    return `${this.attempted} ${this.subject}: ${this.seen}`
  }
}

/** A row of the process table: what the marks of JAN-9 need of it. */
export interface ProcessEntry {
  readonly pid: number
  readonly parent: number
  readonly zombie: boolean
  /** Value of CCCI_APP_LOCK, `<device:inode of the lock directory>:<domain>`. */
  readonly lock: Option.Option<string>
  /** Value of CCCI_RUN_TOKEN. */
  readonly token: Option.Option<string>
  readonly command: string
}

/** A process held by pidfd: its pid cannot come to mean another process. */
export interface PidHandle {
  readonly pid: number
  readonly fd: number
}

export class Processes extends Context.Service<
  Processes,
  {
    readonly run: (command: Command) => Effect.Effect<Exited, ProcessError>
    /** This process and its ancestors, itself first. */
    readonly lineage: Effect.Effect<ReadonlyArray<number>, ProcessError>
    /** Every process whose environment this user may read and that carries a mark. */
    readonly marked: Effect.Effect<ReadonlyArray<ProcessEntry>, ProcessError>
    /** Reads one process again; none when it is gone. */
    readonly look: (pid: number) => Effect.Effect<Option.Option<ProcessEntry>, ProcessError>
    /** Opens a pidfd, closed with the scope; none when the process is gone. */
    readonly hold: (pid: number) => Effect.Effect<Option.Option<PidHandle>, ProcessError, Scope.Scope>
    /** SIGKILL through the pidfd; false when it was gone already. */
    readonly kill: (handle: PidHandle) => Effect.Effect<boolean, ProcessError>
    /** Path of an executable on PATH (or the path itself if it is one); none when there is none. */
    readonly which: (command: string) => Effect.Effect<Option.Option<string>>
  }
>()("ccci/services/Processes") {}

/**
 * Environment that every child of the current fiber gets: ABRA_DIR of the run (RUN-2), and, only while a lock is held, its marks (JAN-9).
 * A reference rather than a parameter, so that no call can forget it.
 */
export const ChildEnvironment = Context.Reference<Readonly<Record<string, string>>>("ccci/services/ChildEnvironment", {
  defaultValue: () => ({})
})
