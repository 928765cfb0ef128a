/** Time of the simulated world: a queue of what is due. It moves only when somebody fires the next timer. */
import type { Process } from "./kernel/processes.ts"

/** Something that is due: a process's sleep, or a step of the environment (`owner` undefined: the swarm, a delayed answer). */
export interface Timer {
  readonly at: number
  /** Order among timers that are due at the same time. */
  readonly sequence: number
  readonly owner: Process | undefined
  readonly label: string
  readonly fire: () => void
}

/** Pending timers in the order in which they are due. */
export class Timeline {
  now: number
  private sequence = 0
  private readonly timers: Array<Timer> = []

  constructor(start: number) {
    this.now = start
  }

  get pending(): ReadonlyArray<Timer> {
    return this.timers
  }

  /** Due in `delay` ms; returns its cancellation. */
  after(delay: number, owner: Process | undefined, label: string, fire: () => void): () => void {
    const timer: Timer = { at: this.now + Math.max(0, delay), sequence: this.sequence++, owner, label, fire }
    let low = 0
    let high = this.timers.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const other = this.timers[middle]
      if (other !== undefined && other.at <= timer.at) low = middle + 1
      else high = middle
    }
    this.timers.splice(low, 0, timer)
    if (owner !== undefined) owner.pending++
    return () => {
      this.take(timer)
    }
  }

  /** Takes a timer out; false when it was not there any more. */
  private take(timer: Timer): boolean {
    const index = this.timers.indexOf(timer)
    if (index < 0) return false
    this.timers.splice(index, 1)
    if (timer.owner !== undefined) timer.owner.pending--
    return true
  }

  /** Moves time to one timer (default: the next) and fires it; false when there is none. A timer may be fired late, never early. */
  fire(timer: Timer | undefined = this.timers[0]): boolean {
    if (timer === undefined || !this.take(timer)) return false
    this.now = Math.max(this.now, timer.at)
    timer.fire()
    return true
  }

  /** A dead process sleeps no more. */
  drop(owner: Process): void {
    for (let index = this.timers.length - 1; index >= 0; index--) {
      if (this.timers[index]?.owner === owner) this.timers.splice(index, 1)
    }
  }
}
