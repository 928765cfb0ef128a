/** Where backups lie: `<abra dir>/ccci-backups/<domain>/<id>/`, one folder a snapshot, whole or not there, with the checksum of each archive. */
import { DateTime, Effect, Result, Schema } from "effect"
import type { Domain } from "../../model/names.ts"
import { Crypto } from "../../services/Crypto.ts"
import { Files } from "../../services/Files.ts"
import { abraDirectory, refuse, smallFile } from "./app.ts"

const Manifest = Schema.fromJsonString(
  Schema.Struct({
    version: Schema.Literal(1),
    /** ms since the epoch. */
    at: Schema.Number,
    archives: Schema.Array(Schema.Struct({ service: Schema.String, file: Schema.String, directory: Schema.String, sha256: Schema.String }))
  })
)
export type Manifest = typeof Manifest.Type

const manifestName = "manifest.json"

export const snapshotsDirectory = (domain: Domain) => Effect.map(abraDirectory, (directory) => `${directory}/ccci-backups/${domain}`)

/** A new snapshot's id: its time, and what tells it from another of the same moment. */
export const newSnapshotId = Effect.fn("embedded.newSnapshotId")(function* (at: number) {
  const crypto = yield* Crypto
  const time = DateTime.formatIso(DateTime.makeUnsafe(at)).replaceAll(/[-:]|\.\d+/g, "")
  return `${time}-${yield* crypto.randomHex(4)}`
})

export const writeManifest = Effect.fn("embedded.writeManifest")(function* (directory: string, manifest: Manifest) {
  const files = yield* Files
  const text = yield* Effect.orDie(Schema.encodeEffect(Manifest)(manifest))
  yield* files.writeAtomic(`${directory}/${manifestName}`, text, 0o600)
})

/** Snapshots of an app, oldest first. What is not finished has a name that starts with a dot. */
export const readSnapshots = Effect.fn("embedded.readSnapshots")(function* (domain: Domain) {
  const files = yield* Files
  const directory = yield* snapshotsDirectory(domain)
  const names = yield* files.list(directory).pipe(
    Effect.catchIf(
      (error) => error.code === "ENOENT",
      () => Effect.succeed<ReadonlyArray<string>>([])
    )
  )
  const snapshots: Array<{ readonly id: string; readonly directory: string; readonly manifest: Manifest }> = []
  for (const id of names.filter((name) => !name.startsWith("."))) {
    const path = `${directory}/${id}/${manifestName}`
    const manifest = Schema.decodeUnknownResult(Manifest)(yield* files.readText(path, smallFile))
    if (Result.isFailure(manifest)) return yield* refuse("noBackup", `${path} is no manifest of a backup: ${manifest.failure.message}`)
    snapshots.push({ id, directory: `${directory}/${id}`, manifest: manifest.success })
  }
  return snapshots.sort((left, right) => left.manifest.at - right.manifest.at || (left.id < right.id ? -1 : 1))
})

/** Fails unless every archive still has its checksum: a damaged backup must not be unpacked over a live app. */
export const verifySnapshot = Effect.fn("embedded.verifySnapshot")(function* (directory: string, manifest: Manifest) {
  const files = yield* Files
  for (const { file, sha256 } of manifest.archives) {
    const seen = yield* files.digest(`${directory}/${file}`)
    if (seen !== sha256) return yield* refuse("noBackup", `${directory}/${file} is damaged: its SHA-256 is ${seen}, the backup's manifest says ${sha256}`)
  }
})
