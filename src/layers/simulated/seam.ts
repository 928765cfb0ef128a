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

/** What becomes of a call. `Lose`: it takes effect, and the answer is the fault. `Kill`: its process dies here, before or after the effect. */
export type Decision =
  | { readonly _tag: "Go" }
  | { readonly _tag: "Park" }
  | { readonly _tag: "Delay"; readonly ms: number }
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
  /** A process has ended; its descriptors are closed, its children not yet told: where hygiene is checked. */
  readonly ended?: (process: Process, world: World) => void
}

/** A round trip to the engine, ms. Were it none, whoever acts upon each event of what it does would never come to an end within one instant. */
const roundTrip = 1

/** Lets every call take effect: the kernel's at once, the engine's after a round trip. */
export const goOn: Driver = { onCall: (call) => (call.remote === true ? { _tag: "Delay", ms: roundTrip } : { _tag: "Go" }) }

type Verdict = Exclude<Decision, { readonly _tag: "Park" }>

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
  call<A, E>(process: Process, info: CallInfo, step: () => Result.Result<A, E>, failure: (fault: Fault) => E): Effect.Effect<A, E> {
    return Effect.callback<A, E>((resume) => {
      const answer = (result: Result.Result<A, E>) =>
        process.state === "running" ? resume(Result.isSuccess(result) ? Exit.succeed(result.success) : Exit.fail(result.failure)) : undefined
      const call: Call = { ...info, id: this.calls++, process, at: this.world.now, settle: (decision) => this.settle(call, decision, step, failure, answer) }
      const decision = process.state === "running" ? this.world.driver.onCall(call, this.world) : undefined
      if (decision === undefined) return
      if (decision._tag !== "Park") return this.settle(call, decision, step, failure, answer)
      this.parked.set(call.id, call)
      process.pending++
      return Effect.sync(() => this.cast(call))
    })
  }

  private settle<A, E>(
    call: Call,
    decision: Verdict,
    step: () => Result.Result<A, E>,
    failure: (fault: Fault) => E,
    answer: (result: Result.Result<A, E>) => void
  ): void {
    if (this.parked.delete(call.id)) call.process.pending--
    const alive = !this.adrift.delete(call.id)
    const record = (result: Result.Result<unknown, unknown>, note: TraceEntry["note"]) => {
      const entry: TraceEntry = { call, at: this.world.now, result, note }
      this.trace.push(entry)
      this.world.driver.observe?.(entry, this.world)
    }
    const finish = (result: Result.Result<A, E>, note: TraceEntry["note"]) => {
      record(result, note)
      if (alive) answer(result)
    }
    switch (decision._tag) {
      case "Go":
        return finish(step(), "")
      case "Fail":
        return finish(Result.fail(failure(decision.fault)), "failed")
      case "Lose":
        step()
        return finish(Result.fail(failure(decision.fault)), "lost")
      case "Kill":
        record(decision.applied ? step() : Result.fail("killed"), "killed")
        return this.world.signal(call.process, "SIGKILL")
      case "Delay":
        return this.delay(call, decision.ms, () => finish(step(), ""))
    }
  }

  /** A kernel call dies with its process; one to the engine is on its way. */
  private delay(call: Call, ms: number, land: () => void): void {
    call.process.pending++
    this.world.timeline.after(ms, call.remote === true ? undefined : call.process, `delayed ${call.operation}`, () => {
      call.process.pending--
      land()
    })
  }

  /** A parked call whose caller was interrupted or killed: what was on its way to the engine may still arrive. */
  private cast(call: Call): void {
    if (!this.parked.delete(call.id)) return
    call.process.pending--
    if (call.remote === true) this.adrift.set(call.id, call)
  }

  /** Every parked call of a process that is gone. */
  abandon(process: Process): void {
    for (const call of [...this.parked.values()]) if (call.process === process) this.cast(call)
  }
}
