/**
 * A program that embeds ccci and runs two recipes at once, each with a stop of its own. `stop <recipe>` on stdin stops one; `ended <recipe> <exit code>` is
 * said of each on stderr. It is held at points as in steppedWorld.ts.
 */
import { Effect, Option } from "effect"
import * as readline from "node:readline"
import { RecipeName, Stop, run, stop } from "../../../src/index.ts"
import { steppedWorld } from "./steppedWorld.ts"

const orders = readline.createInterface({ input: process.stdin })

const request = (recipe: RecipeName) => ({
  recipe,
  ref: Option.none(),
  pr: Option.none(),
  src: Option.none(),
  base: Option.none(),
  stages: ["install"] as const,
  skipFetch: false
})

const one = (name: string) =>
  Effect.gen(function* () {
    const requested = yield* Effect.map(Stop, (service) => service.request("SIGTERM"))
    orders.on("line", (line) => {
      if (line === `stop ${name}`) Effect.runFork(requested)
    })
    const { verdict } = yield* run(request(RecipeName.make(name)))
    process.stderr.write(`ended ${name} ${verdict.exit.code}\n`)
  }).pipe(Effect.provide(stop, { local: true }))

const both = Effect.forEach(process.argv.slice(2), one, { concurrency: "unbounded" }).pipe(
  Effect.provide(steppedWorld({ purpose: "run", config: Option.none(), flags: {}, progress: "lines" }))
)

await Effect.runPromise(both)
process.exit(0)
