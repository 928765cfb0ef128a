/** {@link Lock} on the kernel: raw descriptors (never a FileHandle, which garbage collection closes), close-on-exec, flock(2). */
import { Clock, Effect, Layer, Option } from "effect"
import * as fs from "node:fs"
import type { Identity, LockFile } from "../../services/Lock.ts"
import { Lock, LockError } from "../../services/Lock.ts"
import { codeOf } from "./kernel/errno.ts"
import { LOCK_EX, LOCK_NB, libc } from "./kernel/libc.ts"
import { flocks } from "./kernel/lockTable.ts"

type Call = LockError["call"]

const identityOf = (stat: fs.BigIntStats): Identity => ({ device: stat.dev, inode: stat.ino })

const attempt = <A>(call: Call, path: string, run: () => A) => Effect.try({ try: run, catch: (thrown) => new LockError({ call, path, code: codeOf(thrown) }) })

const make = Effect.gen(function* () {
  const kernel = yield* libc
  // A number of a closed file may be another file's by now: calls on a file that is not in here never reach the kernel.
  const files = new Set<LockFile>()

  const onOpen = <A>(call: Call, file: LockFile, run: (fd: number) => A) =>
    Effect.suspend(() =>
      files.has(file) ? attempt(call, file.path, () => run(file.fd)) : Effect.fail(new LockError({ call, path: file.path, code: "EBADF" }))
    )

  const open = (path: string) =>
    attempt("open", path, () => {
      const file: LockFile = { path, fd: fs.openSync(path, "a", 0o644) }
      files.add(file)
      return file
    })

  const tryLock = (file: LockFile) =>
    onOpen("flock", file, (fd) => (kernel.flock(fd, LOCK_EX | LOCK_NB) === 0 ? "held" : kernel.errno())).pipe(
      Effect.flatMap((seen) =>
        seen === "held" || seen === "EAGAIN" ? Effect.succeed(seen === "held") : Effect.fail(new LockError({ call: "flock", path: file.path, code: seen }))
      )
    )

  const stat = (path: string) => attempt("stat", path, () => Option.fromUndefinedOr(fs.statSync(path, { bigint: true, throwIfNoEntry: false })))

  const list = (directory: string) => attempt("readdir", directory, () => fs.readdirSync(directory))

  const holders = Effect.fn("Lock.holders")(function* (directory: string) {
    const names = yield* list(directory)
    const locked = yield* attempt("stat", "/proc/locks", flocks)
    const rowOf = (name: string) => {
      const path = `${directory}/${name}`
      const seen = fs.statSync(path, { bigint: true, throwIfNoEntry: false })
      const held = seen === undefined ? undefined : locked.get(`${seen.dev}:${seen.ino}`)
      return seen === undefined || held === undefined ? [] : [{ path, ...held, since: Number(seen.mtimeNs / 1_000_000n) }]
    }
    return yield* attempt("stat", directory, () => names.flatMap(rowOf))
  })

  return Lock.of({
    open,
    tryLock,
    identity: (file) => onOpen("fstat", file, (fd) => identityOf(fs.fstatSync(fd, { bigint: true }))),
    identityOfPath: (path) => Effect.map(stat(path), Option.map(identityOf)),
    touch: (file) => Effect.flatMap(Clock.currentTimeMillis, (now) => onOpen("utimes", file, (fd) => fs.futimesSync(fd, now / 1000, now / 1000))),
    modified: (file) => onOpen("fstat", file, (fd) => Number(fs.fstatSync(fd, { bigint: true }).mtimeNs / 1_000_000n)),
    unlink: (path) =>
      attempt("unlink", path, () => fs.unlinkSync(path)).pipe(
        Effect.catchIf(
          (error) => error.code === "ENOENT",
          () => Effect.void
        )
      ),
    // Out of the set first: Linux gives the number free even where close(2) fails.
    close: (file) =>
      onOpen("close", file, (fd) => {
        files.delete(file)
        fs.closeSync(fd)
      }),
    list,
    holders
  })
})

export const layer: Layer.Layer<Lock> = Layer.effect(Lock, make)
