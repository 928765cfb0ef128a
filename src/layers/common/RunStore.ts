/** Run directories on files and locks: claimed by mkdir, held by a flock on `.in-use` while their run lives, pruned when old and free. */
import { Clock, Duration, Effect, Layer, Option, Ref, Schema } from "effect"
import { RunId } from "../../model/names.ts"
import { Files, type FilesError } from "../../services/Files.ts"
import { Lock, type LockError, type LockFile } from "../../services/Lock.ts"
import { Redaction } from "../../services/Redaction.ts"
import { RunStore, RunStoreError } from "../../services/RunStore.ts"
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

export const layer = Layer.effect(
  RunStore,
  Effect.gen(function* () {
    const files = yield* Files
    const lock = yield* Lock
    const redaction = yield* Redaction
    const { keep, runsDir } = yield* Settings

    const opened = (path: string) => Effect.acquireRelease(lock.open(`${path}/${inUse}`), (file) => Effect.ignore(lock.close(file)))

    /** Whether the lock is ours, on the file that the path names: a pruner may have had it before, and taken the directory away. */
    const holds = Effect.fnUntraced(function* (file: LockFile) {
      if (!(yield* lock.tryLock(file))) return false
      const identity = yield* lock.identity(file)
      const named = yield* lock.identityOfPath(file.path)
      return Option.isSome(named) && named.value.device === identity.device && named.value.inode === identity.inode
    })

    const claim = Effect.fn("RunStore.claim")(function* (path: string) {
      yield* files.makeDirectory(runsDir).pipe(Effect.mapError(failed("make the runs directory", runsDir)))
      yield* files.makeDirectoryExclusive(path, directoryMode).pipe(Effect.mapError(failed("claim the run directory", path)))
      const held = yield* Effect.flatMap(opened(path), holds).pipe(Effect.mapError(failed("mark as in use", path)))
      if (!held) return yield* new RunStoreError({ attempted: "mark as in use", path, seen: "another process holds it" })
      yield* files.makeDirectory(`${path}/logs`, directoryMode).pipe(Effect.mapError(failed("make", `${path}/logs`)))
    })

    const create = Effect.fn("RunStore.create")(function* (id: RunId) {
      const path = `${runsDir}/${id}`
      yield* claim(path)
      const written = yield* Ref.make<ReadonlyMap<string, number>>(new Map())
      const warned = yield* Ref.make(false)

      const append = (file: string, text: string) =>
        files
          .append(file, text, logMode)
          .pipe(
            Effect.catch((error) =>
              Effect.flatMap(Ref.getAndSet(warned, true), (before) =>
                before ? Effect.void : Effect.logWarning(`${error.message}: lines of the run's logs are lost`)
              )
            )
          )

      const log = Effect.fnUntraced(function* (name: string, line: string) {
        const file = `${path}/logs/${fileName(name)}.log`
        const text = `${redaction.scrub(line)}\n`
        const before = yield* Ref.modify(written, (sizes) => {
          const size = sizes.get(file) ?? 0
          return [size, new Map(sizes).set(file, size + text.length)]
        })
        if (before > logLimit) return
        yield* append(file, before + text.length > logLimit ? "[the rest is left out: the log has reached its limit]\n" : text)
      })

      const write = Effect.fn("RunStore.write")(function* (name: string, text: string) {
        const file = `${path}/${name}`
        if (name.split("/").includes("..")) return yield* new RunStoreError({ attempted: "write", path: file, seen: "the name leaves the run's directory" })
        const attempt = failed("write", file)
        yield* files.makeDirectory(file.slice(0, file.lastIndexOf("/")), directoryMode).pipe(Effect.mapError(attempt))
        yield* files.writeAtomic(file, redaction.scrub(text)).pipe(Effect.mapError(attempt))
      })

      return { id, path, abraDir: `${path}/abra`, log, write }
    })

    /** Run directories, newest first. */
    const runs = Effect.gen(function* () {
      const found: Array<{ readonly path: string; readonly modified: number }> = []
      for (const name of (yield* files.list(runsDir)).filter(Schema.is(RunId))) {
        const path = `${runsDir}/${name}`
        const [directory, mark] = yield* Effect.all([files.stat(path), files.stat(`${path}/${inUse}`)])
        if (Option.isNone(directory) || directory.value.kind !== "directory" || Option.isNone(mark) || mark.value.kind !== "file") continue
        found.push({ path, modified: directory.value.modified })
      }
      return found.sort((left, right) => right.modified - left.modified || (left.path < right.path ? 1 : -1))
    }).pipe(
      Effect.catchIf(
        (error) => error.code === "ENOENT",
        () => Effect.succeed([])
      ),
      Effect.mapError(failed("list", runsDir))
    )

    /** False for a directory that is in use. */
    const removeFree = (path: string) =>
      Effect.scoped(
        Effect.gen(function* () {
          if (!(yield* Effect.flatMap(opened(path), holds))) return false
          yield* files.remove(path)
          return true
        })
      ).pipe(Effect.mapError(failed("prune", path)))

    const prune = Effect.gen(function* () {
      const now = yield* Clock.currentTimeMillis
      const oldest = now - Duration.toMillis(keep.age)
      const removed: Array<string> = []
      const failures: Array<RunStoreError> = []
      for (const [index, { path, modified }] of (yield* runs).entries()) {
        if (index < keep.count && modified >= oldest) continue
        yield* Effect.match(removeFree(path), {
          onFailure: (error) => void failures.push(error),
          onSuccess: (gone) => void (gone && removed.push(path))
        })
      }
      const [failure] = failures
      return failure === undefined ? removed : yield* failure
    })

    return RunStore.of({ create, prune })
  })
)
