/**
 * The simulated swarm: its objects, and what its calls share. What is asked of it takes effect in one step; what it then does of its own accord (placing,
 * starting, stopping, rolling, draining) are timers of the world, with lags as measured on real engines.
 */
import type { EngineEvent } from "../../../services/Docker.ts"
import type { World } from "../World.ts"
import type { Image, Pull } from "./images.ts"
import { defaultLags } from "./lags.ts"
import type { Lag, Lags } from "./lags.ts"
import type { SwarmContainer, SwarmExec, SwarmFile, SwarmNetwork, SwarmNode, SwarmService, SwarmTask, SwarmVolume } from "./state.ts"

/** What a swarm is made of. */
export interface SwarmOptions {
  readonly lags?: Partial<Lags>
  /** Images on every node, by reference. */
  readonly images?: Readonly<Record<string, Image>>
  /** What a pull of a reference gives; what is not here is at a registry that nobody can reach. */
  readonly registry?: Readonly<Record<string, Pull>>
  readonly workers?: number
  readonly engineVersion?: string
  readonly apiVersion?: string
}

/** The engine said no: what DockerError tells. */
export interface Refusal {
  readonly reason: "notFound" | "inUse" | "conflict" | "invalid" | "server" | "protocol" | "timeout" | "unreachable" | "notManager" | "file"
  readonly status: number
  readonly seen: string
}

const statusOf: Readonly<Record<Refusal["reason"], number>> = {
  notFound: 404,
  inUse: 400,
  conflict: 409,
  invalid: 400,
  server: 500,
  protocol: 0,
  timeout: 0,
  unreachable: 0,
  notManager: 503,
  file: 0
}

export const refuse = (reason: Refusal["reason"], seen: string, status = statusOf[reason]): Refusal => ({ reason, status, seen })

/** One who follows the events. */
export interface Subscriber {
  readonly queue: Array<EngineEvent>
  broken: boolean
  /** Told when there is something in the queue, or the connection broke. */
  wake: (() => void) | undefined
}

/** Who decides what comes next for a service. */
export interface Orchestrator {
  /** Something of the service has changed. */
  readonly changed: (serviceId: string) => void
  /** A task has ended that nobody asked to end. */
  readonly endedEarly: (task: SwarmTask) => void
}

export class Swarm {
  readonly world: World
  readonly lags: Lags
  readonly services = new Map<string, SwarmService>()
  readonly tasks = new Map<string, SwarmTask>()
  readonly containers = new Map<string, SwarmContainer>()
  /** By `<node>/<name>`. */
  readonly volumes = new Map<string, SwarmVolume>()
  readonly networks = new Map<string, SwarmNetwork>()
  readonly secrets = new Map<string, SwarmFile>()
  readonly configs = new Map<string, SwarmFile>()
  readonly execs = new Map<string, SwarmExec>()
  readonly nodes: ReadonlyArray<SwarmNode>
  readonly manager: SwarmNode
  /** By `<node>/<reference>`. */
  readonly images = new Map<string, Image>()
  readonly registry: Map<string, Pull>
  readonly subscribers = new Set<Subscriber>()
  readonly engineVersion: string
  readonly apiVersion: string
  orchestrator: Orchestrator = { changed: () => undefined, endedEarly: () => undefined }
  private index = 10

  constructor(world: World, options: SwarmOptions = {}) {
    this.world = world
    this.lags = { ...defaultLags, ...options.lags }
    this.engineVersion = options.engineVersion ?? "26.1.5"
    this.apiVersion = options.apiVersion ?? "1.45"
    this.manager = { id: this.id(25), hostname: "manager", role: "manager", ready: true }
    const workers = Array.from({ length: options.workers ?? 0 }, (_, at): SwarmNode => ({
      id: this.id(25),
      hostname: `worker${at + 1}`,
      role: "worker",
      ready: true
    }))
    this.nodes = [this.manager, ...workers]
    this.registry = new Map(Object.entries(options.registry ?? {}))
    for (const [reference, image] of Object.entries(options.images ?? {})) this.addImage(reference, image)
  }

  /** A new id of the engine's kinds: 25 characters for the swarm's objects, 64 hex for containers. */
  id(length: 25 | 64): string {
    return this.world.chance.hex(Math.ceil(length / 2)).slice(0, length)
  }

  /** The next index of the swarm's store: what versions are made of. */
  nextVersion(): number {
    return this.index++
  }

  lag(lag: Lag): number {
    return this.world.chance.between(lag[0], lag[1])
  }

  /** A step that the engine does by itself, after a lag. */
  later(ms: number, label: string, step: () => void): () => void {
    return this.world.timeline.after(ms, undefined, label, step)
  }

  /** Loads an image on every node. */
  addImage(reference: string, image: Image): void {
    for (const { id } of this.nodes) this.images.set(`${id}/${reference}`, image)
  }

  imageOn(nodeId: string, reference: string): Image | undefined {
    return (
      this.images.get(`${nodeId}/${reference}`) ??
      (reference.includes("@") ? this.images.get(`${nodeId}/${reference.slice(0, reference.indexOf("@"))}`) : undefined)
    )
  }

  /** Tells every subscriber, each after a lag of its own; one subscriber's events stay in order. */
  emit(type: string, action: string, id: string, attributes: Readonly<Record<string, string>>): void {
    const event: EngineEvent = { type, action, id, attributes }
    for (const subscriber of this.subscribers) {
      this.later(this.lags.event[0], "event", () => {
        if (subscriber.broken) return
        subscriber.queue.push(event)
        subscriber.wake?.()
      })
    }
  }

  /** Cuts every stream of events, as an engine that restarts does. */
  breakStreams(): void {
    for (const subscriber of this.subscribers) {
      subscriber.broken = true
      subscriber.wake?.()
    }
  }

  tasksOf(serviceId: string): ReadonlyArray<SwarmTask> {
    return [...this.tasks.values()].filter(({ service }) => service.id === serviceId)
  }

  /** By id or by name, as the engine takes both. */
  find<A extends { readonly id: string; readonly name: string }>(objects: ReadonlyMap<string, A>, key: string): A | undefined {
    return objects.get(key) ?? [...objects.values()].find(({ name }) => name === key)
  }

  service(key: string): SwarmService | undefined {
    return this.services.get(key) ?? [...this.services.values()].find(({ spec }) => spec.name === key)
  }
}
