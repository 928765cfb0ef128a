/** Sequences of calls on lock files, played on a Lock and on a model of it. */
import { assert } from "@effect/vitest"
import { Effect, Option } from "effect"
import type { LockFile } from "../../../src/services/Lock.ts"
import { Lock } from "../../../src/services/Lock.ts"
import { at, opened, same } from "./files.ts"

interface Description {
  readonly file: LockFile
  readonly inode: number
  open: boolean
}

/** Plays sixty calls, chosen by the seed, on two paths, and on a model: which inode a path names, which description holds which inode. */
export const agreement = Effect.fnUntraced(function* (seed: number) {
  const lock = yield* Lock
  const paths = [yield* at(`${seed}-a.lock`), yield* at(`${seed}-b.lock`)]
  const named = new Map<string, number>()
  const holder = new Map<number, Description>()
  const descriptions: Array<Description> = []
  let state = seed
  const pick = (count: number) => {
    state = (state * 48_271) % 2_147_483_647
    return state % count
  }
  for (let step = 0; step < 60; step++) {
    const path = paths[pick(2)] ?? ""
    const live = descriptions.filter(({ open }) => open)
    const chosen = live[pick(Math.max(live.length, 1))]
    const when = `seed ${seed}, step ${step}`
    const call = pick(8)
    if (call < 2 || chosen === undefined) {
      const inode = named.get(path) ?? step
      named.set(path, inode)
      descriptions.push({ file: yield* opened(path), inode, open: true })
    } else if (call < 5) {
      const free = (holder.get(chosen.inode) ?? chosen) === chosen
      assert.strictEqual(yield* lock.tryLock(chosen.file), free, when)
      if (free) holder.set(chosen.inode, chosen)
    } else if (call < 7) {
      yield* lock.close(chosen.file)
      chosen.open = false
      if (holder.get(chosen.inode) === chosen) holder.delete(chosen.inode)
    } else {
      yield* lock.unlink(path)
      named.delete(path)
    }
    for (const { file, inode, open } of descriptions) {
      if (!open) continue
      const now = yield* lock.identityOfPath(file.path)
      const isNamed = Option.isSome(now) && same(now.value, yield* lock.identity(file))
      assert.strictEqual(isNamed, named.get(file.path) === inode, when)
    }
  }
})
