/** Programs of the simulated machine: what an executable file runs. A script names its interpreter in its first line, as everywhere. */
import { Result } from "effect"
import type { Effect } from "effect"
import type { Output } from "./pipes.ts"
import type { Process } from "./processes.ts"
import { fileAt } from "./fileCalls.ts"
import type { Tree } from "./tree.ts"
import type { World } from "../World.ts"

/** What a program is started with. It lives in a process of its own: signals, marks, descriptors and death are that process's. */
export interface Invocation {
  readonly world: World
  readonly process: Process
  /** The path of what was started: the script's for a script. */
  readonly path: string
  readonly args: ReadonlyArray<string>
  readonly cwd: string
  readonly stdin: string
  readonly output: Output
}

/** Ends with the exit code. Everything that it does to the world goes through views of its own process. */
export type Program = (invocation: Invocation) => Effect.Effect<number>

/** Installed programs, by the name in the first line of their file: `#!<name>`. */
export type Programs = Map<string, Program>

/** Puts a program on the machine: an executable file at `path`, whose first line names it. */
export const install = (world: World, path: string, program: Program): void => {
  world.tree.makeDirectories(path.slice(0, path.lastIndexOf("/")) || "/")
  const name = path.slice(1)
  world.programs.set(name, program)
  world.tree.find(path, true).pipe(
    Result.map(({ directory, name: last }) => {
      world.tree.unlink(directory, last)
      world.tree.link(directory, last, world.tree.deviceOf(directory).file(0o755, world.now, `#!${name}\n`))
    })
  )
}

const isExecutable = (tree: Tree, path: string): boolean => {
  const file = fileAt(tree, path)
  return Result.isSuccess(file) && (file.success.mode & 0o111) !== 0
}

/** A command's path: itself if it holds a slash, else the first on the search path. */
export const which = (tree: Tree, command: string, searchPath: string): string | undefined =>
  (command.includes("/") ? [command] : searchPath.split(":").map((folder) => `${folder}/${command}`)).find((path) => isExecutable(tree, path))

/** The program behind an executable file. */
export const programAt = (world: World, path: string): Program | undefined => {
  const file = fileAt(world.tree, path)
  const name = Result.isSuccess(file) ? /^#!\s*\/?(\S+)/.exec(file.success.text)?.[1] : undefined
  return name === undefined ? undefined : world.programs.get(name)
}
