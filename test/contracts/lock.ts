/** The laws of {@link Lock}: flock belongs to open file descriptions, names and inodes are two things (LOCK-1, LOCK-2, JAN-4). */
import { assert, describe } from "@effect/vitest"
import { Clock, Effect, Option } from "effect"
import type { Layer } from "effect"
import { Lock } from "../../src/services/Lock.ts"
import { errorOf, lawsOf, present } from "../support/contract.ts"
import { Workspace } from "../support/workspace.ts"
import { agreement } from "./lock/agreement.ts"
import { at, opened, same } from "./lock/files.ts"

export const lockContract = <E>(name: string, layer: Layer.Layer<Lock | Workspace, E>) =>
  describe(`Lock contract: ${name}`, () => {
    const law = lawsOf(layer)

    law(
      "open creates the file if absent, and names the same inode when opened again",
      Effect.gen(function* () {
        const lock = yield* Lock
        const path = yield* at("a.lock")
        assert.isTrue(Option.isNone(yield* lock.identityOfPath(path)))
        const one = yield* opened(path)
        const two = yield* opened(path)
        assert.isTrue(same(yield* lock.identity(one), yield* lock.identity(two)))
        assert.isTrue(same(yield* lock.identity(one), present(yield* lock.identityOfPath(path), "the path to name the file")))
      })
    )

    law(
      "a directory that is missing is ENOENT of open, on that path",
      Effect.gen(function* () {
        const lock = yield* Lock
        const path = yield* at("none/a.lock")
        const error = yield* errorOf(lock.open(path))
        assert.deepStrictEqual([error.call, error.path, error.code], ["open", path, "ENOENT"])
        assert.include(error.message, path)
      })
    )

    law(
      "a second description of one file is excluded, in one process too",
      Effect.gen(function* () {
        const lock = yield* Lock
        const path = yield* at("a.lock")
        const one = yield* opened(path)
        const two = yield* opened(path)
        assert.isTrue(yield* lock.tryLock(one))
        assert.isFalse(yield* lock.tryLock(two))
      })
    )

    law(
      "locks of different files are independent",
      Effect.gen(function* () {
        const lock = yield* Lock
        assert.isTrue(yield* lock.tryLock(yield* opened(yield* at("a.lock"))))
        assert.isTrue(yield* lock.tryLock(yield* opened(yield* at("b.lock"))))
      })
    )

    law(
      "the holder may try again and still holds",
      Effect.gen(function* () {
        const lock = yield* Lock
        const path = yield* at("a.lock")
        const one = yield* opened(path)
        assert.isTrue(yield* lock.tryLock(one))
        assert.isTrue(yield* lock.tryLock(one))
        assert.isFalse(yield* lock.tryLock(yield* opened(path)))
      })
    )

    law(
      "close drops the lock",
      Effect.gen(function* () {
        const lock = yield* Lock
        const path = yield* at("a.lock")
        const one = yield* opened(path)
        const two = yield* opened(path)
        yield* lock.tryLock(one)
        yield* lock.close(one)
        assert.isTrue(yield* lock.tryLock(two))
      })
    )

    law(
      "closing another description of the file drops nothing (flock is not fcntl)",
      Effect.gen(function* () {
        const lock = yield* Lock
        const path = yield* at("a.lock")
        const one = yield* opened(path)
        const two = yield* opened(path)
        yield* lock.tryLock(one)
        yield* lock.tryLock(two)
        yield* lock.close(two)
        assert.isFalse(yield* lock.tryLock(yield* opened(path)))
      })
    )

    law(
      "a closed file answers EBADF: its number may be another file's by now",
      Effect.gen(function* () {
        const lock = yield* Lock
        const path = yield* at("a.lock")
        const one = yield* opened(path)
        yield* lock.close(one)
        const other = yield* opened(yield* at("b.lock"))
        yield* lock.tryLock(other)
        const errors = yield* Effect.all([
          errorOf(lock.close(one)),
          errorOf(lock.tryLock(one)),
          errorOf(lock.identity(one)),
          errorOf(lock.touch(one)),
          errorOf(lock.modified(one))
        ])
        assert.deepStrictEqual(
          errors.map((error) => [error.call, error.code]),
          [
            ["close", "EBADF"],
            ["flock", "EBADF"],
            ["fstat", "EBADF"],
            ["utimes", "EBADF"],
            ["fstat", "EBADF"]
          ]
        )
        assert.isFalse(yield* lock.tryLock(yield* opened(other.path)), "the other file is still open and locked")
      })
    )

    law(
      "unlink leaves the locked inode alive, and the path names another one when opened anew",
      Effect.gen(function* () {
        const lock = yield* Lock
        const path = yield* at("a.lock")
        const old = yield* opened(path)
        const before = yield* lock.identity(old)
        yield* lock.tryLock(old)
        yield* lock.unlink(path)
        assert.isTrue(Option.isNone(yield* lock.identityOfPath(path)), "the path names nothing")
        assert.isTrue(same(yield* lock.identity(old), before), "the open file is what it was")
        const fresh = yield* opened(path)
        assert.isFalse(same(yield* lock.identity(fresh), before), "an inode that is open is never given out again")
        assert.isTrue(yield* lock.tryLock(fresh), "a lock on the old inode says nothing about the new one")
        assert.isTrue(yield* lock.tryLock(old))
      })
    )

    law(
      "a waiter on an unlinked inode gets its lock when the holder closes: only identity tells (LOCK-2)",
      Effect.gen(function* () {
        const lock = yield* Lock
        const path = yield* at("a.lock")
        const holder = yield* opened(path)
        const waiter = yield* opened(path)
        yield* lock.tryLock(holder)
        yield* lock.unlink(path)
        assert.isFalse(yield* lock.tryLock(waiter))
        yield* lock.close(holder)
        assert.isTrue(yield* lock.tryLock(waiter))
        assert.isTrue(Option.isNone(yield* lock.identityOfPath(path)))
      })
    )

    law(
      "unlink of a path that is gone is no error, twice neither",
      Effect.gen(function* () {
        const lock = yield* Lock
        const path = yield* at("a.lock")
        yield* lock.unlink(path)
        yield* opened(path)
        yield* lock.unlink(path)
        yield* lock.unlink(path)
      })
    )

    law(
      "different files and their directory have different identities",
      Effect.gen(function* () {
        const lock = yield* Lock
        const { path } = yield* Workspace
        const one = yield* lock.identity(yield* opened(yield* at("a.lock")))
        const two = yield* lock.identity(yield* opened(yield* at("b.lock")))
        const directory = present(yield* lock.identityOfPath(path), "the directory to have an identity")
        assert.isFalse(same(one, two))
        assert.isFalse(same(one, directory))
        assert.isTrue(same(directory, present(yield* lock.identityOfPath(path), "the directory")))
      })
    )

    law(
      "LOCK-3: touch sets the age, open leaves it",
      Effect.gen(function* () {
        const lock = yield* Lock
        const path = yield* at("a.lock")
        const one = yield* opened(path)
        const before = yield* Clock.currentTimeMillis
        yield* lock.touch(one)
        const after = yield* Clock.currentTimeMillis
        const modified = yield* lock.modified(one)
        assert.isTrue(modified >= before - 1 && modified <= after + 1, `${before} <= ${modified} <= ${after}`)
        const two = yield* opened(path)
        assert.strictEqual(yield* lock.modified(two), modified)
        yield* lock.tryLock(two)
        assert.strictEqual(yield* lock.modified(one), modified)
      })
    )

    law(
      "list tells the names in a directory, and no longer those that were unlinked",
      Effect.gen(function* () {
        const lock = yield* Lock
        const { path } = yield* Workspace
        assert.deepStrictEqual(yield* lock.list(path), [])
        yield* opened(yield* at("a.lock"))
        yield* opened(yield* at("b.lock"))
        assert.deepStrictEqual([...(yield* lock.list(path))].sort(), ["a.lock", "b.lock"])
        yield* lock.unlink(yield* at("a.lock"))
        assert.deepStrictEqual(yield* lock.list(path), ["b.lock"])
        const error = yield* errorOf(lock.list(`${path}/none`))
        assert.deepStrictEqual([error.call, error.path, error.code], ["readdir", `${path}/none`, "ENOENT"])
      })
    )

    law(
      "holders tells what is locked here, and since when, and nothing else",
      Effect.gen(function* () {
        const lock = yield* Lock
        const { path } = yield* Workspace
        const one = yield* opened(yield* at("a.lock"))
        yield* opened(yield* at("b.lock"))
        assert.deepStrictEqual(yield* lock.holders(path), [])
        yield* lock.tryLock(one)
        yield* lock.touch(one)
        const since = yield* lock.modified(one)
        assert.deepStrictEqual(
          (yield* lock.holders(path)).map((holder) => [holder.path, holder.since]),
          [[one.path, since]]
        )
        yield* lock.close(one)
        assert.deepStrictEqual(yield* lock.holders(path), [])
      })
    )

    law(
      "any sequence of calls goes as open file descriptions, inodes and names say",
      Effect.gen(function* () {
        for (let seed = 1; seed <= 20; seed++) yield* Effect.scoped(agreement(seed))
      })
    )
  })
