/** Images of the simulated world: what a container of one does. Plain functions of what the container can see; nothing here waits. */

/** The files of a running container: its own, and those of its volumes, secrets and configs where they are mounted. Paths are absolute. */
export interface ContainerFiles {
  readonly read: (path: string) => string | undefined
  readonly write: (path: string, text: string) => void
  /** A file, or everything below a path. */
  readonly remove: (path: string) => void
  /** Paths of all files below a directory, sorted. */
  readonly below: (directory: string) => ReadonlyArray<string>
}

/** What a program in a container sees of it. */
export interface Inside {
  readonly id: string
  readonly image: string
  /** The service's command: arguments to the image's entry point. */
  readonly command: ReadonlyArray<string>
  readonly env: Readonly<Record<string, string>>
  readonly files: ContainerFiles
  /** ms since the container's start. */
  readonly up: number
  /** A running container of the service with that name that shares a network with this one: `db` or `<stack>_db`. */
  readonly peer: (service: string) => Inside | undefined
  /** A line on the container's log. */
  readonly log: (line: string) => void
}

/** What a container's main process does: it serves until it is told to stop, or ends by itself. */
export type Main =
  | { readonly _tag: "Serves"; readonly ignoresTerm?: boolean; /** ms from TERM to its end. */ readonly stopTime?: number }
  | { readonly _tag: "Ends"; readonly after: number; readonly code: number }

/** How a command in a container ends; `Never` only by the container's end. */
export type Ran =
  | {
      readonly _tag: "Ran"
      readonly code: number
      readonly stdout?: string
      readonly stderr?: string
      /** ms; default the swarm's own lag. */ readonly duration?: number
    }
  | { readonly _tag: "Never" }

export interface Request {
  readonly method: string
  readonly path: string
  readonly host: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** An image. What it leaves out it does as a static server does: it serves, has no programs, and answers no HTTP. */
export interface Image {
  readonly start?: (inside: Inside) => Main
  /** A command run in it, health checks included. Undefined: there is no such program (127). */
  readonly exec?: (argv: ReadonlyArray<string>, inside: Inside) => Ran | undefined
  /** Undefined: nothing listens (yet). */
  readonly http?: (request: Request, inside: Inside) => Answer | undefined
  /** Files that the image brings; a fresh volume mounted over some of them gets copies, as docker does. */
  readonly files?: Readonly<Record<string, string>>
  /** Ports on which it accepts connections, once `listens` says so. */
  readonly tcp?: (port: number, inside: Inside) => boolean
}

/** What a registry answers for an image that is not on the node. */
export type Pull =
  | { readonly _tag: "Image"; readonly image: Image; readonly time: number }
  | { readonly _tag: "Refuses"; readonly reason: "missing" | "denied" | "unreachable" | "server"; readonly seen: string }
