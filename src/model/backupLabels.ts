/** What a service's labels ask of the backup bot (`backupbot.*`), the older forms included. */

/** Which part of a volume is backed up: nothing, all of it, or the paths in it. */
export interface VolumeRule {
  readonly include: boolean
  /** Relative to the volume; none: all of it. */
  readonly paths: ReadonlyArray<string>
}

export interface BackupLabels {
  /** Shell commands, to be run in the service's container. Absent: none. */
  readonly preHook: string | undefined
  readonly postHook: string | undefined
  readonly restorePreHook: string | undefined
  readonly restorePostHook: string | undefined
  /** By the volume's name in the compose file. A volume that is not named here is backed up whole. */
  readonly volumes: ReadonlyMap<string, VolumeRule>
  /** Absolute paths in the container (the older form). */
  readonly paths: ReadonlyArray<string>
}

const truthy = (value: string | undefined) => /^(true|yes|on|1)$/i.test((value ?? "").trim())

const listOf = (value: string): ReadonlyArray<string> =>
  value
    .split(",")
    .map((path) => path.trim())
    .filter((path) => path !== "")

/** A path that leaves its volume would archive what the recipe does not own. */
const staysInside = (path: string) => !path.split("/").includes("..")

const volumeLabel = /^backupbot\.backup\.volumes\.([A-Za-z0-9][A-Za-z0-9_-]*)(\.path)?$/

/** Undefined for a service that is not to be backed up. */
export const backupLabelsOf = (labels: Readonly<Record<string, string>>): BackupLabels | undefined => {
  if (!truthy(labels["backupbot.backup"])) return undefined
  const hook = (...names: ReadonlyArray<string>) => names.map((name) => labels[name]?.trim()).find((command) => command !== undefined && command !== "")
  const volumes = new Map<string, VolumeRule>()
  for (const [label, value] of Object.entries(labels)) {
    const match = volumeLabel.exec(label)
    if (match === null) continue
    const name = match[1] ?? ""
    const rule = volumes.get(name) ?? { include: true, paths: [] }
    volumes.set(name, match[2] === undefined ? { ...rule, include: truthy(value) } : { ...rule, paths: listOf(value).filter(staysInside) })
  }
  return {
    preHook: hook("backupbot.backup.pre-hook", "backupbot.backup.command"),
    postHook: hook("backupbot.backup.post-hook"),
    restorePreHook: hook("backupbot.restore.pre-hook"),
    restorePostHook: hook("backupbot.restore.post-hook", "backupbot.restore"),
    volumes,
    paths: listOf(labels["backupbot.backup.path"] ?? "").filter((path) => path.startsWith("/") && staysInside(path))
  }
}
