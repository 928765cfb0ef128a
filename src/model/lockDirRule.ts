/** Spec 01: a lock directory that not everyone who uses the engine shares makes a janitor take another host's live run for an orphan. Such set-ups are refused. */
import { Option } from "effect"

/** What a look at this machine found. */
export interface LockDirFacts {
  readonly dockerHost: string
  readonly lockDir: string
  /** Set by flag, environment or config file, not by default. */
  readonly explicit: boolean
  /** Why this process is believed to be in a container; none when nothing says so. */
  readonly container: Option.Option<string>
  /** In a container: the lock directory is seen to be a folder of the host's. In doubt false. */
  readonly hostLockDir: boolean
}

const cure = (lockDir: string) =>
  `Set the lock directory explicitly (--lock-dir, or CCCI_APP_LOCK_DIR; the default is ${lockDir}) to one that everyone who uses this engine shares, and on which flock works.`

/** Why ccci must not run here, in words that say what to do; none when it may. */
export const lockDirRefusal = ({ dockerHost, lockDir, explicit, container, hostLockDir }: LockDirFacts): Option.Option<string> => {
  if (explicit) return Option.none()
  if (!dockerHost.startsWith("unix://")) {
    return Option.some(`The engine ${dockerHost} is not on a local unix socket, so others may use it whose locks are not seen in ${lockDir}. ${cure(lockDir)}`)
  }
  if (Option.isSome(container) && !hostLockDir) {
    return Option.some(
      `This is a container (${container.value}), and ${lockDir} in it is not seen to be the host's, so runs elsewhere on this engine cannot be told from orphans. ${cure(lockDir)}`
    )
  }
  return Option.none()
}

/** Why `/proc/1/cgroup` or the marker files say that this is a container. */
export const containerEvidence = (
  markers: ReadonlyArray<string>,
  cgroup: string,
  environment: Readonly<Record<string, string | undefined>>
): Option.Option<string> => {
  if (markers[0] !== undefined) return Option.some(`${markers[0]} exists`)
  if ((environment["container"] ?? "") !== "") return Option.some(`the environment says container=${environment["container"]}`)
  const line = cgroup.split("\n").find((one) => /(docker|containerd|kubepods|libpod|lxc)[-/.]/u.test(one))
  return Option.map(Option.fromNullishOr(line), (text) => `/proc/1/cgroup says ${text}`)
}

/**
 * Whether mountinfo shows the lock directory as a folder of the host's: a mount at exactly that path that is part of another file system, or a disk's.
 * A tmpfs of its own may be the container's own, so it does not count.
 */
export const isHostMount = (mountinfo: string, lockDir: string): boolean =>
  mountinfo.split("\n").some((line) => {
    const [before = "", after = ""] = line.split(" - ")
    const [, , , root = "", point = ""] = before.split(" ")
    const type = after.split(" ")[0] ?? ""
    return point === lockDir && (root !== "/" || !["tmpfs", "overlay", "ramfs"].includes(type))
  })
