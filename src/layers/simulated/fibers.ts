/** How programs run in the simulated world: Effect's fibers on one synchronous queue, with the world's clock and chance. */
import { Cause, Clock, Context, Effect, Exit, Random, References, Scheduler } from "effect"
import type { Duration, Fiber } from "effect"
import { toMillis } from "effect/Duration"
import type { Process, Spawn } from "./kernel/processes.ts"
import { Escaped } from "./World.ts"
import type { World } from "./World.ts"

const nanos = (ms: number) => BigInt(Math.round(ms * 1000)) * 1000n

/** The world's time, as a process sees it. */
export const clockOf = (world: World, process: Process): Clock.Clock => ({
  currentTimeMillisUnsafe: () => world.now,
  currentTimeMillis: Effect.sync(() => world.now),
  currentTimeNanosUnsafe: () => nanos(world.now),
  currentTimeNanos: Effect.sync(() => nanos(world.now)),
  monotonicTimeNanosUnsafe: () => nanos(world.now),
  monotonicTimeNanos: Effect.sync(() => nanos(world.now)),
  sleep: (duration: Duration.Duration) => {
    const ms = toMillis(duration)
    if (ms <= 0) return Effect.yieldNow
    if (!Number.isFinite(ms)) return Effect.never
    return Effect.callback<void>((resume) => {
      const cancel = world.timeline.after(ms, process, "sleep", () => world.enqueue(process, () => resume(Exit.void)))
      return Effect.sync(cancel)
    })
  }
})

const schedulerOf = (world: World, process: Process): Scheduler.Scheduler => ({
  executionMode: "sync",
  shouldYield: (fiber: Fiber.Fiber<unknown, unknown>) => fiber.currentOpCount >= 2048,
  makeDispatcher: () => ({ scheduleTask: (task) => world.enqueue(process, task), flush: () => world.drain() })
})

const chanceOf = (world: World): Context.Service.Shape<typeof Random.Random> => ({
  nextDoubleUnsafe: () => world.chance.next(),
  nextIntUnsafe: () => Math.floor((world.chance.next() * 2 - 1) * Number.MAX_SAFE_INTEGER)
})

/** What makes a fiber one of a process of the world: its queue, its time, its chance. */
export const worldContext = (world: World, process: Process) =>
  Context.empty().pipe(
    Context.add(Clock.Clock, clockOf(world, process)),
    Context.add(Random.Random, chanceOf(world)),
    Context.add(Scheduler.Scheduler, schedulerOf(world, process)),
    Context.add(References.TracerEnabled, false)
  )

/** The exit code of a program that was no command line of its own: 0, or 70 for a failure. */
const codeOf = (exit: Exit.Exit<unknown, unknown>): number =>
  Exit.isSuccess(exit) ? (typeof exit.value === "number" ? exit.value : 0) : Cause.hasInterruptsOnly(exit.cause) ? 130 : 70

/** Starts a process's main fiber. The process ends with it. A program that succeeds with a number exits with it. */
export const start = <A, E>(world: World, process: Process, program: Effect.Effect<A, E>): Process => {
  process.pending++
  world.enqueue(process, () => {
    process.pending--
    const fiber = Effect.runForkWith(worldContext(world, process))(program)
    process.fiber = fiber
    fiber.addObserver((exit) => {
      if (process.state !== "running") return
      process.exit = exit
      world.end(process, { code: codeOf(exit), signal: undefined })
    })
  })
  return process
}

/** Spawns a process that runs a program. */
export const launch = <A, E>(world: World, spawn: Spawn, program: (process: Process) => Effect.Effect<A, E>): Process => {
  const process = world.spawn(spawn)
  return start(world, process, program(process))
}

/** One turn: everything that can run runs; if nothing can, the driver has its say, else the next timer fires. False when nothing is left to happen. */
export const turn = (world: World): boolean => {
  if (world.drain() || world.driver.onIdle?.(world) === true) return true
  world.assertNoEscape()
  return world.timeline.fire()
}

/** Runs the world until all these processes have ended. */
export const runUntilEnded = (world: World, processes: ReadonlyArray<Process>): void => {
  while (processes.some((process) => process.state === "running")) {
    if (turn(world)) continue
    const stuck = processes.find((process) => process.state === "running")
    if (stuck !== undefined) throw new Escaped({ process: `${stuck.name} (${stuck.pid})`, last: "nothing is left to happen" })
  }
}

/** Runs one program as a process of its own to its end, and gives what it ended with. Killed processes have no exit: they interrupt. */
export const runToEnd = <A, E>(world: World, spawn: Spawn, program: (process: Process) => Effect.Effect<A, E>): Exit.Exit<A, E> => {
  const slot: { exit: Exit.Exit<A, E> } = { exit: Exit.interrupt() }
  const process = launch(world, spawn, (self) => Effect.onExit(program(self), (exit) => Effect.sync(() => (slot.exit = exit))))
  runUntilEnded(world, [process])
  return slot.exit
}

/** Lets ms of simulated time go by: every timer that is due until then fires. */
export const advance = (world: World, ms: number): void => {
  const until = world.now + ms
  world.drain()
  for (let next = world.timeline.pending[0]; next !== undefined && next.at <= until; next = world.timeline.pending[0]) {
    world.timeline.fire(next)
    world.drain()
  }
  world.timeline.now = until
}
