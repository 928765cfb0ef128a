/** The lock's kernel calls, on the simulated kernel. */
import { Effect, Layer, Option, Result } from "effect"
import { Lock, LockError } from "../../../services/Lock.ts"
import type { LockFile } from "../../../services/Lock.ts"
import type { Description } from "../kernel/descriptions.ts"
import type { Errno, Inode } from "../kernel/inodes.ts"
import type { Process } from "../kernel/processes.ts"
import type { World } from "../World.ts"

type KernelCall = LockError["call"]

const identityOf = (inode: Inode) => ({ device: BigInt(inode.device), inode: BigInt(inode.number) })

/** Opens for append, creating the file: what open(O_APPEND | O_CREAT | O_CLOEXEC) does. */
const openFile = (world: World, process: Process, path: string): Result.Result<LockFile, Errno> =>
  Result.flatMap(world.tree.find(path, true), ({ directory, name, inode }) => {
    if (inode !== undefined && inode.kind !== "file") return Result.fail("EISDIR")
    const file = inode ?? world.tree.deviceOf(directory).file(0o644, world.now)
    if (inode === undefined) world.tree.link(directory, name, file)
    const fd = world.descriptions.add(process, file, path)
    return fd === undefined ? Result.fail("EMFILE") : Result.succeed({ path, fd })
  })

const unlinkFile = (world: World, path: string): Result.Result<void, Errno> =>
  Result.flatMap(world.tree.find(path, false), ({ directory, name, inode }) => {
    if (inode?.kind === "directory") return Result.fail("EISDIR")
    world.tree.unlink(directory, name)
    return Result.succeed(undefined)
  })

const holdersIn = (world: World, directory: string) =>
  Result.map(world.tree.directory(directory), (folder) =>
    [...folder.entries].flatMap(([name, inode]) => {
      const locked = [...world.descriptions.open].find((description) => description.inode === inode && description.lock !== "none")
      const holder = [...world.processes.table.values()].find((process) => [...process.fds.values()].some((one) => one.description === locked))
      if (locked === undefined) return []
      return [{ path: `${directory}/${name}`, pid: Option.fromUndefinedOr(holder?.pid), command: Option.fromUndefinedOr(holder?.name), since: inode.modified }]
    })
  )

/** Lock as one process of the world sees it. */
export const lockLayer = (world: World, process: Process) => {
  const call = <A>(name: KernelCall, path: string, step: () => Result.Result<A, Errno>): Effect.Effect<A, LockError> => {
    const failed = (code: string) => new LockError({ call: name, path, code })
    return world.call(
      process,
      { service: "Lock", operation: name, subject: path },
      () => Result.mapError(step(), failed),
      (fault) => failed(fault.code)
    )
  }
  const onFile = <A>(name: KernelCall, file: LockFile, step: (description: Description) => Result.Result<A, Errno>) =>
    call(name, file.path, () => {
      const description = opened.get(file)
      return description === undefined || process.fds.get(file.fd)?.description !== description ? Result.fail<Errno>("EBADF") : step(description)
    })
  // A file that was closed stays closed, though its number may be another's by now.
  const opened = new WeakMap<LockFile, Description>()
  return Layer.succeed(
    Lock,
    Lock.of({
      open: (path) =>
        call("open", path, () =>
          Result.map(openFile(world, process, path), (file) => {
            const description = process.fds.get(file.fd)?.description
            if (description !== undefined) opened.set(file, description)
            return file
          })
        ),
      tryLock: (file) => onFile("flock", file, (description) => Result.succeed(world.descriptions.tryLock(description, "exclusive"))),
      identity: (file) => onFile("fstat", file, ({ inode }) => Result.succeed(identityOf(inode))),
      identityOfPath: (path) =>
        call("stat", path, () => {
          const found = world.tree.lookup(path, true)
          if (Result.isSuccess(found)) return Result.succeed(Option.some(identityOf(found.success)))
          return found.failure === "ENOENT" || found.failure === "ENOTDIR" ? Result.succeed(Option.none()) : Result.fail(found.failure)
        }),
      touch: (file) =>
        onFile("utimes", file, ({ inode }) => {
          inode.modified = world.now
          return Result.succeed(undefined)
        }),
      modified: (file) => onFile("fstat", file, ({ inode }) => Result.succeed(inode.modified)),
      unlink: (path) =>
        call("unlink", path, () => {
          const removed = unlinkFile(world, path)
          return Result.isFailure(removed) && removed.failure === "ENOENT" ? Result.succeed(undefined) : removed
        }),
      close: (file) =>
        onFile("close", file, () => {
          opened.delete(file)
          world.descriptions.close(process, file.fd)
          return Result.succeed(undefined)
        }),
      list: (directory) =>
        call("readdir", directory, () => Result.map(world.tree.directory(directory), ({ entries }) => world.chance.shuffle([...entries.keys()]))),
      holders: (directory) => call("readdir", directory, () => holdersIn(world, directory))
    })
  )
}
