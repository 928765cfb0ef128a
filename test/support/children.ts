/** Children as the contract of Processes needs them: shell scripts on Linux, registered executables in the simulated world. */
import { Context } from "effect"
import type { Command } from "../../src/services/Processes.ts"

/** What {@link Command} wants besides limits. */
export type Spelling = Pick<Command, "command" | "args">

/** Children that behave as their names say. Each ends with code 0 unless said otherwise. */
export class Children extends Context.Service<
  Children,
  {
    /** Writes `out` and a newline to stdout and `err` and a newline to stderr, and nothing else. */
    readonly prints: (out: string, err: string) => Spelling
    readonly exits: (code: number) => Spelling
    /** Copies stdin to stdout until its end. */
    readonly echoes: Spelling
    /** Writes its current directory and a newline. */
    readonly workingDirectory: Spelling
    /** Writes `name=value` and a newline for each variable of these that it has in its environment, in this order. */
    readonly environment: (names: ReadonlyArray<string>) => Spelling
    /** Writes `first`, a newline, then `count` lines of 100 characters `x`, then `last` and a newline, all to stdout. */
    readonly floods: (count: number) => Spelling
    /** Writes `length` characters `x` and no newline. */
    readonly longLine: (length: number) => Spelling
    /** Writes `ready` and a newline, then never ends of itself; SIGTERM ends it. */
    readonly hangs: Spelling
    /** Writes `ready` and a newline, then never ends of itself and writes `ignored` and a newline for each SIGTERM. */
    readonly ignoresTerm: Spelling
    /** Writes `ready` and a newline, then never ends of itself; upon SIGTERM it writes `bye` and a newline and ends with code 3. */
    readonly endsItself: Spelling
    /** Starts a hanging process in its own group that keeps both outputs open, writes that one's pid and a newline, and ends. */
    readonly leavesChild: Spelling
    /** Likewise, but the process it leaves has a session (and so a group) of its own. */
    readonly leavesDaemon: Spelling
  }
>()("ccci/test/Children") {}
