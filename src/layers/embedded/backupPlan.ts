/** What a backup consists of, decided from the labels of the services and the mounts of their containers. */
import type { BackupLabels } from "../../model/backupLabels.ts"
import type { Container } from "../../services/Docker.ts"

/** One archive: `path` of the container goes into it, and comes back by unpacking it in `directory`. */
export interface Piece {
  readonly path: string
  readonly directory: string
}

const join = (directory: string, path: string) => `${directory === "/" ? "" : directory.replace(/\/+$/, "")}/${path.replace(/^\/+|\/+$/g, "")}`

const parentOf = (path: string) => path.slice(0, path.lastIndexOf("/")) || "/"

const pieceOf = (path: string): Piece => ({ path, directory: parentOf(path) })

/** Anonymous volumes have no name that a label could mean. */
const isNamed = (name: string) => name !== "" && !/^[0-9a-f]{64}$/.test(name)

/** Every named volume of the container, whole or the labelled paths in it, unless its label says no; then the labelled paths of the older form. */
export const piecesOf = (labels: BackupLabels, container: Container, stack: string): ReadonlyArray<Piece> => {
  const volumes = container.mounts
    .filter((mount) => mount.type === "volume" && isNamed(mount.name))
    .flatMap((mount): ReadonlyArray<Piece> => {
      const rule = labels.volumes.get(mount.name.startsWith(`${stack}_`) ? mount.name.slice(stack.length + 1) : mount.name)
      if (rule?.include === false) return []
      if (rule === undefined || rule.paths.length === 0) return [{ path: join(mount.destination, "."), directory: mount.destination }]
      return rule.paths.map((path) => pieceOf(join(mount.destination, path)))
    })
  return [...volumes, ...labels.paths.map((path) => pieceOf(join("/", path)))]
}

/**
 * The label's text runs in a shell of the container, as the bot runs it; where the shell knows `pipefail`, a dump that fails at the head of a pipe fails the hook. The
 * text is an argument of its own, last, so that it is never put together with ours.
 */
export const hookCommand = (hook: string): ReadonlyArray<string> => ["sh", "-c", '(set -o pipefail) 2>/dev/null && set -o pipefail; eval "$1"', "hook", hook]
