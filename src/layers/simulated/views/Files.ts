/** The file system of the simulated kernel, as one process sees it. */
import { Layer, Result } from "effect"
import type { Effect } from "effect"
import { Files, FilesError } from "../../../services/Files.ts"
import * as calls from "../kernel/fileCalls.ts"
import type { Errno } from "../kernel/inodes.ts"
import type { Process } from "../kernel/processes.ts"
import { sha256 } from "../sha256.ts"
import type { World } from "../World.ts"

const defaultLimit = 16 * 1024 * 1024

/** Files of one process. */
export const filesLayer = (world: World, process: Process) => {
  const { tree } = world
  const call = <A>(attempted: string, path: string, step: () => Result.Result<A, Errno>): Effect.Effect<A, FilesError> => {
    const failed = (code: string) => new FilesError({ attempted, path, code })
    return world.call(
      process,
      { service: "Files", operation: attempted, subject: path },
      () => Result.mapError(step(), failed),
      (fault) => failed(fault.code)
    )
  }
  return Layer.succeed(
    Files,
    Files.of({
      makeDirectoryExclusive: (path, mode = 0o755) => call("make directory", path, () => Result.map(tree.makeDirectory(path, mode), () => undefined)),
      makeDirectory: (path, mode) => call("make directory", path, () => Result.map(tree.makeDirectories(path, mode), () => undefined)),
      readText: (path, limit = defaultLimit) => call("read", path, () => calls.readText(tree, path, limit)),
      writeAtomic: (path, text, mode) => call("write", path, () => calls.writeAtomic(tree, path, text, mode)),
      append: (path, text, mode) => call("append to", path, () => calls.append(tree, path, text, mode)),
      list: (path) => call("list", path, () => Result.map(tree.directory(path), ({ entries }) => [...entries.keys()].sort())),
      stat: (path) => call("look at", path, () => calls.stat(tree, path)),
      realPath: (path) => call("resolve", path, () => calls.realPath(tree, path)),
      symlink: (target, path) => call("link", path, () => calls.symlink(tree, target, path)),
      rename: (from, to) => call("rename", from, () => calls.rename(tree, from, to)),
      copyFile: (from, to) => call("copy", from, () => calls.copyFile(tree, from, to)),
      copyTree: (from, to) => call("copy", from, () => calls.copyTree(tree, from, to)),
      remove: (path) => call("remove", path, () => calls.remove(tree, path)),
      digest: (path) => call("digest", path, () => Result.map(calls.fileAt(tree, path), ({ text }) => sha256(text)))
    })
  )
}
