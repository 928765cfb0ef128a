import { assert, describe, it } from "@effect/vitest"
import { backupLabelsOf } from "../../src/model/backupLabels.ts"
import { pairsOf } from "../../src/model/composeTree.ts"

const nothing = { preHook: undefined, postHook: undefined, restorePreHook: undefined, restorePostHook: undefined, volumes: new Map(), paths: [] }

describe("backupLabels (ABRA-6: what the backup bot does, from the same labels)", () => {
  it.each(["true", "True", "yes", "1", " on "])("backupbot.backup=%j asks for a backup", (value) => {
    assert.deepStrictEqual(backupLabelsOf({ "backupbot.backup": value }), nothing)
  })
  it.each(["false", "0", "no", "", undefined])("backupbot.backup=%j does not", (value) => {
    assert.isUndefined(backupLabelsOf({ ...(value === undefined ? {} : { "backupbot.backup": value }), "backupbot.backup.pre-hook": "x" }))
  })

  it("reads hooks, volumes and paths, list form and mapping form alike", () => {
    const list = [
      "backupbot.backup=true",
      "backupbot.backup.pre-hook=sh -c 'pg_dump -U x > /d/a=b.sql'",
      "backupbot.backup.post-hook=rm /d/a=b.sql",
      "backupbot.backup.volumes.db=true",
      "backupbot.backup.volumes.db.path=dump.sql, sub/dir",
      "backupbot.backup.volumes.cache=false",
      "backupbot.restore.pre-hook=one",
      "backupbot.restore.post-hook=two"
    ]
    const mapping = Object.fromEntries(list.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]))
    const expected = {
      preHook: "sh -c 'pg_dump -U x > /d/a=b.sql'",
      postHook: "rm /d/a=b.sql",
      restorePreHook: "one",
      restorePostHook: "two",
      volumes: new Map([
        ["db", { include: true, paths: ["dump.sql", "sub/dir"] }],
        ["cache", { include: false, paths: [] }]
      ]),
      paths: []
    }
    assert.deepStrictEqual(backupLabelsOf(pairsOf(list)), expected)
    assert.deepStrictEqual(backupLabelsOf(pairsOf({ ...mapping, "backupbot.backup": true })), expected)
  })

  it("the path of a volume without the volume's own label still names the volume", () => {
    assert.deepStrictEqual(
      backupLabelsOf({ "backupbot.backup": "true", "backupbot.backup.volumes.db.path": "a" })?.volumes,
      new Map([["db", { include: true, paths: ["a"] }]])
    )
  })

  it("older forms: path, command, restore", () => {
    assert.deepStrictEqual(
      backupLabelsOf({
        "backupbot.backup": "true",
        "backupbot.backup.path": "/a, /b/c,relative",
        "backupbot.backup.command": "dump",
        "backupbot.restore": "load"
      }),
      { ...nothing, paths: ["/a", "/b/c"], preHook: "dump", restorePostHook: "load" }
    )
  })

  it("a path that leaves its volume, or the absolute one's folder, is not taken", () => {
    const labels = backupLabelsOf({ "backupbot.backup": "true", "backupbot.backup.path": "/a/../etc", "backupbot.backup.volumes.v.path": "../x,ok" })
    assert.deepStrictEqual([labels?.paths, labels?.volumes.get("v")?.paths], [[], ["ok"]])
  })
})
