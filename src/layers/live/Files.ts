/** {@link Files} on the file system of this machine. Small calls are synchronous; what may take long is not, and is never left half-way by an interruption. */
import { Effect, Layer, Option } from "effect"
import { createHash, randomBytes } from "node:crypto"
import * as fs from "node:fs"
import * as fsp from "node:fs/promises"
import * as path from "node:path"
import { pipeline } from "node:stream/promises"
import type { Stat } from "../../services/Files.ts"
import { Files, FilesError } from "../../services/Files.ts"
import { codeOf } from "./kernel/errno.ts"

const defaultReadLimit = 16 * 1024 * 1024
const { O_NONBLOCK, O_RDONLY } = fs.constants

const attempt = <A>(attempted: string, file: string, run: () => A) =>
  Effect.try({ try: run, catch: (thrown) => new FilesError({ attempted, path: file, code: codeOf(thrown) }) })

const attemptLong = <A>(attempted: string, file: string, run: () => Promise<A>) =>
  Effect.uninterruptible(Effect.tryPromise({ try: run, catch: (thrown) => new FilesError({ attempted, path: file, code: codeOf(thrown) }) }))

/** A failure that no call of the system reports by itself. */
const refusal = (code: string) => Object.assign(new Error(code), { code })

const aside = (file: string) => path.join(path.dirname(file), `.${path.basename(file)}.${randomBytes(6).toString("hex")}.tmp`)

/** Makes a file under another name and moves it to its place once it is whole; leaves nothing behind where that fails. */
const replaceBy = async (file: string, write: (temporary: string) => Promise<void>) => {
  const temporary = aside(file)
  try {
    await write(temporary)
    await fsp.rename(temporary, file)
  } catch (thrown) {
    await fsp.rm(temporary, { force: true })
    throw thrown
  }
}

const writeSynced = async (file: string, text: string, mode: number) => {
  const handle = await fsp.open(file, "wx", mode)
  try {
    await handle.chmod(mode) // The umask must not have its say.
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

const readAtMost = (file: string, limit: number) => {
  const fd = fs.openSync(file, O_RDONLY | O_NONBLOCK) // A named pipe must not hold us.
  try {
    const pieces: Array<Buffer> = []
    for (let total = 0; ;) {
      const piece = Buffer.allocUnsafe(Math.min(limit + 1 - total, 1024 * 1024))
      const count = fs.readSync(fd, piece)
      if (count === 0) return Buffer.concat(pieces).toString("utf8")
      total += count
      if (total > limit) throw refusal("EFBIG")
      pieces.push(piece.subarray(0, count))
    }
  } finally {
    fs.closeSync(fd)
  }
}

const kindOf = (stat: fs.Stats): Stat["kind"] => (stat.isFile() ? "file" : stat.isDirectory() ? "directory" : stat.isSymbolicLink() ? "symlink" : "other")

const lookAt = (file: string): Option.Option<Stat> => {
  try {
    const stat = fs.lstatSync(file)
    return Option.some({ kind: kindOf(stat), size: stat.size, mode: stat.mode & 0o7777, modified: Math.trunc(stat.mtimeMs) })
  } catch (thrown) {
    if (codeOf(thrown) === "ENOENT" || codeOf(thrown) === "ENOTDIR") return Option.none()
    throw thrown
  }
}

const copyRegular = async (from: string, to: string) => {
  if (!(await fsp.stat(from)).isFile()) throw refusal("EINVAL")
  await replaceBy(to, (temporary) => fsp.copyFile(from, temporary, fs.constants.COPYFILE_EXCL))
}

const digestOf = async (file: string) => {
  const hash = createHash("sha256")
  await pipeline(fs.createReadStream(file), hash)
  return hash.digest("hex")
}

export const layer: Layer.Layer<Files> = Layer.succeed(Files, {
  makeDirectoryExclusive: (file, mode) => attempt("create the directory", file, () => fs.mkdirSync(file, { mode })),
  makeDirectory: (file, mode) => Effect.asVoid(attempt("create the directory", file, () => fs.mkdirSync(file, { recursive: true, mode }))),
  readText: (file, limit = defaultReadLimit) => attempt("read", file, () => readAtMost(file, limit)),
  writeAtomic: (file, text, mode = 0o644) => attemptLong("write", file, () => replaceBy(file, (temporary) => writeSynced(temporary, text, mode))),
  append: (file, text, mode = 0o644) => attempt("append to", file, () => fs.appendFileSync(file, text, { mode })),
  list: (file) => attempt("list", file, () => fs.readdirSync(file).sort()),
  stat: (file) => attempt("look at", file, () => lookAt(file)),
  realPath: (file) => attempt("resolve", file, () => fs.realpathSync(file)),
  symlink: (target, file) => attempt("link", file, () => fs.symlinkSync(target, file)),
  rename: (from, to) => attempt(`move to ${to} the file`, from, () => fs.renameSync(from, to)),
  copyFile: (from, to) => attemptLong(`copy to ${to} the file`, from, () => copyRegular(from, to)),
  copyTree: (from, to) => attemptLong(`copy to ${to} the folder`, from, () => fsp.cp(from, to, { recursive: true, verbatimSymlinks: true })),
  remove: (file) => attemptLong("remove", file, () => fsp.rm(file, { recursive: true, force: true })),
  digest: (file) => attemptLong("hash", file, () => digestOf(file))
})
