/**
 * `npm run bench`: what ccci costs over what cannot be had for less, as ratios, in one run on one engine.
 *
 *     npm run bench -- [--pairs 5] [--rounds 25] [--only run|start]
 */
import { readFileSync } from "node:fs"
import { cpus, loadavg, totalmem } from "node:os"
import { parseArgs } from "node:util"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Console, Effect } from "effect"
import { layer } from "../src/layers/live/sandbox/site.ts"
import { ExampleSite } from "../src/services/ExampleSite.ts"
import { run } from "./child.ts"
import { measureFullRun } from "./fullRun.ts"
import { measureStartUp } from "./startUp.ts"

const { values } = parseArgs({
  options: { pairs: { type: "string", default: "5" }, rounds: { type: "string", default: "25" }, only: { type: "string", default: "" } }
})

const say = (line: string) => void process.stderr.write(`bench: ${line}\n`)
const load = () =>
  loadavg()
    .map((value) => value.toFixed(1))
    .join(" ")

const fullRun = Effect.gen(function* () {
  const site = yield* (yield* ExampleSite).open({ recipes: ["custom-html"], say: (line) => Effect.sync(() => say(line)) })
  const engine = yield* Effect.promise(() => run("docker", ["version", "--format", "Docker Engine {{.Server.Version}}"], { ...process.env, ...site.env }))
  yield* Console.log(`\n${engine.said[0]?.text ?? ""}; load ${load()}`)
  return yield* Effect.promise(() => measureFullRun(site, Number(values.pairs), say))
}).pipe(Effect.scoped, Effect.provide(layer))

const main = Effect.gen(function* () {
  const system = /^PRETTY_NAME="(.*)"$/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1] ?? ""
  yield* Console.log(`${system}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}; load ${load()}`)
  if (values.only !== "run") yield* Console.log(`\n${yield* Effect.promise(() => measureStartUp(Number(values.rounds)))}`)
  if (values.only !== "start") yield* Console.log(yield* fullRun)
  yield* Console.log(`\nload at the end ${load()}`)
})

NodeRuntime.runMain(main)
