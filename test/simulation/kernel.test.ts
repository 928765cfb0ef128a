/** The simulated world's own laws: the seam, death, time, escape. What its views answer is the contract suites' matter. */
import { assert, describe, it } from "@effect/vitest"
import { Clock, Deferred, Effect, Exit, Random } from "effect"
import { advance, launch, runToEnd, runUntilEnded, turn } from "../../src/layers/simulated/fibers.ts"
import type { Process } from "../../src/layers/simulated/kernel/processes.ts"
import type { Decision, Driver } from "../../src/layers/simulated/seam.ts"
import { lockLayer } from "../../src/layers/simulated/views/Lock.ts"
import { stopLayer } from "../../src/layers/simulated/views/Stop.ts"
import { Escaped, World } from "../../src/layers/simulated/World.ts"
import { Lock } from "../../src/services/Lock.ts"
import { Stop } from "../../src/services/Stop.ts"
import { unwrapped } from "../support/unwrapped.ts"

const path = "/run/lock/a.lock"

/** Takes the lock, says whether it got it, and holds it for a minute. */
const taker = (world: World) => (process: Process) =>
  Effect.gen(function* () {
    const lock = yield* Lock
    const file = yield* lock.open(path)
    const got = yield* lock.tryLock(file)
    yield* Effect.sleep("1 minute")
    yield* lock.unlink(path)
    yield* lock.close(file)
    return got
  }).pipe(Effect.provide(lockLayer(world, process)))

/** Settles the nth call (from 0) as told, and lets all others go. */
const atCall = (n: number, decision: Decision): Driver => ({ onCall: (call) => (call.id === n ? decision : { _tag: "Go" }) })

const operations = (world: World) => world.seam.trace.map(({ call, note }) => `${call.operation}${note === "" ? "" : ` ${note}`}`)

describe("the seam", () => {
  it("a call is one step, in the order of the program, and the trace tells it", () => {
    const world = new World()
    assert.deepStrictEqual(runToEnd(world, { name: "run" }, taker(world)), Exit.succeed(true))
    assert.deepStrictEqual(operations(world), ["open", "flock", "unlink", "close"])
  })

  it("a driver may fail a call, and the program sees the errno", () => {
    const world = new World({ driver: atCall(0, { _tag: "Fail", fault: { code: "EMFILE" } }) })
    const exit = runToEnd(world, { name: "run" }, (process) => Effect.flip(taker(world)(process)))
    assert.deepStrictEqual(
      Exit.map(exit, ({ call, code }) => [call, code]),
      Exit.succeed(["open", "EMFILE"])
    )
    assert.strictEqual(world.tree.lookup(path, true)._tag, "Failure", "it had no effect")
  })

  it("a driver may lose the answer of a call that took effect", () => {
    const world = new World({ driver: atCall(0, { _tag: "Lose", fault: { code: "EINTR" } }) })
    void runToEnd(world, { name: "run" }, taker(world))
    assert.strictEqual(world.tree.lookup(path, true)._tag, "Success")
  })

  it("a driver may park calls and choose who goes on", () => {
    const world = new World({
      driver: {
        onCall: () => ({ _tag: "Park" }),
        // The last that came goes on first: the second process overtakes the first.
        onIdle: ({ seam: { parked } }) => {
          const last = [...parked.values()].at(-1)
          last?.settle({ _tag: "Go" })
          return last !== undefined
        }
      }
    })
    const [one, two] = [launch(world, { name: "one" }, taker(world)), launch(world, { name: "two" }, taker(world))]
    runUntilEnded(world, [one, two])
    assert.deepStrictEqual([one.exit, two.exit], [Exit.succeed(false), Exit.succeed(true)])
    assert.strictEqual(world.seam.parked.size, 0)
  })

  it("a delayed call takes effect later", () => {
    const world = new World({ driver: atCall(1, { _tag: "Delay", ms: 500 }) })
    const start = world.now
    void runToEnd(world, { name: "run" }, taker(world))
    assert.deepStrictEqual(
      world.seam.trace.map(({ at }) => at - start),
      [0, 500, 60_500, 60_500]
    )
  })
})

describe("death", () => {
  it("SIGKILL at any call: no fiber goes on, no finalizer runs, the kernel drops the lock and the descriptors", () => {
    for (const applied of [false, true]) {
      for (let n = 0; n < 4; n++) {
        const world = new World({ driver: atCall(n, { _tag: "Kill", applied }) })
        const ran: Array<string> = []
        const process = launch(world, { name: "run" }, (self) =>
          Effect.ensuring(
            taker(world)(self),
            Effect.sync(() => ran.push("finalizer"))
          )
        )
        runUntilEnded(world, [process])
        advance(world, 120_000)
        assert.deepStrictEqual([process.ended?.code, process.exit, ran], [137, undefined, []])
        assert.strictEqual(world.descriptions.open.size, 0)
        assert.strictEqual(world.seam.trace.length, n + 1)
        assert.strictEqual(world.timeline.pending.length, 0)
      }
    }
  })

  it("a killed process's lock is free for the next at once", () => {
    const world = new World()
    const first = launch(world, { name: "first" }, taker(world))
    world.drain()
    const second = launch(world, { name: "second" }, taker(world))
    world.drain()
    world.signal(first, "SIGKILL")
    runUntilEnded(world, [second])
    assert.deepStrictEqual(second.exit, Exit.succeed(false))
    assert.deepStrictEqual(runToEnd(world, { name: "third" }, taker(world)), Exit.succeed(true))
  })

  it("children live on, orphaned, unless they asked for SIGKILL at their parent's death; grandchildren live on", () => {
    const world = new World()
    const sleeper = Effect.sleep("1 hour")
    const parent = launch(world, { name: "parent" }, () => sleeper)
    const bound = launch(world, { name: "bound", parent, diesWithParent: true }, () => sleeper)
    const grandchild = launch(world, { name: "grandchild", parent: bound }, () => sleeper)
    const free = launch(world, { name: "free", parent }, () => sleeper)
    world.drain()
    world.signal(parent, "SIGKILL")
    assert.deepStrictEqual(
      [parent, bound, grandchild, free].map(({ state }) => state === "running"),
      [false, false, true, true]
    )
    assert.deepStrictEqual([grandchild.parent, free.parent], [undefined, undefined])
  })

  it("a driver sees what an ending process leaves open, before the kernel closes it", () => {
    const left: Array<number> = []
    const world = new World({ driver: { onCall: () => ({ _tag: "Go" }), ended: ({ fds }) => left.push(fds.size) } })
    unwrapped(runToEnd(world, { name: "tidy" }, taker(world)))
    const careless = (process: Process) => Effect.flatMap(Lock, (lock) => lock.open(path)).pipe(Effect.provide(lockLayer(world, process)))
    unwrapped(runToEnd(world, { name: "careless" }, careless))
    assert.deepStrictEqual([left, world.descriptions.open.size], [[0, 1], 0])
  })

  it("SIGTERM is a request to Stop where there is one, and death where there is none", () => {
    const world = new World()
    const stopped = launch(world, { name: "run" }, (process) =>
      Effect.flatMap(Stop, ({ requested }) => Effect.flip(requested)).pipe(
        Effect.map(({ cause }) => cause),
        Effect.raceFirst(Effect.sleep("1 hour")),
        Effect.provide(stopLayer(process))
      )
    )
    const other = launch(world, { name: "other" }, () => Effect.sleep("1 hour"))
    world.drain()
    for (const process of [stopped, other]) world.signal(process, "SIGTERM")
    world.drain()
    assert.deepStrictEqual([stopped.exit, stopped.ended?.code, other.ended], [Exit.succeed("SIGTERM"), 0, { code: 143, signal: "SIGTERM" }])
  })
})

describe("time, chance, escape", () => {
  it("time moves only by timers: an hour is one turn", () => {
    const world = new World({ start: 1000 })
    const exit = runToEnd(world, { name: "run" }, () => Effect.andThen(Effect.sleep("1 hour"), Clock.currentTimeMillis))
    assert.deepStrictEqual(exit, Exit.succeed(3_601_000))
  })

  it("a wait that nothing will end is an escape, and names the process and its last call", () => {
    const world = new World()
    const waits = (process: Process) =>
      Effect.flatMap(Lock, (lock) => lock.open(path)).pipe(
        Effect.andThen(Effect.flatMap(Deferred.make<void>(), (deferred) => Deferred.await(deferred))),
        Effect.provide(lockLayer(world, process))
      )
    assert.throws(() => runToEnd(world, { name: "lost" }, waits), Escaped, /lost.*Lock\.open \/run\/lock\/a\.lock/)
  })

  it("a frozen process gets no turn until it is thawed", () => {
    const world = new World()
    const process = launch(world, { name: "run" }, taker(world))
    process.frozen = true
    while (turn(world));
    assert.strictEqual(world.seam.trace.length, 0)
    process.frozen = false
    runUntilEnded(world, [process])
    assert.deepStrictEqual(process.exit, Exit.succeed(true))
  })

  it("the same seed draws the same", () => {
    const drawn = (seed: number) =>
      runToEnd(new World({ seed }), { name: "run" }, () => Effect.all([Random.next, Random.nextIntBetween(0, 1_000_000), Random.shuffle([1, 2, 3, 4, 5, 6])]))
    assert.deepStrictEqual(drawn(7), drawn(7))
    assert.notDeepEqual(drawn(7), drawn(8))
  })
})
