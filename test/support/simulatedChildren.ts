/** {@link Children} as programs of the simulated world. */
import { Effect, Layer } from "effect"
import { start } from "../../src/layers/simulated/fibers.ts"
import { makeOutput } from "../../src/layers/simulated/kernel/pipes.ts"
import type { Invocation, Program } from "../../src/layers/simulated/kernel/programs.ts"
import { install } from "../../src/layers/simulated/kernel/programs.ts"
import type { World } from "../../src/layers/simulated/World.ts"
import type { Spelling } from "./children.ts"
import { Children } from "./children.ts"

/** Never ends of itself, and is parked on something that the world knows. */
const hang = ({ world, process }: Invocation) => world.wait<number>(process, () => () => undefined)

const says =
  (say: (invocation: Invocation) => string, code = 0): Program =>
  (invocation) =>
    Effect.sync(() => {
      invocation.output.write("stdout", say(invocation))
      return code
    })

/** Leaves a hanging process behind, in its own group or in one of its own. */
const leaves =
  (leader: boolean): Program =>
  ({ world, process, output, ...rest }) =>
    Effect.sync(() => {
      const left = world.spawn({ name: "left", environment: process.environment, parent: process, leader })
      start(world, left, hang({ ...rest, world, process: left, output: makeOutput() }))
      output.write("stdout", `${left.pid}\n`)
      return 0
    })

const onTerm =
  (caught: (invocation: Invocation, end: (code: number) => void) => void): Program =>
  (invocation) =>
    invocation.world.wait<number>(invocation.process, (end) => {
      invocation.process.onSignal = () => caught(invocation, end)
      invocation.output.write("stdout", "ready\n")
      return () => undefined
    })

const programs: Readonly<Record<string, Program>> = {
  prints: ({ args: [out = "", err = ""], output }) =>
    Effect.sync(() => {
      output.write("stdout", `${out}\n`)
      output.write("stderr", `${err}\n`)
      return 0
    }),
  exits: ({ args }) => Effect.succeed(Number(args[0])),
  cat: says(({ stdin }) => stdin),
  pwd: says(({ cwd }) => `${cwd}\n`),
  environment: says(({ args, process }) => args.flatMap((name) => (name in process.environment ? [`${name}=${process.environment[name]}\n`] : [])).join("")),
  floods: says(({ args }) => `first\n${`${"x".repeat(100)}\n`.repeat(Number(args[0]))}last\n`),
  longLine: says(({ args }) => "x".repeat(Number(args[0]))),
  hangs: (invocation) => {
    invocation.output.write("stdout", "ready\n")
    return hang(invocation)
  },
  ignoresTerm: onTerm(({ output }) => output.write("stdout", "ignored\n")),
  endsItself: onTerm(({ output }, end) => {
    output.write("stdout", "bye\n")
    end(3)
  }),
  leavesChild: leaves(false),
  leavesDaemon: leaves(true)
}

/** Puts them on the machine. */
export const installChildren = (world: World): void => {
  for (const [name, program] of Object.entries(programs)) install(world, `/usr/bin/${name}`, program)
}

const spell = (command: string, ...args: ReadonlyArray<string>): Spelling => ({ command, args })

export const layerSimulatedChildren: Layer.Layer<Children> = Layer.succeed(Children, {
  prints: (out, err) => spell("prints", out, err),
  exits: (code) => spell("exits", `${code}`),
  echoes: spell("cat"),
  workingDirectory: spell("pwd"),
  environment: (names) => spell("environment", ...names),
  floods: (count) => spell("floods", `${count}`),
  longLine: (length) => spell("longLine", `${length}`),
  hangs: spell("hangs"),
  ignoresTerm: spell("ignoresTerm"),
  endsItself: spell("endsItself"),
  leavesChild: spell("leavesChild"),
  leavesDaemon: spell("leavesDaemon")
})
