/** `abra app backup create` and `abra app restore`, as the backup bot does them from the `backupbot.*` labels of the deployed services (ABRA-6). */
import { Clock, Effect, Option } from "effect"
import type { Duration } from "effect"
import { backupLabelsOf, type BackupLabels } from "../../model/backupLabels.ts"
import type { Domain, StackName } from "../../model/names.ts"
import { Docker } from "../../services/Docker.ts"
import { Files } from "../../services/Files.ts"
import { Redaction } from "../../services/Redaction.ts"
import { findApp, refuse } from "./app.ts"
import { hookCommand, piecesOf } from "./backupPlan.ts"
import { newSnapshotId, readSnapshots, snapshotsDirectory, verifySnapshot, writeManifest, type Manifest } from "./snapshots.ts"

interface Target {
  readonly service: string
  readonly labels: BackupLabels
}

/** Services whose labels ask for a backup. */
const targetsOf = Effect.fn("embedded.targetsOf")(function* (stack: StackName) {
  const docker = yield* Docker
  return (yield* docker.services(stack)).flatMap(({ name, labels }): ReadonlyArray<Target> => {
    const asked = backupLabelsOf(labels)
    return asked === undefined ? [] : [{ service: name, labels: asked }]
  })
})

/** The service's running container, found anew for each step: a hook may have made swarm replace it. */
const containerOf = Effect.fn("embedded.containerOf")(function* (stack: StackName, service: string) {
  const docker = yield* Docker
  const containers = yield* docker.containers(stack)
  const found = containers.find(({ labels, state }) => labels["com.docker.swarm.service.name"] === service && state === "running")
  return found ?? (yield* refuse("other", `no container of ${service} runs on this node`))
})

const runHook = Effect.fn("embedded.runHook")(function* (stack: StackName, service: string, what: string, hook: string | undefined, timeLimit: Duration.Input) {
  if (hook === undefined) return
  const docker = yield* Docker
  const redaction = yield* Redaction
  const { id } = yield* containerOf(stack, service)
  const exec = yield* docker.execCreate(id, hookCommand(hook))
  const { stdout, stderr } = yield* docker.execStart(exec, timeLimit)
  const code = yield* docker.execExitCode(exec)
  if (Option.isSome(code) && code.value === 0) return
  const words = redaction.scrub(`${stderr}\n${stdout}`.trim().slice(-2000))
  const ended = Option.isSome(code) ? `ended with ${code.value}` : "was cut off"
  return yield* refuse("hook", `${what} of ${service} ${ended}${words === "" ? "" : `: ${words}`}`)
})

const archivesOf = Effect.fn("embedded.archivesOf")(function* (stack: StackName, targets: ReadonlyArray<Target>, directory: string) {
  const docker = yield* Docker
  const files = yield* Files
  const archives: Array<Manifest["archives"][number]> = []
  for (const { service, labels } of targets) {
    const container = yield* containerOf(stack, service)
    for (const piece of piecesOf(labels, container, stack)) {
      const file = `${archives.length + 1}.tar`
      yield* docker.archiveToFile(container.id, piece.path, `${directory}/${file}`)
      archives.push({ service, file, directory: piece.directory, sha256: yield* files.digest(`${directory}/${file}`) })
    }
  }
  if (archives.length === 0) return yield* refuse("noBackup", "the services that ask for a backup have neither a named volume nor a labelled path")
  return archives
})

/** A backup is in its folder whole, or not at all. */
export const createBackup = Effect.fn("embedded.createBackup")(function* (domain: Domain, timeLimit: Duration.Input) {
  const files = yield* Files
  const { stack } = yield* findApp(domain)
  const targets = yield* targetsOf(stack)
  if (targets.length === 0) return yield* refuse("noBackup", `no service of ${stack} has the deploy label backupbot.backup=true`)
  const at = yield* Clock.currentTimeMillis
  const id = yield* newSnapshotId(at)
  const directory = yield* snapshotsDirectory(domain)
  const aside = `${directory}/.${id}`
  yield* files.makeDirectory(aside, 0o700)
  yield* Effect.gen(function* () {
    yield* Effect.forEach(targets, ({ service, labels }) => runHook(stack, service, "pre-hook", labels.preHook, timeLimit), { discard: true })
    const archives = yield* archivesOf(stack, targets, aside)
    yield* Effect.forEach(targets, ({ service, labels }) => runHook(stack, service, "post-hook", labels.postHook, timeLimit), { discard: true })
    yield* writeManifest(aside, { version: 1, at, archives })
    yield* files.rename(aside, `${directory}/${id}`)
  }).pipe(Effect.onError(() => Effect.ignore(files.remove(aside))))
})

/** Unpacks the newest backup over what is there, between the restore hooks of the services as they run now (BAK-4). */
export const restoreNewest = Effect.fn("embedded.restoreNewest")(function* (domain: Domain, timeLimit: Duration.Input) {
  const docker = yield* Docker
  const { stack } = yield* findApp(domain)
  const newest = (yield* readSnapshots(domain)).at(-1)
  if (newest === undefined) return yield* refuse("noBackup", `there is no backup of ${domain}`)
  const { directory, manifest } = newest
  yield* verifySnapshot(directory, manifest)
  const targets = yield* targetsOf(stack)
  yield* Effect.forEach(targets, ({ service, labels }) => runHook(stack, service, "restore pre-hook", labels.restorePreHook, timeLimit), { discard: true })
  for (const archive of manifest.archives) {
    const container = yield* containerOf(stack, archive.service)
    yield* docker.archiveFromFile(container.id, archive.directory, `${directory}/${archive.file}`)
  }
  yield* Effect.forEach(targets, ({ service, labels }) => runHook(stack, service, "restore post-hook", labels.restorePostHook, timeLimit), { discard: true })
})
