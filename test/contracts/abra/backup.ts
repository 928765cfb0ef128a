/** app backup create, app backup snapshots, app restore (ABRA-6). */
import { assert } from "@effect/vitest"
import { Effect, Option } from "effect"
import { history, recipe, runningContainer, setup } from "../../support/blogRecipe.ts"
import { errorOf } from "../../support/contract.ts"
import { execIn } from "../../support/stack.ts"
import type { Law } from "../abra.ts"

const limit = "1 minute"

/** A deployed app with these backup labels, and ways to touch its volume's files. */
const deployed = Effect.fnUntraced(function* (labels: ReadonlyArray<string>) {
  const world = yield* setup(history(labels))
  yield* world.abra.newApp(recipe, world.domain)
  yield* world.abra.generateSecrets(world.domain)
  yield* world.abra.deploy(world.domain, Option.none(), limit)
  const container = yield* runningContainer(world.stack, "app")
  const read = (path: string) => Effect.map(execIn(container, "fixture", "read", path), ({ exitCode, stdout }) => (exitCode === 0 ? stdout : undefined))
  const write = (path: string, text: string) => execIn(container, "fixture", "write", path, text)
  return { ...world, read, write }
})

export const backupLaws = (law: Law) => {
  law(
    "BAK-3: what was written before the backup is there again after the restore, hooks included",
    Effect.gen(function* () {
      const { abra, domain, read, write } = yield* deployed([
        "backupbot.backup=true",
        "backupbot.backup.pre-hook=fixture write /data/dump dumped",
        "backupbot.backup.post-hook=fixture remove /data/dump",
        "backupbot.restore.pre-hook=fixture write /tmp/before restoring",
        "backupbot.restore.post-hook=fixture write /tmp/after restored"
      ])
      yield* write("/data/note", "one")
      yield* abra.backup(domain, limit)
      assert.isUndefined(yield* read("/data/dump"), "the post-hook ran")
      yield* write("/data/note", "damaged")
      yield* abra.restore(domain, limit)
      assert.strictEqual(yield* read("/data/note"), "one")
      assert.strictEqual(yield* read("/data/dump"), "dumped", "the pre-hook ran before the archive was made")
      assert.deepStrictEqual([yield* read("/tmp/before"), yield* read("/tmp/after")], ["restoring", "restored"])
    })
  )

  law(
    "each backup is a new snapshot, and the newest is restored",
    Effect.gen(function* () {
      const { abra, domain, read, write } = yield* deployed(["backupbot.backup=true"])
      assert.deepStrictEqual(yield* abra.snapshots(domain), [])
      yield* write("/data/note", "one")
      yield* abra.backup(domain, limit)
      const [first] = yield* abra.snapshots(domain)
      yield* write("/data/note", "two")
      yield* abra.backup(domain, limit)
      const snapshots = yield* abra.snapshots(domain)
      assert.deepStrictEqual([snapshots.length, snapshots[0]], [2, first])
      assert.isTrue((snapshots[0]?.at ?? 0) <= (snapshots[1]?.at ?? 0))
      yield* write("/data/note", "damaged")
      yield* abra.restore(domain, limit)
      assert.strictEqual(yield* read("/data/note"), "two")
    })
  )

  law(
    "only the labelled paths of a volume are taken",
    Effect.gen(function* () {
      const { abra, domain, read, write } = yield* deployed(["backupbot.backup=true", "backupbot.backup.volumes.data.path=kept"])
      yield* write("/data/kept", "one")
      yield* write("/data/left", "one")
      yield* abra.backup(domain, limit)
      yield* write("/data/kept", "two")
      yield* write("/data/left", "two")
      yield* abra.restore(domain, limit)
      assert.deepStrictEqual([yield* read("/data/kept"), yield* read("/data/left")], ["one", "two"])
    })
  )

  law(
    "a hook that fails fails the backup, with its words, and leaves no snapshot",
    Effect.gen(function* () {
      const { abra, domain } = yield* deployed(["backupbot.backup=true", "backupbot.backup.pre-hook=fixture exit 3 '' 'the dump is broken'"])
      const error = yield* errorOf(abra.backup(domain, limit))
      assert.deepStrictEqual([error._tag, error.reason], ["AbraError", "hook"])
      assert.match(error.message, /ended with 3.*the dump is broken/)
      assert.deepStrictEqual(yield* abra.snapshots(domain), [])
    })
  )

  law(
    "a restore hook that fails fails the restore",
    Effect.gen(function* () {
      const { abra, domain } = yield* deployed(["backupbot.backup=true", "backupbot.restore.post-hook=fixture exit 4"])
      yield* abra.backup(domain, limit)
      const error = yield* errorOf(abra.restore(domain, limit))
      assert.deepStrictEqual([error._tag, error.reason], ["AbraError", "hook"])
    })
  )

  law(
    "an app that asks for no backup has none, nor anything to restore",
    Effect.gen(function* () {
      const { abra, domain } = yield* deployed(["backupbot.backup=false", "backupbot.backup.pre-hook=fixture exit 1"])
      for (const act of [abra.backup, abra.restore]) {
        const error = yield* errorOf(act(domain, limit))
        assert.deepStrictEqual([error._tag, error.reason], ["AbraError", "noBackup"])
      }
    })
  )

  law(
    "a backup of nothing is none: every volume excluded",
    Effect.gen(function* () {
      const { abra, domain } = yield* deployed(["backupbot.backup=true", "backupbot.backup.volumes.data=false"])
      assert.strictEqual((yield* errorOf(abra.backup(domain, limit))).reason, "noBackup")
      assert.deepStrictEqual(yield* abra.snapshots(domain), [])
    })
  )
}
