/** The system calls that Node has no binding for, through koffi. Linux only; called on the main thread, synchronously. */
import { Effect } from "effect"
import type koffi from "koffi"
import { constants } from "node:os"

/** Calls return -1 on failure; the reason is then in {@link Libc.errno}, until the next call. */
export interface Libc {
  readonly flock: (fd: number, operation: number) => number
  readonly prctl: (option: number, value: number) => number
  readonly pidfdOpen: (pid: number) => number
  readonly pidfdSendSignal: (pidfd: number, signal: number) => number
  /** Name of the last call's errno: `EAGAIN`. */
  readonly errno: () => string
}

export const LOCK_EX = 2
export const LOCK_NB = 4
export const PR_SET_PDEATHSIG = 1

// The same on every architecture: numbers given out after 5.1 are shared.
const SYS_pidfd_send_signal = 424
const SYS_pidfd_open = 434

const errnoNames: ReadonlyMap<number, string> = new Map(Object.entries(constants.errno).map(([name, number]) => [number, name]))

/** EWOULDBLOCK and EAGAIN are one number on Linux; EAGAIN is the name that flock(2) failures get here. */
const nameOf = (errno: number) => (errno === constants.errno.EAGAIN ? "EAGAIN" : (errnoNames.get(errno) ?? `errno ${errno}`))

const bind = (library: typeof koffi): Libc => {
  const c = library.load(null)
  const syscall: (number: number, a: number, b: number, c: number, d: number) => number = c.func("long syscall(long number, long a, long b, long c, long d)")
  const prctl: (option: number, a: number, b: number, c: number, d: number) => number = c.func("int prctl(int option, ulong a, ulong b, ulong c, ulong d)")
  const flock: Libc["flock"] = c.func("int flock(int fd, int operation)")
  return {
    flock,
    prctl: (option, value) => prctl(option, value, 0, 0, 0),
    pidfdOpen: (pid) => syscall(SYS_pidfd_open, pid, 0, 0, 0),
    pidfdSendSignal: (pidfd, signal) => syscall(SYS_pidfd_send_signal, pidfd, signal, 0, 0),
    errno: () => nameOf(library.errno())
  }
}

/** Loaded when first needed: `ccci --version` has no use for it. Node keeps the module, so this is cheap the second time. */
export const libc: Effect.Effect<Libc> = Effect.promise(() => import("koffi")).pipe(Effect.map((module) => bind(module.default)))
