/** The kernel's table of file locks, /proc/locks: for people, since a container sees no pids of other namespaces. */
import { Option } from "effect"
import * as fs from "node:fs"
import { commandOf } from "./processTable.ts"

/** Who holds a file's flock, where the kernel tells it. */
export interface Flock {
  readonly pid: Option.Option<number>
  readonly command: Option.Option<string>
}

// `1: FLOCK  ADVISORY  WRITE 2154 fe:00:9977868 0 EOF`; a waiter's row has `->` before FLOCK.
const row = /^\d+: FLOCK\s+\S+\s+\S+\s+(-?\d+)\s+([0-9a-f]+):([0-9a-f]+):(\d+)\s/

/** `st_dev` as stat tells it, from the major and minor number of the table. */
const device = (major: bigint, minor: bigint) => (minor & 0xffn) | ((major & 0xfffn) << 8n) | ((minor & ~0xffn) << 12n) | ((major & ~0xfffn) << 32n)

/** Every flock that is held on this machine, keyed `<st_dev>:<inode>`. Throws where the table cannot be read. */
export const flocks = (): ReadonlyMap<string, Flock> =>
  new Map(
    fs
      .readFileSync("/proc/locks", "utf8")
      .split("\n")
      .flatMap((line) => {
        const [, pid, major, minor, inode] = row.exec(line) ?? []
        if (pid === undefined || major === undefined || minor === undefined || inode === undefined) return []
        const holder = Number(pid) > 0 ? Option.some(Number(pid)) : Option.none()
        return [[`${device(BigInt(`0x${major}`), BigInt(`0x${minor}`))}:${inode}`, { pid: holder, command: Option.flatMap(holder, commandOf) }]]
      })
  )
