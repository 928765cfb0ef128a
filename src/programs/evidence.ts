/** What a failed tier leaves to look at, gathered before teardown: the state of every service and task, their errors, and the last lines of each log (spec 05). */
import { Effect, Option, Result } from "effect"
import { Docker, type Service, type Task } from "../services/Docker.ts"
import type { App } from "./app.ts"

const logLines = 200
/** How long one service's log may take: one that hangs must not cost the others. */
const logBound = "5 seconds"
/** How long gathering may take: a swarm in trouble must not hold up the teardown. */
const bound = "20 seconds"

const taskLine = (services: ReadonlyArray<Service>) => (task: Task) =>
  [
    services.find(({ id }) => id === task.serviceId)?.name ?? task.serviceId,
    `slot ${task.slot}`,
    task.image,
    `${task.state} (wanted ${task.desiredState})`,
    ...Option.match(task.exitCode, { onNone: () => [], onSome: (code) => [`exit code ${code}`] }),
    ...(task.error === "" ? [] : [task.error])
  ].join("  ")

const serviceLine = (service: Service) =>
  `${service.name}  ${service.image}  ${service.running}/${service.replicas}  update ${Option.getOrElse(service.updateState, () => "none")} ${service.updateMessage}`

/** Writes `evidence/<stage>.txt` and returns its name; nothing when nothing could be gathered. */
export const gatherEvidence = Effect.fn("gatherEvidence")(function* (app: App, stage: string) {
  const docker = yield* Docker
  const name = `evidence/${stage}.txt`
  const gathering = Effect.gen(function* () {
    const [services, tasks] = yield* Effect.all([docker.services(app.stack), docker.tasks(app.stack)], { concurrency: 2 })
    const logs = yield* Effect.forEach(
      services,
      (service) =>
        Effect.map(
          Effect.result(Effect.timeout(docker.serviceLog(service.id, logLines), logBound)),
          (log) => `== log of ${service.name}\n${Result.isSuccess(log) ? log.success : log.failure.message}`
        ),
      { concurrency: 4 }
    )
    const newestFirst = [...tasks].sort((one, other) => other.since - one.since)
    const text = ["== services", ...services.map(serviceLine), "", "== tasks, newest first", ...newestFirst.map(taskLine(services)), "", ...logs, ""].join("\n")
    yield* app.directory.write(name, text)
    return [name, "logs/events.log"]
  })
  return yield* gathering.pipe(
    Effect.timeoutOrElse({ duration: bound, orElse: () => Effect.succeed([]) }),
    Effect.orElseSucceed((): ReadonlyArray<string> => [])
  )
})
