/** Is the app up? Swarm has converged, the app answers, and what else the recipe names answers too (HEALTH). */
import { Clock, Duration, Effect, Option, Ref, Result } from "effect"
import { stackOf, type Domain } from "../model/names.ts"
import type { ReadyProbe } from "../recipe.ts"
import { Docker, type Task } from "../services/Docker.ts"
import { Http, type HttpAnswer, type HttpError } from "../services/Http.ts"
import { Settings } from "../services/Settings.ts"
import { runningTasks, settled, stackConvergence, type ServiceLook } from "./convergence.ts"
import { Failed } from "./failed.ts"
import { done, pending, pendingMachine, waitFor } from "./wait.ts"

/** Every service of a stack with its tasks, as of one look. */
export const lookAtStack = Effect.fn("lookAtStack")(function* (domain: Domain) {
  const docker = yield* Docker
  const stack = stackOf(domain)
  const [services, all, current] = yield* Effect.all([docker.services(stack), docker.tasks(stack), docker.currentTasks({ stack })], { concurrency: 3 })
  const of = (tasks: ReadonlyArray<Task>, id: string) => tasks.filter(({ serviceId }) => serviceId === id)
  return services.map((service): ServiceLook => ({ service, current: of(current, service.id), all: of(all, service.id) }))
})

/**
 * Waits until the spec that was asked for is what runs. After a redeploy (`afterUpdate`) the same tasks must hold for a while, which tells a crash loop
 * from a start, and a pause or rollback is the failure that it is.
 */
export const converged = Effect.fn("converged")(function* (domain: Domain, afterUpdate: boolean) {
  const { limits } = yield* Settings
  const held = yield* Ref.make({ tasks: "", since: 0 })
  const hold = afterUpdate ? Duration.toMillis(limits.hold) : 0
  const look = Effect.gen(function* () {
    const looks = yield* lookAtStack(domain)
    const now = yield* Clock.currentTimeMillis
    const tasks = runningTasks(looks).join(" ")
    const { since } = yield* Ref.updateAndGet(held, (before) => (before.tasks === tasks ? before : { tasks, since: now }))
    const found = stackConvergence(looks, afterUpdate)
    if (found._tag === "Moving") return pending(found.seen)
    if (found._tag === "Failed") {
      return yield* new Failed({
        class: "recipe",
        headline: `${domain}: ${found.seen}`,
        hint: "The new version's task failed swarm's own monitor: look at the task errors and the service's log in the evidence.",
        evidence: []
      })
    }
    const left = hold - (now - since)
    return left <= 0 ? done(undefined) : pending("the tasks of the new spec run; whether they stay", left)
  })
  return yield* waitFor({ subject: domain, what: "swarm to run what was deployed", bound: limits.converged, look })
})

/** BAK-1: until no service is being updated. Returns false at the bound: the caller goes on all the same, and its own assertion decides. */
export const settledStack = Effect.fn("settledStack")(function* (domain: Domain) {
  const { limits } = yield* Settings
  const docker = yield* Docker
  const look = Effect.map(docker.services(stackOf(domain)), (services) => {
    const moving = services.filter((service) => !settled(service))
    return moving.length === 0 ? done(true) : pending(`${moving.map(({ name }) => name).join(", ")} being updated`)
  })
  return yield* waitFor({ subject: domain, what: "the stack to be settled", bound: limits.settle, look }).pipe(
    Effect.catchTag("WaitTimeout", () => Effect.succeed(false))
  )
})

/** What counts as an answer of the app. Times in the settings' limits unless the recipe says otherwise. */
export interface HealthCheck {
  readonly path: string
  readonly ok: ReadonlyArray<number>
  readonly bound: Duration.Duration
}

/** `https://<domain>[:port]`, as it is reached through the gateway. */
export const baseUrl = (domain: string, port: number): string => (port === 443 ? `https://${domain}` : `https://${domain}:${port}`)

/** One request to the app through the gateway, redirects not followed. */
export const requestApp = Effect.fn("requestApp")(function* (
  host: string,
  path: string,
  options: { readonly method?: string; readonly headers?: Readonly<Record<string, string>>; readonly body?: string } = {}
) {
  const http = yield* Http
  const { gateway, limits, verifyCertificate } = yield* Settings
  const url = `${baseUrl(host, gateway.port)}${path.startsWith("/") ? path : `/${path}`}`
  return yield* http.request({ ...options, url, connect: Option.some(gateway), verify: verifyCertificate, timeLimit: limits.request })
})

const redirects = 5

/** HEALTH-3: a redirect within the host is followed, five at most; one that leads elsewhere is judged by its own status. */
const answer = Effect.fnUntraced(function* (host: string, path: string, ok: ReadonlyArray<number>) {
  let target = path
  for (let followed = 0; ; followed++) {
    const response: HttpAnswer = yield* requestApp(host, target)
    const location = response.headers["location"]
    const next = response.status >= 300 && response.status < 400 && location !== undefined ? sameHost(host, target, location) : undefined
    if (next === undefined) return { status: response.status, good: ok.includes(response.status) }
    if (followed === redirects) return { status: response.status, good: false }
    target = next
  }
})

/** Where a redirect leads, as a path, if it stays on the host. */
const sameHost = (host: string, from: string, location: string): string | undefined => {
  if (!URL.canParse(location, `https://${host}${from}`)) return undefined
  const url = new URL(location, `https://${host}${from}`)
  return url.hostname === host ? `${url.pathname}${url.search}` : undefined
}

/** Nobody listens at the gateway, or its name does not resolve: whatever the app does, nobody would hear it. */
const noAnswer = (error: HttpError) => (error.reason === "refused" || error.reason === "name" ? pendingMachine(error.message) : pending(error.message))

/** Waits until the app answers at a path with an accepted status. */
export const answers = Effect.fn("answers")(function* (subject: Domain, host: string, check: HealthCheck) {
  const look = Effect.map(Effect.result(answer(host, check.path, check.ok)), (found) => {
    if (Result.isFailure(found)) return noAnswer(found.failure)
    return found.success.good ? done(undefined) : pending(`HTTP ${found.success.status} from https://${host}${check.path}`)
  })
  yield* waitFor({ subject, what: `https://${host}${check.path} to answer ${check.ok.join(" or ")}`, bound: check.bound, look })
})

/** HEALTH-4: a TCP port must connect `stable` times in a row; one failure starts over. */
const connects = Effect.fnUntraced(function* (domain: Domain, host: string, port: number, stable: number) {
  const { limits } = yield* Settings
  const http = yield* Http
  const inRow = yield* Ref.make(0)
  const look = Effect.gen(function* () {
    const tried = yield* Effect.result(http.connect({ host, port, timeLimit: limits.request }))
    if (Result.isFailure(tried)) return yield* Effect.as(Ref.set(inRow, 0), pending(tried.failure.message))
    const count = yield* Ref.updateAndGet(inRow, (before) => before + 1)
    return count >= stable ? done(undefined) : pending(`connected ${count} of ${stable} times`)
  })
  yield* waitFor({ subject: domain, what: `TCP ${host}:${port} to connect ${stable} times in a row`, bound: limits.probes, look })
})

/** HEALTH-4: the recipe's ready probes, one after the other. */
export const probes = Effect.fn("probes")(function* (domain: Domain, wanted: ReadonlyArray<ReadyProbe>) {
  const { limits, gateway } = yield* Settings
  yield* Effect.forEach(wanted, (probe) =>
    probe.kind === "http"
      ? answers(domain, probe.host ?? domain, { path: probe.path, ok: probe.ok ?? [200], bound: limits.probes })
      : connects(domain, probe.host ?? gateway.address, probe.port, probe.stable ?? 2)
  )
})
