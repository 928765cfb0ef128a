/** A command in the app (EXEC): in the running container of a service, found anew at each try; the command's own answer counts once. */
import { Duration, Effect, Option, Result } from "effect"
import { stackOf, type Domain } from "../model/names.ts"
import { Docker, stackLabel, type Container, type DockerError, type NodeEngine } from "../services/Docker.ts"
import { Settings } from "../services/Settings.ts"
import { Failed } from "./failed.ts"
import { done, pending, waitFor } from "./wait.ts"

/** The command's own answer. */
export interface ExecResult {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** Swarm's label for a task's service. */
const serviceLabel = "com.docker.swarm.service.name"

/** EXEC-1: the running container of `<stack>_<service>` on this node. */
export const runningContainer = Effect.fn("runningContainer")(function* (engine: NodeEngine, domain: Domain, service: string) {
  const stack = stackOf(domain)
  const found = yield* engine.containers(stack)
  const mine = (container: Container) =>
    container.state === "running" && container.labels[stackLabel] === stack && container.labels[serviceLabel] === `${stack}_${service}`
  return Option.fromUndefinedOr(found.find(mine))
})

/** These show that the container was in motion before the command began: nothing has run yet. */
const inMotion = ({ reason }: DockerError): boolean => reason === "notFound" || reason === "conflict" || reason === "server"

/**
 * Runs a command. What shows that the container was in motion is tried again within the bound (EXEC-2): refused, or cut in the middle because its
 * container has gone. An exit code is the command's answer, once: a canary's INSERT must not run twice.
 */
export const exec = Effect.fn("exec")(function* (domain: Domain, service: string, argv: ReadonlyArray<string>) {
  const docker = yield* Docker
  const { limits } = yield* Settings
  const look = Effect.gen(function* () {
    const container = yield* runningContainer(docker, domain, service)
    if (Option.isNone(container)) return pending("no running container")
    const { id } = container.value
    const created = yield* Effect.result(docker.execCreate(id, argv))
    if (Result.isFailure(created)) return inMotion(created.failure) ? pending(created.failure.seen) : yield* created.failure
    const ran = yield* Effect.result(docker.execStart(created.success, limits.exec))
    // Refused before it began: the container is on its way up or down. Once it has begun, only its container's end is a reason to run it again.
    if (Result.isFailure(ran) && inMotion(ran.failure)) return pending(ran.failure.seen)
    const exitCode = yield* Effect.result(docker.execExitCode(created.success))
    if (Result.isSuccess(ran) && Result.isSuccess(exitCode) && Option.isSome(exitCode.success) && exitCode.success.value !== killed) {
      return done<ExecResult>({ exitCode: exitCode.success.value, ...ran.success })
    }
    const after = yield* runningContainer(docker, domain, service)
    if (Option.isNone(after) || after.value.id !== id) return pending("the container went in the middle of the command")
    if (Result.isSuccess(ran) && Result.isSuccess(exitCode) && Option.isSome(exitCode.success)) return done<ExecResult>({ exitCode: killed, ...ran.success })
    // The command may have had its effect: that its answer is lost is no reason to run it again.
    return yield* unanswered(domain, service, argv, Result.isFailure(ran) ? ran.failure : undefined)
  })
  return yield* waitFor({ subject: domain, what: `a running container of ${service}`, bound: Duration.times(limits.exec, 2), look })
})

const killed = 137

/** The command's answer did not come: it took too long, or the engine lost it. */
const unanswered = (domain: Domain, service: string, argv: ReadonlyArray<string>, error: DockerError | undefined) => {
  const what = `${domain}: \`${argv.join(" ").slice(0, 80)}\` in ${service}`
  return error?.reason === "timeout"
    ? new Failed({ class: "recipe", headline: `${what} did not end in time`, hint: "The setting limits.exec bounds one command.", evidence: [] })
    : new Failed({
        class: "infrastructure",
        headline: `${what}: the engine lost its answer${error === undefined ? "" : ` (${error.seen})`}`,
        hint: "Look at the engine's log.",
        evidence: []
      })
}
