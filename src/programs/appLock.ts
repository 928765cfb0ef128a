/**
 * The app lock (LOCK): one kernel lock a domain, held from before the app exists until its teardown is verified. "Held" always means "a live owner";
 * no pid, age or registry is ever consulted.
 */
import { Clock, Duration, Effect, Option, Ref } from "effect"
import type { Scope } from "effect"
import type { Domain } from "../model/names.ts"
import { Crypto } from "../services/Crypto.ts"
import { Lock, type Identity, type LockError, type LockFile } from "../services/Lock.ts"
import { Progress } from "../services/Progress.ts"
import { Settings } from "../services/Settings.ts"

/** A lock that is held. Whoever has verified that nothing of the app is left says so in `clean`: then the file goes with the lock (LOCK-6). */
export interface AppLock {
  readonly domain: Domain
  readonly path: string
  readonly file: LockFile
  readonly clean: Ref.Ref<boolean>
  /** Somebody else held it before: what that one had asked of the engine may still take effect (JAN-10). */
  readonly waited: boolean
  /** Environment of every child started while the lock is held (JAN-9). */
  readonly marks: Readonly<{ CCCI_APP_LOCK: string; CCCI_RUN_TOKEN: string }>
}

/** What one try at a lock came to. `lost`: the locked file is no longer what the path names (LOCK-2, JAN-4). */
export type Attempt = { readonly _tag: "Acquired"; readonly file: LockFile } | { readonly _tag: "Held"; readonly modified: number } | { readonly _tag: "Lost" }

/** The pause between tries: flock gives no notice, so this is one of the few polls there are (LOCK-1). */
const retryEvery = "250 millis"

const prefix = "cc-ci-app-"
const suffix = ".lock"

export const lockPath = (lockDir: string, domain: Domain): string => `${lockDir}/${prefix}${domain}${suffix}`

/** The domain that a lock file's name tells of; undefined for other files. */
export const domainOfLockFile = (name: string): string | undefined =>
  name.startsWith(prefix) && name.endsWith(suffix) ? name.slice(prefix.length, -suffix.length) : undefined

const same = (one: Identity, other: Option.Option<Identity>): boolean =>
  Option.isSome(other) && one.device === other.value.device && one.inode === other.value.inode

/** Open, lock and compare: one uninterruptible step, so that no locked descriptor can be lost in between (LOCK-1). Whatever is not acquired is closed. */
export const tryAppLock = Effect.fn("tryAppLock")(function* (path: string): Effect.fn.Return<Attempt, LockError, Lock> {
  const lock = yield* Lock
  const file = yield* lock.open(path)
  const step = Effect.gen(function* () {
    if (!(yield* lock.tryLock(file))) {
      const modified = yield* lock.modified(file)
      yield* lock.close(file)
      return { _tag: "Held", modified } as const
    }
    if (!same(yield* lock.identity(file), yield* lock.identityOfPath(path))) {
      yield* lock.close(file)
      return { _tag: "Lost" } as const
    }
    return { _tag: "Acquired", file } as const
  })
  return yield* step.pipe(Effect.onError(() => Effect.ignore(lock.close(file))))
}, Effect.uninterruptible)

/** Unlinks a held lock file, if the path still names it, then closes it: in that order, so that nobody locks a file that is about to go. */
export const dropAppLock = Effect.fn("dropAppLock")(function* (file: LockFile, unlink: boolean): Effect.fn.Return<void, LockError, Lock> {
  const lock = yield* Lock
  const remove = Effect.gen(function* () {
    if (same(yield* lock.identity(file), yield* lock.identityOfPath(file.path))) yield* lock.unlink(file.path)
  })
  yield* (unlink ? remove : Effect.void).pipe(Effect.onExit(() => lock.close(file)))
}, Effect.uninterruptible)

/** The value that marks children of this lock's holder: which lock directory, which domain. */
export const lockMark = Effect.fn("lockMark")(function* (lockDir: string, domain: Domain): Effect.fn.Return<string, LockError, Lock> {
  return `${yield* lockDirectoryId(lockDir)}:${domain}`
})

/** `<device>:<inode>` of the lock directory: two swarms with lock directories of their own never touch each other's processes. */
export const lockDirectoryId = Effect.fn("lockDirectoryId")(function* (lockDir: string): Effect.fn.Return<string, LockError, Lock> {
  const lock = yield* Lock
  const identity = yield* lock.identityOfPath(lockDir)
  return Option.match(identity, { onNone: () => "none", onSome: ({ device, inode }) => `${device}:${inode}` })
})

/** Waits for the lock, visibly and interruptibly; holds it until the scope closes, then drops it, with its file only if the app was verified gone. */
export const appLock = Effect.fn("appLock")(function* (
  domain: Domain
): Effect.fn.Return<AppLock, LockError, Lock | Settings | Progress | Crypto | Scope.Scope> {
  const lock = yield* Lock
  const progress = yield* Progress
  const { lockDir } = yield* Settings
  const path = lockPath(lockDir, domain)
  const clean = yield* Ref.make(false)
  const token = yield* Effect.flatMap(Crypto, (crypto) => crypto.randomHex(16))

  const take = Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const acquired = yield* acquire(path, domain, restore)
      yield* Effect.addFinalizer(() =>
        Effect.flatMap(Ref.get(clean), (isClean) => dropAppLock(acquired.file, isClean)).pipe(
          Effect.catchTag("LockError", (error) => progress.emit({ _tag: "Warning", text: error.message })),
          Effect.provideService(Lock, lock)
        )
      )
      return acquired
    })
  )
  const { file, waited } = yield* take
  yield* lock.touch(file)
  return { domain, path, file, clean, waited, marks: { CCCI_APP_LOCK: yield* lockMark(lockDir, domain), CCCI_RUN_TOKEN: token } }
})

const acquire = Effect.fnUntraced(function* (path: string, domain: Domain, restore: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>) {
  const progress = yield* Progress
  const { limits } = yield* Settings
  const started = yield* Clock.currentTimeMillis
  let sayAt = started
  let waited = false
  while (true) {
    const attempt = yield* tryAppLock(path)
    if (attempt._tag === "Acquired") return { file: attempt.file, waited }
    waited = true
    const now = yield* Clock.currentTimeMillis
    if (now >= sayAt) {
      sayAt = now + 5_000
      const seen = attempt._tag === "Held" ? "in use by another run or a janitor" : "its file was removed while it was being locked"
      yield* progress.emit({ _tag: "Waiting", what: `the app lock of ${domain}`, seen, elapsed: now - started, bound: Duration.toMillis(limits.work) })
    }
    yield* restore(Effect.sleep(retryEvery))
  }
})
