/** The laws of {@link Files}. */
import { assert, describe } from "@effect/vitest"
import { Clock, Effect, Option } from "effect"
import type { Layer } from "effect"
import { Files } from "../../src/services/Files.ts"
import { errorOf, lawsOf, present } from "../support/contract.ts"
import { Workspace } from "../support/workspace.ts"

/** The files, and paths in the test's directory. */
const setup = Effect.gen(function* () {
  const { path } = yield* Workspace
  return { files: yield* Files, root: path, at: (name: string) => `${path}/${name}` }
})

export const filesContract = <E>(name: string, layer: Layer.Layer<Files | Workspace, E>) =>
  describe(`Files contract: ${name}`, () => {
    const law = lawsOf(layer)

    law(
      "RUN-1: an exclusive directory is made once, and in a directory that is there",
      Effect.gen(function* () {
        const { at, files } = yield* setup
        yield* files.makeDirectoryExclusive(at("run"))
        assert.strictEqual((yield* errorOf(files.makeDirectoryExclusive(at("run")))).code, "EEXIST")
        assert.strictEqual((yield* errorOf(files.makeDirectoryExclusive(at("none/run")))).code, "ENOENT")
        assert.strictEqual(present(yield* files.stat(at("run")), "the directory").kind, "directory")
      })
    )

    law(
      "RUN-1: of many that claim one directory at once, one gets it",
      Effect.gen(function* () {
        const { at, files } = yield* setup
        const claims = yield* Effect.all(
          Array.from({ length: 20 }, () => Effect.isSuccess(files.makeDirectoryExclusive(at("run")))),
          { concurrency: "unbounded" }
        )
        assert.lengthOf(claims.filter(Boolean), 1)
      })
    )

    law(
      "makeDirectory makes parents, twice is no error, and the mode is the one asked for",
      Effect.gen(function* () {
        const { at, files } = yield* setup
        yield* files.makeDirectory(at("a/b/c"), 0o700)
        yield* files.makeDirectory(at("a/b/c"))
        assert.strictEqual(present(yield* files.stat(at("a/b/c")), "the directory").mode, 0o700)
        yield* files.writeAtomic(at("file"), "")
        assert.include(["EEXIST", "ENOTDIR"], (yield* errorOf(files.makeDirectory(at("file/b")))).code)
      })
    )

    law(
      "what is written atomically is read back whole, over what was there, with its mode and nothing beside it",
      Effect.gen(function* () {
        const { at, files, root } = yield* setup
        yield* files.writeAtomic(at("a"), "one\n")
        assert.strictEqual(present(yield* files.stat(at("a")), "the file").mode, 0o644)
        yield* files.writeAtomic(at("a"), "Grüße 🌍\n", 0o600)
        assert.strictEqual(yield* files.readText(at("a")), "Grüße 🌍\n")
        const stat = present(yield* files.stat(at("a")), "the file")
        assert.deepStrictEqual([stat.kind, stat.size, stat.mode], ["file", 13, 0o600])
        assert.deepStrictEqual(yield* files.list(root), ["a"])
        yield* files.writeAtomic(at("shared"), "", 0o666)
        assert.strictEqual(present(yield* files.stat(at("shared")), "the file").mode, 0o666, "whatever the umask")
      })
    )

    law(
      "a write that fails says on what and why, and leaves nothing behind",
      Effect.gen(function* () {
        const { at, files, root } = yield* setup
        const error = yield* errorOf(files.writeAtomic(at("none/a"), "text"))
        assert.deepStrictEqual([error.attempted, error.path, error.code], ["write", at("none/a"), "ENOENT"])
        yield* files.makeDirectory(at("directory"))
        assert.strictEqual((yield* errorOf(files.writeAtomic(at("directory"), "text"))).code, "EISDIR")
        assert.deepStrictEqual(yield* files.list(root), ["directory"])
      })
    )

    law(
      "an atomic write replaces a symlink and leaves its target alone",
      Effect.gen(function* () {
        const { at, files } = yield* setup
        yield* files.writeAtomic(at("target"), "mine")
        yield* files.symlink(at("target"), at("link"))
        yield* files.writeAtomic(at("link"), "yours")
        assert.strictEqual(yield* files.readText(at("target")), "mine")
        assert.strictEqual(present(yield* files.stat(at("link")), "the file").kind, "file")
      })
    )

    law(
      "append creates, then adds",
      Effect.gen(function* () {
        const { at, files } = yield* setup
        yield* files.append(at("log"), "one\n", 0o600)
        yield* files.append(at("log"), "two\n")
        assert.strictEqual(yield* files.readText(at("log")), "one\ntwo\n")
        assert.strictEqual(present(yield* files.stat(at("log")), "the log").mode, 0o600)
      })
    )

    law(
      "readText has a limit, and says what is not there and what is no file",
      Effect.gen(function* () {
        const { at, files, root } = yield* setup
        yield* files.writeAtomic(at("a"), "12345")
        assert.strictEqual(yield* files.readText(at("a"), 5), "12345")
        assert.strictEqual((yield* errorOf(files.readText(at("a"), 4))).code, "EFBIG")
        assert.strictEqual((yield* errorOf(files.readText(at("b")))).code, "ENOENT")
        assert.strictEqual((yield* errorOf(files.readText(root))).code, "EISDIR")
        assert.strictEqual((yield* errorOf(files.readText(at("a/b")))).code, "ENOTDIR")
      })
    )

    law(
      "list is sorted, and only of directories",
      Effect.gen(function* () {
        const { at, files, root } = yield* setup
        for (const name of ["b", "a", "C", ".d"]) yield* files.writeAtomic(at(name), "")
        assert.deepStrictEqual(yield* files.list(root), [".d", "C", "a", "b"])
        assert.strictEqual((yield* errorOf(files.list(at("a")))).code, "ENOTDIR")
        assert.strictEqual((yield* errorOf(files.list(at("none")))).code, "ENOENT")
      })
    )

    law(
      "stat does not follow symlinks, and nothing there is none",
      Effect.gen(function* () {
        const { at, files } = yield* setup
        assert.isTrue(Option.isNone(yield* files.stat(at("a"))))
        yield* files.symlink("nowhere", at("link"))
        assert.strictEqual(present(yield* files.stat(at("link")), "the link").kind, "symlink")
        yield* files.writeAtomic(at("file"), "")
        assert.isTrue(Option.isNone(yield* files.stat(at("file/below"))))
      })
    )

    law(
      "the modification time is the clock's",
      Effect.gen(function* () {
        const { at, files } = yield* setup
        const before = yield* Clock.currentTimeMillis
        yield* files.writeAtomic(at("a"), "")
        const after = yield* Clock.currentTimeMillis
        const { modified } = present(yield* files.stat(at("a")), "the file")
        // File systems stamp by the kernel's tick, which lags a little.
        assert.isTrue(modified >= before - 100 && modified <= after + 1, `${before} <= ${modified} <= ${after}`)
      })
    )

    law(
      "symlinks are made once, resolved on the way, and realPath tells where they lead",
      Effect.gen(function* () {
        const { at, files, root } = yield* setup
        yield* files.makeDirectory(at("a/b"))
        yield* files.symlink(at("a"), at("absolute"))
        yield* files.symlink("absolute/b", at("relative"))
        assert.strictEqual((yield* errorOf(files.symlink("x", at("absolute")))).code, "EEXIST")
        assert.strictEqual(yield* files.realPath(at("relative")), at("a/b"))
        assert.strictEqual(yield* files.realPath(`${root}/a/../a`), at("a"))
        yield* files.writeAtomic(at("relative/file"), "through")
        assert.strictEqual(yield* files.readText(at("a/b/file")), "through")
        assert.strictEqual((yield* errorOf(files.realPath(at("none")))).code, "ENOENT")
        yield* files.symlink(at("loop"), at("loop"))
        assert.strictEqual((yield* errorOf(files.readText(at("loop")))).code, "ELOOP")
      })
    )

    law(
      "rename moves over a file, with what is below a folder",
      Effect.gen(function* () {
        const { at, files, root } = yield* setup
        yield* files.makeDirectory(at("from"))
        yield* files.writeAtomic(at("from/a"), "a")
        yield* files.rename(at("from"), at("to"))
        assert.strictEqual(yield* files.readText(at("to/a")), "a")
        yield* files.writeAtomic(at("b"), "b")
        yield* files.rename(at("b"), at("to/a"))
        assert.strictEqual(yield* files.readText(at("to/a")), "b")
        assert.deepStrictEqual(yield* files.list(root), ["to"])
        assert.strictEqual((yield* errorOf(files.rename(at("none"), at("x")))).code, "ENOENT")
      })
    )

    law(
      "copyFile keeps the mode, replaces a symlink at the target and never writes through it",
      Effect.gen(function* () {
        const { at, files } = yield* setup
        yield* files.writeAtomic(at("source"), "new", 0o755)
        yield* files.writeAtomic(at("elsewhere"), "old")
        yield* files.symlink(at("elsewhere"), at("target"))
        yield* files.copyFile(at("source"), at("target"))
        assert.strictEqual(yield* files.readText(at("elsewhere")), "old")
        assert.strictEqual(yield* files.readText(at("target")), "new")
        const stat = present(yield* files.stat(at("target")), "the copy")
        assert.deepStrictEqual([stat.kind, stat.mode], ["file", 0o755])
        assert.strictEqual((yield* errorOf(files.copyFile(at("none"), at("x")))).code, "ENOENT")
        yield* files.makeDirectory(at("folder"))
        assert.strictEqual((yield* errorOf(files.copyFile(at("folder"), at("x")))).code, "EINVAL")
      })
    )

    law(
      "copyTree copies what is below, symlinks as they are",
      Effect.gen(function* () {
        const { at, files } = yield* setup
        yield* files.makeDirectory(at("from/a/b"))
        yield* files.writeAtomic(at("from/a/b/run.sh"), "#!/bin/sh\n", 0o755)
        yield* files.symlink("a/b/run.sh", at("from/relative"))
        yield* files.symlink("/nowhere", at("from/dangling"))
        yield* files.copyTree(at("from"), at("to"))
        assert.deepStrictEqual(yield* files.list(at("to")), ["a", "dangling", "relative"])
        assert.strictEqual(present(yield* files.stat(at("to/a/b/run.sh")), "the script").mode, 0o755)
        assert.strictEqual(present(yield* files.stat(at("to/dangling")), "the link").kind, "symlink")
        assert.strictEqual(yield* files.realPath(at("to/relative")), at("to/a/b/run.sh"))
      })
    )

    law(
      "remove takes a whole tree, never what a symlink leads to; what is gone is no error",
      Effect.gen(function* () {
        const { at, files, root } = yield* setup
        yield* files.makeDirectory(at("keep"))
        yield* files.writeAtomic(at("keep/a"), "a")
        yield* files.makeDirectory(at("tree/a"))
        yield* files.symlink(at("keep"), at("tree/a/link"))
        yield* files.symlink(at("keep"), at("link"))
        yield* files.remove(at("tree"))
        yield* files.remove(at("link"))
        yield* files.remove(at("none"))
        assert.deepStrictEqual(yield* files.list(root), ["keep"])
        assert.deepStrictEqual(yield* files.list(at("keep")), ["a"])
      })
    )

    law(
      "digest is the SHA-256 of the bytes",
      Effect.gen(function* () {
        const { at, files } = yield* setup
        yield* files.writeAtomic(at("a"), "abc")
        assert.strictEqual(yield* files.digest(at("a")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        assert.strictEqual((yield* errorOf(files.digest(at("none")))).code, "ENOENT")
      })
    )
  })
