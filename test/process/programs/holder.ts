/**
 * Holds a lock file as a run does. Arguments: the lock file, and optionally a token: then it also starts a child with that mark, which leaves a daemon with
 * the same mark and hangs. Says `held`, or `<pid of the child> <pid of the daemon>` once they are there.
 */
import { Effect, Layer } from "effect"
import * as LiveLock from "../../../src/layers/live/Lock.ts"
import * as LiveProcesses from "../../../src/layers/live/Processes.ts"
import { runMain } from "../../../src/layers/live/runMain.ts"
import { Lock } from "../../../src/services/Lock.ts"
import { ChildEnvironment, Processes } from "../../../src/services/Processes.ts"
import { layerPlainRedaction } from "../../support/plainRedaction.ts"

const [path = "", token] = process.argv.slice(2)

const say = (line: string) => Effect.sync(() => process.stderr.write(`${line}\n`))

const child = (mark: string) =>
  Effect.flatMap(Processes, (processes) =>
    processes.run({
      command: "sh",
      args: ["-c", "setsid sh -c 'echo $0 $$; exec sleep 1000' $$ & exec sleep 1000"],
      timeLimit: "1 hour",
      onLine: say
    })
  ).pipe(Effect.provideService(ChildEnvironment, { CCCI_APP_LOCK: "1:2:a.example.org", CCCI_RUN_TOKEN: mark }))

const hold = Effect.gen(function* () {
  const lock = yield* Lock
  const file = yield* lock.open(path)
  yield* say((yield* lock.tryLock(file)) ? "held" : "in use")
  yield* token === undefined ? Effect.never : child(token)
  return 0
})

runMain(hold.pipe(Effect.orDie, Effect.provide(Layer.merge(LiveLock.layer, Layer.provide(LiveProcesses.layer, layerPlainRedaction)))))
