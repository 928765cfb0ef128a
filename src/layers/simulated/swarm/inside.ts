/** What a program in a container sees: the container's files with its volumes, secrets and configs mounted, its environment, its peers. */
import type { ContainerFiles, Image, Inside, Ran } from "./images.ts"
import type { SwarmContainer } from "./state.ts"
import type { Swarm } from "./Swarm.ts"

const envOf = (lines: ReadonlyArray<string>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    lines.map((line) => {
      const equals = line.indexOf("=")
      return equals < 0 ? [line, ""] : [line.slice(0, equals), line.slice(equals + 1)]
    })
  )

const isBelow = (path: string, directory: string) => path === directory || path.startsWith(directory.endsWith("/") ? directory : `${directory}/`)

/** Where a path of a container really lies: in a volume, under the path relative to it, or in its own layer. */
const locate = (swarm: Swarm, container: SwarmContainer, path: string): { readonly files: Map<string, string>; readonly key: string } => {
  const mounts = container.template.volumes.filter(({ target }) => isBelow(path, target))
  const [mount] = mounts.sort((one, other) => other.target.length - one.target.length)
  const volume = mount === undefined ? undefined : swarm.volumes.get(`${container.nodeId}/${mount.source}`)
  if (mount === undefined || volume === undefined) return { files: container.files, key: path }
  return { files: volume.files, key: path.slice(mount.target.length).replace(/^\/+/, "") }
}

/** The files of a container, as its programs see them. */
export const filesOf = (swarm: Swarm, container: SwarmContainer): ContainerFiles => {
  const below = (directory: string): ReadonlyArray<string> => {
    const own = [...container.files.keys(), ...container.mounted.keys()]
    const mounted = container.template.volumes.flatMap(({ source, target }) =>
      [...(swarm.volumes.get(`${container.nodeId}/${source}`)?.files.keys() ?? [])].map((path) => `${target}/${path}`)
    )
    return [...own.filter((path) => locate(swarm, container, path).files === container.files), ...mounted].filter((path) => isBelow(path, directory)).sort()
  }
  return {
    read: (path) => {
      if (path === "/proc/1/environ") return container.template.env.join("\0")
      const { files, key } = locate(swarm, container, path)
      return container.mounted.get(path) ?? files.get(key)
    },
    write: (path, text) => {
      const { files, key } = locate(swarm, container, path)
      files.set(key, text)
    },
    remove: (path) => {
      for (const one of below(path)) {
        const { files, key } = locate(swarm, container, one)
        files.delete(key)
      }
    },
    below
  }
}

/** The inside of a container. */
export const insideOf = (swarm: Swarm, container: SwarmContainer): Inside => ({
  id: container.id,
  image: container.image,
  command: container.template.command,
  env: envOf(container.template.env),
  files: filesOf(swarm, container),
  up: swarm.world.now - container.startedAt,
  peer: (service) => {
    const stack = container.labels["com.docker.stack.namespace"]
    const names = [service, `${stack}_${service}`]
    const found = [...swarm.containers.values()].find(
      (other) =>
        other.state === "running" &&
        names.includes(other.serviceName) &&
        other.template.networks.some((network) => container.template.networks.includes(network))
    )
    return found === undefined ? undefined : insideOf(swarm, found)
  },
  log: (line) => {
    container.log.push(line)
  }
})

/** The image that a container was made of. */
export const imageOf = (swarm: Swarm, container: SwarmContainer): Image => swarm.imageOn(container.nodeId, container.image) ?? {}

/** Runs a command in a container. An image without that program answers 127. */
export const runIn = (swarm: Swarm, container: SwarmContainer, argv: ReadonlyArray<string>): Ran =>
  imageOf(swarm, container).exec?.(argv, insideOf(swarm, container)) ?? {
    _tag: "Ran",
    code: 127,
    stderr: `OCI runtime exec failed: exec failed: unable to start container process: exec: "${argv[0] ?? ""}": executable file not found in $PATH: unknown\r\n`
  }
