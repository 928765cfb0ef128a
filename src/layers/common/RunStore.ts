/** Run directories on files and locks: claimed by mkdir, held by a flock on `.in-use` while their run lives, pruned when old and free. */
import { Clock, Context, Duration, Effect, Layer, Option, Ref, Schema } from "effect"
import { RunId } from "../../model/names.ts"
import { Files, type FilesError } from "../../services/Files.ts"
import { Lock, type LockError, type LockFile } from "../../services/Lock.ts"
import { Redaction } from "../../services/Redaction.ts"
import { RunStore, RunStoreError, type RunDirectory } from "../../services/RunStore.ts"
import { Settings } from "../../services/Settings.ts"

/** Also the mark of a run directory: what lacks it is not ours to prune. */
const inUse = ".in-use"
/** Logs hold what apps print. */
const directoryMode = 0o700
const logMode = 0o600
/** A hook that prints without end must not fill the disk. In characters, a log. */
const logLimit = 32 * 1024 * 1024

const failed = (attempted: string, path: string) => (error: FilesError | LockError) => new RunStoreError({ attempted, path, seen: error.code })

/** A name as one part of a path, whatever it was: `functional/login.ts` is `functional-login.ts`. */
const fileName = (name: string) =>
  name
    .replaceAll(/[^A-Za-z0-9._-]+/g, "-")
    .replace(/^\.+/, "")
    .slice(0, 120) || "log"

const markOf = (path: string) => Effect.flatMap(Lock, (lock) => Effect.acquireRelease(lock.open(`${path}/${inUse}`), (file) => Effect.ignore(lock.close(file))))

/** Whether the lock is ours, on the file that the path names: a pruner may have had it before, and taken the directory away. */
const holds = Effect.fnUntraced(function* (file: LockFile) {
  const lock = yield* Lock
  if (!(yield* lock.tryLock(file))) return false
  const identity = yield* lock.identity(file)
  const named = yield* lock.identityOfPath(file.path)
  return Option.isSome(named) && named.value.device === identity.device && named.value.inode === identity.inode
})

const claim = Effect.fn("RunStore.claim")(function* (runsDir: string, path: string) {
  const files = yield* Files
  yield* files.makeDirectory(runsDir).pipe(Effect.mapError(failed("make the runs directory", runsDir)))
  yield* files.makeDirectoryExclusive(path, directoryMode).pipe(Effect.mapError(failed("claim the run directory", path)))
  const held = yield* Effect.flatMap(markOf(path), holds).pipe(Effect.mapError(failed("mark as in use", path)))
  if (!held) return yield* new RunStoreError({ attempted: "mark as in use", path, seen: "another process holds it" })
  yield* files.makeDirectory(`${path}/logs`, directoryMode).pipe(Effect.mapError(failed("make", `${path}/logs`)))
})

/** Appends to the logs of one run; what cannot be written is lost, and said once. */
const loggerOf = Effect.fnUntraced(function* (path: string) {
  const files = yield* Files
  const redaction = yield* Redaction
  const written = yield* Ref.make<ReadonlyMap<string, number>>(new Map())
  const warned = yield* Ref.make(false)
  const warnOnce = (error: FilesError) =>
    Effect.flatMap(Ref.getAndSet(warned, true), (before) => (before ? Effect.void : Effect.logWarning(`${error.message}: lines of the run's logs are lost`)))
  return Effect.fnUntraced(function* (name: string, line: string) {
    const file = `${path}/logs/${fileName(name)}.log`
    const text = `${redaction.scrub(line)}\n`
    const before = yield* Ref.modify(written, (sizes) => {
      const size = sizes.get(file) ?? 0
      return [size, new Map(sizes).set(file, size + text.length)]
    })
    if (before > logLimit) return
    const last = before + text.length > logLimit
    yield* files.append(file, last ? "[the rest is left out: the log has reached its limit]\n" : text, logMode).pipe(Effect.catch(warnOnce))
  })
})

const writerOf = Effect.fnUntraced(function* (path: string) {
  const files = yield* Files
  const redaction = yield* Redaction
  return Effect.fn("RunStore.write")(function* (name: string, text: string) {
    const file = `${path}/${name}`
    if (name.split("/").includes("..")) return yield* new RunStoreError({ attempted: "write", path: file, seen: "the name leaves the run's directory" })
    const attempt = failed("write", file)
    yield* files.makeDirectory(file.slice(0, file.lastIndexOf("/")), directoryMode).pipe(Effect.mapError(attempt))
    yield* files.writeAtomic(file, redaction.scrub(text)).pipe(Effect.mapError(attempt))
  })
})

const create = Effect.fn("RunStore.create")(function* (id: RunId) {
  const { runsDir } = yield* Settings
  const path = `${runsDir}/${id}`
  yield* claim(runsDir, path)
  const directory: RunDirectory = { id, path, abraDir: `${path}/abra`, log: yield* loggerOf(path), write: yield* writerOf(path) }
  return directory
})

/** Run directories, newest first. */
const listRuns = Effect.fn("RunStore.listRuns")(function* (runsDir: string) {
  const files = yield* Files
  const found: Array<{ readonly path: string; readonly modified: number }> = []
  for (const name of (yield* files.list(runsDir)).filter(Schema.is(RunId))) {
    const path = `${runsDir}/${name}`
    const [directory, mark] = yield* Effect.all([files.stat(path), files.stat(`${path}/${inUse}`)])
    if (Option.isNone(directory) || directory.value.kind !== "directory" || Option.isNone(mark) || mark.value.kind !== "file") continue
    found.push({ path, modified: directory.value.modified })
  }
  return found.sort((left, right) => right.modified - left.modified || (left.path < right.path ? 1 : -1))
})

/** False for a directory that is in use. */
const removeFree = Effect.fn("RunStore.removeFree")(function* (path: string) {
  const files = yield* Files
  if (!(yield* Effect.flatMap(markOf(path), holds))) return false
  yield* files.remove(path)
  return true
}, Effect.scoped)

const prune = Effect.gen(function* () {
  const { keep, runsDir } = yield* Settings
  const oldest = (yield* Clock.currentTimeMillis) - Duration.toMillis(keep.age)
  const runs = yield* listRuns(runsDir).pipe(
    Effect.catchIf(
      (error) => error.code === "ENOENT",
      () => Effect.succeed([])
    ),
    Effect.mapError(failed("list", runsDir))
  )
  const surplus = runs.filter(({ modified }, index) => index >= keep.count || modified < oldest)
  // One that cannot be removed does not stop the others.
  const [results, failures] = yield* Effect.partition(surplus, ({ path }) =>
    Effect.map(Effect.mapError(removeFree(path), failed("prune", path)), (removed) => (removed ? [path] : []))
  )
  const [failure] = failures
  return failure === undefined ? results.flat() : yield* failure
})

export const layer = Layer.effect(
  RunStore,
  Effect.gen(function* () {
    const services = Context.pick(Files, Lock, Redaction, Settings)(yield* Effect.context<Files | Lock | Redaction | Settings>())
    return RunStore.of({ create: (id) => Effect.provideContext(create(id), services), prune: Effect.provideContext(prune, services) })
  })
)
