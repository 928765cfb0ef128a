/** Image references as docker reads them: `nginx` is `docker.io/library/nginx:latest`. */

export interface ImageReference {
  /** `docker.io`, `registry.example.org:5000`. */
  readonly registry: string
  /** `library/nginx`. */
  readonly repository: string
  /** Undefined where only a digest is given. */
  readonly tag: string | undefined
  /** `sha256:...` */
  readonly digest: string | undefined
}

const shape =
  /^(?:([a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?(?::[0-9]+)?|\[[0-9a-fA-F:]+\](?::[0-9]+)?)\/)?([a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*)(?::([A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?(?:@([a-z0-9]+:[0-9a-fA-F]{32,}))?$/

/** The first part of a name is a registry only if it looks like a host: a dot, a port, capitals, or `localhost`. */
const isHost = (part: string) => /[.:A-Z[]/.test(part) || part === "localhost"

/** Undefined for what no image can be called. */
export const parseImage = (text: string): ImageReference | undefined => {
  // No real name is longer; the pattern need not be tried on what is.
  const match = text.length > 512 ? null : shape.exec(text)
  if (match === null) return undefined
  const [, host, path = "", tag, digest] = match
  const registry = host !== undefined && isHost(host) ? (host === "index.docker.io" ? "docker.io" : host) : "docker.io"
  const repository = host === undefined || isHost(host) ? path : `${host}/${path}`
  return {
    registry,
    repository: registry === "docker.io" && !repository.includes("/") ? `library/${repository}` : repository,
    tag: tag ?? (digest === undefined ? "latest" : undefined),
    digest
  }
}

/** The reference in full: `docker.io/library/nginx:1.25@sha256:...`. */
export const formatImage = (image: ImageReference): string =>
  `${image.registry}/${image.repository}${image.tag === undefined ? "" : `:${image.tag}`}${image.digest === undefined ? "" : `@${image.digest}`}`

/**
 * UPG-3: whether `running` is the image that was asked for. An engine may pin a tag to the digest that it resolved, so digests are compared only where both have one,
 * and then decide alone.
 */
export const sameImage = (asked: string, running: string): boolean => {
  const left = parseImage(asked)
  const right = parseImage(running)
  if (left === undefined || right === undefined) return asked === running
  if (left.registry !== right.registry || left.repository !== right.repository) return false
  if (left.digest !== undefined && right.digest !== undefined) return left.digest === right.digest
  return left.digest === undefined && left.tag === right.tag
}
