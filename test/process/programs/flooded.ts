/** Runs a child that writes as many megabytes of lines as the argument says, and tells what came of it: `<lines heard> <bytes dropped> <peak memory in KiB>`. */
import { Effect, Layer } from "effect"
import * as LiveProcesses from "../../../src/layers/live/Processes.ts"
import { runMain } from "../../../src/layers/live/runMain.ts"
import { Processes } from "../../../src/services/Processes.ts"
import { layerPlainRedaction } from "../../support/plainRedaction.ts"

const megabytes = process.argv[2] ?? "1"

const flood = Effect.gen(function* () {
  const processes = yield* Processes
  const heard = { lines: 0 }
  const exited = yield* processes.run({
    command: "sh",
    args: ["-c", 'yes "$2" | head -c "$1"', "sh", `${megabytes}000000`, "x".repeat(999)],
    timeLimit: "2 minutes",
    onLine: () => Effect.sync(() => void (heard.lines += 1))
  })
  yield* Effect.sync(() => process.stderr.write(`${heard.lines} ${exited.dropped} ${process.resourceUsage().maxRSS}\n`))
  return 0
})

runMain(flood.pipe(Effect.orDie, Effect.provide(Layer.provide(LiveProcesses.layer, layerPlainRedaction))))
