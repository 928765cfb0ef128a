/**
 * The simulated world: one kernel, one swarm, one time, and the processes that live in it. Every call of the outside passes through {@link World.call},
 * where a driver may park, delay, fail or lose it, or kill the caller. Nothing here waits in real time.
 */
import { Data, Effect, Exit } from "effect"
import type { Result } from "effect"
import { GitStore } from "./git/store.ts"
import { Descriptions } from "./kernel/descriptions.ts"
import type { Ended, Process, Signal, Spawn } from "./kernel/processes.ts"
import { codeOfSignal, ProcessTable } from "./kernel/processes.ts"
import type { SimulatedModule } from "./kernel/modules.ts"
import type { Programs } from "./kernel/programs.ts"
import { Tree } from "./kernel/tree.ts"
import type { Chance } from "./random.ts"
import { makeChance } from "./random.ts"
import type { CallInfo, Driver, Fault } from "./seam.ts"
import { goOn, Seam } from "./seam.ts"
import { Network } from "./swarm/network.ts"
import type { NetworkOptions } from "./swarm/network.ts"
import { makeSwarm } from "./swarm/orchestrator.ts"
import type { Swarm, SwarmOptions } from "./swarm/Swarm.ts"
import { Timeline } from "./timeline.ts"

/** What a world is made of. */
export interface WorldOptions {
  readonly seed?: number
  /** ms since the epoch at which the world begins. */
  readonly start?: number
  readonly driver?: Driver
  /** Where lock files live: a file system of its own, which a reboot may clear. */
  readonly lockDir?: string
  readonly swarm?: SwarmOptions
  readonly network?: NetworkOptions
}

/** A process did something that no world sees: a real promise, a real timer, or a wait that nothing will ever end. */
export class Escaped extends Data.TaggedError("Escaped")<{ readonly process: string; readonly last: string }> {
  override get message() {
    return `${this.process} is neither done nor parked on a call, a timer or a wait of the simulated world: it has escaped into the real one, or waits for ever. Its last call: ${this.last}`
  }
}

interface Task {
  readonly process: Process
  readonly run: () => void
}

export class World {
  readonly chance: Chance
  readonly timeline: Timeline
  readonly tree: Tree
  readonly descriptions: Descriptions
  readonly processes = new ProcessTable(100)
  readonly seam: Seam = new Seam(this)
  readonly lockDir: string
  readonly programs: Programs = new Map()
  readonly modules = new Map<string, SimulatedModule>()
  readonly swarm: Swarm
  readonly git = new GitStore()
  readonly network: Network
  /** Children ask for SIGKILL at their parent's death (LIFE-6b). False: a machine without prctl and setpriv. */
  parentDeathSignal = true
  driver: Driver
  private tasks: Array<Task> = []

  constructor(options: WorldOptions = {}) {
    this.chance = makeChance(options.seed ?? 1)
    this.timeline = new Timeline(options.start ?? 1_700_000_000_000)
    this.tree = new Tree(() => this.timeline.now)
    this.descriptions = new Descriptions(this.tree)
    this.lockDir = options.lockDir ?? "/run/lock"
    this.driver = options.driver ?? goOn
    this.tree.mount(this.lockDir)
    this.swarm = makeSwarm(this, options.swarm)
    this.network = new Network(this.swarm, options.network)
    for (const path of ["/tmp", "/root", "/var/lib"]) this.tree.makeDirectories(path)
  }

  get now(): number {
    return this.timeline.now
  }

  /** THE SEAM: see {@link Seam.call}. */
  call<A, E>(process: Process, info: CallInfo, step: () => Result.Result<A, E>, failure: (fault: Fault) => E): Effect.Effect<A, E> {
    return this.seam.call(process, info, step, failure)
  }

  /** A wait for something that the world will bring (a child's end, an event, a finished exec): `register` gets the resume and returns the cancellation. */
  wait<A>(process: Process, register: (resume: (value: A) => void) => () => void): Effect.Effect<A> {
    return Effect.callback<A>((resume) => {
      let waiting = true
      const over = () => {
        if (waiting) process.pending--
        waiting = false
      }
      process.pending++
      const cancel = register((value) => {
        if (!waiting) return
        over()
        this.enqueue(process, () => resume(Exit.succeed(value)))
      })
      return Effect.sync(() => {
        over()
        cancel()
      })
    })
  }

  /** Gives a process a turn, later: nothing ever runs inside another's call. */
  enqueue(process: Process, run: () => void): void {
    if (process.state === "running") this.tasks.push({ process, run })
  }

  /** Runs until every process is parked, waiting, frozen or done; false when none had anything to do. */
  drain(): boolean {
    const kept: Array<Task> = []
    let ran = false
    while (this.tasks.length > 0) {
      const batch = this.tasks
      this.tasks = []
      for (const task of batch) {
        if (task.process.state !== "running") continue
        if (task.process.frozen) kept.push(task)
        else {
          task.run()
          ran = true
        }
      }
    }
    this.tasks = kept
    return ran
  }

  /** A process that has nothing left to wake it has escaped. */
  assertNoEscape(): void {
    for (const process of this.processes.table.values()) {
      if (process.state !== "running" || process.fiber === undefined || process.frozen || process.pending > 0) continue
      const last = this.seam.trace.findLast((entry) => entry.call.process === process)?.call
      throw new Escaped({
        process: `${process.name} (${process.pid})`,
        last: last === undefined ? "none" : `${last.service}.${last.operation} ${last.subject}`
      })
    }
  }

  spawn(spawn: Spawn): Process {
    const process = this.processes.add(spawn)
    if (spawn.parent !== undefined) this.descriptions.inherit(spawn.parent, process)
    return process
  }

  /** A signal arrives. SIGKILL, and one that nothing catches, end the process where it stands. */
  signal(process: Process, signal: Signal): void {
    if (process.state !== "running") return
    const { onSignal } = process
    if (signal !== "SIGKILL" && onSignal !== undefined) this.enqueue(process, () => onSignal(signal))
    else this.end(process, { code: codeOfSignal(signal), signal })
  }

  /** The end of a process, however it came: no fiber of it gets another turn, its descriptors close, its children are told. */
  end(process: Process, ended: Ended): void {
    if (process.state !== "running") return
    process.state = "zombie"
    process.ended = ended
    this.seam.abandon(process)
    this.timeline.drop(process)
    this.driver.ended?.(process, this)
    this.descriptions.closeAll(process)
    for (const child of [...process.children]) {
      child.parent = undefined
      if (child.state === "zombie") this.processes.reap(child)
      else if (child.diesWithParent) this.signal(child, "SIGKILL")
    }
    process.children.clear()
    if (process.parent === undefined) this.processes.reap(process)
    for (const observer of [...process.observers]) observer(ended)
    process.observers.clear()
  }
}
