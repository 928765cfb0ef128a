/** The process table as /proc shows it. Synchronous: a look at some hundred processes takes a few milliseconds. */
import { Option } from "effect"
import * as fs from "node:fs"
import type { ProcessEntry } from "../../../services/Processes.ts"

/** Characters of a command line that are told. */
const commandLimit = 300

const read = (pid: number, name: string): string | undefined => {
  try {
    return fs.readFileSync(`/proc/${pid}/${name}`, "utf8")
  } catch {
    return undefined // Gone, or another user's: either way there is nothing to see.
  }
}

/** The command line with blanks between its arguments; the kernel's short name where it has none (zombies, kernel threads). */
export const commandOf = (pid: number): Option.Option<string> => {
  const line = read(pid, "cmdline")?.replaceAll("\0", " ").trim()
  const text = line === undefined || line === "" ? read(pid, "comm")?.trim() : line
  return Option.map(Option.fromUndefinedOr(text), (command) => command.slice(0, commandLimit))
}

const stateOf = (pid: number): { readonly state: string; readonly parent: number } | undefined => {
  const stat = read(pid, "stat")
  if (stat === undefined) return undefined
  // `pid (name) state parent ...`, where the name may hold blanks and parentheses.
  const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
  return state === undefined || parent === undefined ? undefined : { state, parent: Number(parent) }
}

/** One process; none when it is gone. Marks of a process whose environment this user may not read are none. */
export const processEntry = (pid: number): Option.Option<ProcessEntry> => {
  const seen = stateOf(pid)
  if (seen === undefined) return Option.none()
  const variables = read(pid, "environ")?.split("\0") ?? []
  const value = (name: string) => Option.fromUndefinedOr(variables.find((variable) => variable.startsWith(`${name}=`))?.slice(name.length + 1))
  return Option.some({
    pid,
    parent: seen.parent,
    zombie: seen.state === "Z" || seen.state === "X",
    lock: value("CCCI_APP_LOCK"),
    token: value("CCCI_RUN_TOKEN"),
    command: Option.getOrElse(commandOf(pid), () => "")
  })
}

/** Every process that carries a mark. Throws where /proc is not there. */
export const markedProcesses = (): ReadonlyArray<ProcessEntry> =>
  fs.readdirSync("/proc").flatMap((name) => {
    const entry = /^\d+$/.test(name) ? processEntry(Number(name)) : Option.none()
    return Option.isSome(entry) && (Option.isSome(entry.value.lock) || Option.isSome(entry.value.token)) ? [entry.value] : []
  })

/** A process and its ancestors, itself first, up to the first one whose parent lies outside this PID namespace. */
export const lineageOf = (pid: number): ReadonlyArray<number> => {
  const line = [pid]
  for (let parent = stateOf(pid)?.parent ?? 0; parent > 0 && !line.includes(parent); parent = stateOf(parent)?.parent ?? 0) line.push(parent)
  return line
}
