/** Processes of the simulated kernel: identity, environment, file table, parents and children, signals. */
import type { Exit, Fiber } from "effect"
import type { Descriptor } from "./descriptions.ts"

/** Signals that the world knows. */
export type Signal = "SIGTERM" | "SIGKILL" | "SIGINT" | "SIGHUP"

/** How a process ended: a code, and the signal that ended it. */
export interface Ended {
  readonly code: number
  readonly signal: Signal | undefined
}

/** A process. Mutable, and owned by the World: views and drivers read it. */
export interface Process {
  readonly pid: number
  readonly name: string
  readonly environment: Readonly<Record<string, string>>
  readonly fds: Map<number, Descriptor>
  readonly children: Set<Process>
  parent: Process | undefined
  /** Process group: its leader's pid. */
  readonly group: number
  /** SIGKILL at the parent's death was asked for (LIFE-6b). */
  readonly diesWithParent: boolean
  /** `zombie`: ended, and its parent has not looked yet. */
  state: "running" | "zombie" | "gone"
  /** Stopped by a driver: its fibers get no turn. */
  frozen: boolean
  ended: Ended | undefined
  /** What its main fiber ended with; none for a process that was killed. */
  exit: Exit.Exit<unknown, unknown> | undefined
  fiber: Fiber.Fiber<unknown, unknown> | undefined
  /** Takes a signal; where it is undefined, the signal ends the process. */
  onSignal: ((signal: Signal) => void) | undefined
  /** Told when it ended. */
  readonly observers: Set<(ended: Ended) => void>
  /** Calls parked, waits and timers: what will wake it. Zero, running and with nothing to do means that it escaped. */
  pending: number
}

/** What a new process is given. */
export interface Spawn {
  readonly name: string
  readonly environment?: Readonly<Record<string, string>>
  readonly parent?: Process
  /** A process group of its own; default true. */
  readonly leader?: boolean
  readonly diesWithParent?: boolean
}

/** The exit code that a shell would report. */
export const codeOfSignal = (signal: Signal): number => 128 + { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 }[signal]

/** The process table. Pids are reused at once, lowest first: a pid alone must never be trusted. */
export class ProcessTable {
  readonly table = new Map<number, Process>()
  private readonly lowest: number

  constructor(lowest: number) {
    this.lowest = lowest
  }

  add(spawn: Spawn): Process {
    let pid = this.lowest
    const groups = new Set([...this.table.values()].map((process) => process.group))
    while (this.table.has(pid) || groups.has(pid)) pid++
    const process: Process = {
      pid,
      name: spawn.name,
      environment: spawn.environment ?? {},
      fds: new Map(),
      children: new Set(),
      parent: spawn.parent,
      group: spawn.leader === false && spawn.parent !== undefined ? spawn.parent.group : pid,
      diesWithParent: spawn.diesWithParent ?? false,
      state: "running",
      frozen: false,
      ended: undefined,
      exit: undefined,
      fiber: undefined,
      onSignal: undefined,
      observers: new Set(),
      pending: 0
    }
    this.table.set(pid, process)
    spawn.parent?.children.add(process)
    return process
  }

  /** Takes an ended process's entry out: its parent has looked, or is gone itself. */
  reap(process: Process): void {
    if (process.state === "running") return
    process.state = "gone"
    if (this.table.get(process.pid) === process) this.table.delete(process.pid)
    process.parent?.children.delete(process)
  }

  inGroup(group: number): ReadonlyArray<Process> {
    return [...this.table.values()].filter((process) => process.group === group && process.state === "running")
  }
}
