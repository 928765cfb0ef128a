/** The seam of the simulated world: what passes through it, what a driver may do there, and how that is carried out. */
import { Effect, Exit, Result } from "effect"
import type { Process } from "./kernel/processes.ts"
import type { World } from "./World.ts"

/** A call in words: `{ service: "Lock", operation: "flock", subject: "/run/lock/..." }`. */
export interface CallInfo {
  readonly service: string
  readonly operation: string
  readonly subject: string
  /** It goes over a socket: its effect may land although the caller is gone. */
  readonly remote?: boolean
}

/** A fault that a driver injects: errno's name for the kernel, a DockerError's reason for the engine. */
export interface Fault {
  readonly code: string
  readonly seen?: string
}

/**
 * What becomes of a call. `Delay`: it takes effect later; `Late`: now, and the answer comes later, stale perhaps. `Lose`: it takes effect, and the answer is the
 * fault. `Kill`: its process dies here, before or after the effect.
 */
export type Decision =
  | { readonly _tag: "Go" }
  | { readonly _tag: "Park" }
  | { readonly _tag: "Delay"; readonly ms: number }
  | { readonly _tag: "Late"; readonly ms: number }
  | { readonly _tag: "Fail"; readonly fault: Fault }
  | { readonly _tag: "Lose"; readonly fault: Fault }
  | { readonly _tag: "Kill"; readonly applied: boolean }

/** One call of one process. A parked one is settled by its driver, once. */
export interface Call extends CallInfo {
  readonly id: number
  readonly process: Process
  readonly at: number
  readonly settle: (decision: Exclude<Decision, { readonly _tag: "Park" }>) => void
}

/** A call that was settled: what it answered, and what a driver did to it. */
export interface TraceEntry {
  readonly call: Call
  readonly at: number
  readonly result: Result.Result<unknown, unknown>
  readonly note: "" | "failed" | "lost" | "killed"
}

/** Who decides: an explorer, a test, or {@link goOn}. */
export interface Driver {
  readonly onCall: (call: Call, world: World) => Decision
  /** After each settled call: where oracles look. */
  readonly observe?: (entry: TraceEntry, world: World) => void
  /** Nothing can run: settle a parked call, send a signal, fire a timer. False: let the next timer fire. */
  readonly onIdle?: (world: World) => boolean
  /** A process has ended; what it still has open is about to be closed, its children are not told yet: where hygiene is checked. */
  readonly ended?: (process: Process, world: World) => void
}

/** A round trip to the engine, ms. Were it none, whoever acts upon each event of what it does would never come to an end within one instant. */
const roundTrip = 1

/** Lets every call take effect: the kernel's at once, the engine's after a round trip. */
export const goOn: Driver = { onCall: (call) => (call.remote === true ? { _tag: "Delay", ms: roundTrip } : { _tag: "Go" }) }

type Verdict = Exclude<Decision, { readonly _tag: "Park" }>
type Answer<A, E> = Result.Result<A, E>

/** A call on its way: what it would do, and who waits for its answer. */
class Pending<A, E> implements Call {
  readonly id: number
  readonly process: Process
  readonly service: string
  readonly operation: string
  readonly subject: string
  readonly remote: boolean
  readonly at: number
  readonly step: () => Answer<A, E>
  readonly failure: (fault: Fault) => E
  answer: ((answer: Answer<A, E>) => void) | undefined = undefined
  private readonly seam: Seam

  constructor(seam: Seam, id: number, process: Process, info: CallInfo, at: number, step: () => Answer<A, E>, failure: (fault: Fault) => E) {
    this.seam = seam
    this.id = id
    this.process = process
    this.service = info.service
    this.operation = info.operation
    this.subject = info.subject
    this.remote = info.remote === true
    this.at = at
    this.step = step
    this.failure = failure
  }

  settle(decision: Verdict): void {
    this.seam.settle(this, decision)
  }
}

/** Every call, from its coming to its answer. */
export class Seam {
  /** Calls that the driver has parked, by id, in the order in which they came. */
  readonly parked = new Map<number, Call>()
  /** Calls to the engine whose caller is gone: a driver may still let them take effect (JAN-10). */
  readonly adrift = new Map<number, Call>()
  readonly trace: Array<TraceEntry> = []
  private readonly world: World
  private calls = 0

  constructor(world: World) {
    this.world = world
  }

  /** One call of the outside. `step` changes the world in one go; `failure` says what error of the caller's a driver's fault is. */
  call<A, E>(process: Process, info: CallInfo, step: () => Answer<A, E>, failure: (fault: Fault) => E): Effect.Effect<A, E> {
    return Effect.suspend(() => {
      if (process.state !== "running") return Effect.never
      const call = new Pending(this, this.calls++, process, info, this.world.now, step, failure)
      const decision = this.world.driver.onCall(call, this.world)
      if (decision._tag === "Go") return exitOf(this.record(call, call.step(), ""))
      return this.later(call, decision)
    })
  }

  /** All that is not simply done: the caller waits, if only for a moment. */
  private later<A, E>(call: Pending<A, E>, decision: Decision): Effect.Effect<A, E> {
    return Effect.callback<A, E>((resume) => {
      const { process } = call
      process.pending++
      call.answer = (answer) => {
        process.pending--
        this.world.enqueue(process, () => resume(exitOf(answer)))
      }
      if (decision._tag === "Park") this.parked.set(call.id, call)
      else this.settle(call, decision)
      return Effect.sync(() => this.cast(call))
    })
  }

  /** Carries a decision out. */
  settle<A, E>(call: Pending<A, E>, decision: Verdict): void {
    this.parked.delete(call.id)
    this.adrift.delete(call.id)
    const finish = (answer: Answer<A, E>) => {
      const tell = call.answer
      call.answer = undefined
      tell?.(answer)
    }
    switch (decision._tag) {
      case "Go":
        return finish(this.record(call, call.step(), ""))
      case "Fail":
        return finish(this.record(call, Result.fail(call.failure(decision.fault)), "failed"))
      case "Lose":
        call.step()
        return finish(this.record(call, Result.fail(call.failure(decision.fault)), "lost"))
      case "Kill":
        this.record(call, decision.applied ? call.step() : Result.fail("killed"), "killed")
        return this.world.signal(call.process, "SIGKILL")
      case "Delay":
        return this.after(call, decision.ms, () => finish(this.record(call, call.step(), "")))
      case "Late": {
        const answer = this.record(call, call.step(), "")
        return this.after(call, decision.ms, () => finish(answer))
      }
    }
  }

  private record<R extends Answer<unknown, unknown>>(call: Call, result: R, note: TraceEntry["note"]): R {
    const entry: TraceEntry = { call, at: this.world.now, result, note }
    this.trace.push(entry)
    this.world.driver.observe?.(entry, this.world)
    return result
  }

  /** A kernel call dies with its process; one to the engine is on its way. */
  private after(call: Call, ms: number, land: () => void): void {
    this.world.timeline.after(ms, call.remote === true ? undefined : call.process, call.operation, land)
  }

  /** Nobody waits any more: the caller was interrupted or killed. What was parked on its way to the engine may still arrive. */
  private cast(call: Call): void {
    if (call instanceof Pending && call.answer !== undefined) {
      call.answer = undefined
      call.process.pending--
    }
    if (this.parked.delete(call.id) && call.remote === true) this.adrift.set(call.id, call)
  }

  /** Every parked call of a process that is gone. */
  abandon(process: Process): void {
    for (const call of [...this.parked.values()]) if (call.process === process) this.cast(call)
  }
}

const exitOf = <A, E>(answer: Answer<A, E>): Exit.Exit<A, E> => (Result.isSuccess(answer) ? Exit.succeed(answer.success) : Exit.fail(answer.failure))
