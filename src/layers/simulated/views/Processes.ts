/** Children and the process table of the simulated kernel, as one process sees them. */
import { Effect, Layer, Option, Result } from "effect"
import { ChildEnvironment, Processes } from "../../../services/Processes.ts"
import type { PidHandle, ProcessEntry } from "../../../services/Processes.ts"
import { Redaction } from "../../../services/Redaction.ts"
import type { Process } from "../kernel/processes.ts"
import { which } from "../kernel/programs.ts"
import type { World } from "../World.ts"
import { defaultPath, processCall, runChild } from "./child.ts"

const inherited = /^(PATH|HOME|USER|LOGNAME|LANG|LANGUAGE|LC_[A-Z]+|TZ|TMPDIR|DOCKER_[A-Z0-9_]+)$/

/** The environment of a child: the allow list, then the fiber's, then the command's. */
export const childEnvironment = (parent: Process, ...over: ReadonlyArray<Readonly<Record<string, string>>>): Readonly<Record<string, string>> =>
  Object.assign({}, Object.fromEntries(Object.entries(parent.environment).filter(([name]) => inherited.test(name))), ...over)

const entryOf = (process: Process): ProcessEntry => {
  // Nothing can be read of a zombie's environment.
  const mark = (name: string) => (process.state === "running" ? Option.fromUndefinedOr(process.environment[name]) : Option.none())
  return {
    pid: process.pid,
    parent: process.parent?.pid ?? 1,
    zombie: process.state === "zombie",
    lock: mark("CCCI_APP_LOCK"),
    token: mark("CCCI_RUN_TOKEN"),
    command: process.name
  }
}

const lineageOf = ({ pid, parent }: Process): ReadonlyArray<number> => [pid, ...(parent === undefined ? [1] : lineageOf(parent))]

/** Processes of one process. */
export const processesLayer = (world: World, process: Process) =>
  Layer.effect(
    Processes,
    Effect.map(Redaction, ({ scrub }) => {
      const look = <A>(operation: string, subject: string, step: () => A) => processCall(world, process, operation, subject, () => Result.succeed(step()))
      const living = (pid: number) => Option.fromUndefinedOr(world.processes.table.get(pid))
      const handles = new Map<number, Process>()
      const openHandle = (held: Process): PidHandle => {
        let fd = 1000
        while (handles.has(fd)) fd++
        handles.set(fd, held)
        return { pid: held.pid, fd }
      }
      return Processes.of({
        run: (command) =>
          Effect.flatMap(ChildEnvironment, (over) => runChild(world, process, command, childEnvironment(process, over, command.env ?? {}), scrub)),
        lineage: look("look at", "its own lineage", () => lineageOf(process)),
        marked: look("list", "processes", () =>
          world.chance.shuffle([...world.processes.table.values()].map(entryOf).filter(({ lock, token }) => Option.isSome(lock) || Option.isSome(token)))
        ),
        look: (pid) => look("look at", `${pid}`, () => Option.map(living(pid), entryOf)),
        hold: (pid) =>
          Effect.acquireRelease(
            look("hold", `${pid}`, () => Option.map(living(pid), openHandle)),
            (handle) => Effect.sync(() => Option.map(handle, ({ fd }) => handles.delete(fd)))
          ),
        kill: ({ pid, fd }) =>
          look("kill", `${pid}`, () => {
            const held = handles.get(fd)
            if (held === undefined || held.state !== "running") return false
            world.signal(held, "SIGKILL")
            return true
          }),
        which: (command) => Effect.sync(() => Option.fromUndefinedOr(which(world.tree, command, process.environment["PATH"] ?? defaultPath)))
      })
    })
  )
