/** `ccci demo`: the main job on an example recipe, with an engine of its own that is gone afterwards. */
import { Command, Flag } from "effect/cli"
import { endWithWords, infrastructure } from "./ending.ts"

/** THE SEAM: what the demo does goes here. `runInWorld` of `./run.ts` is a run with its summary and exit code, given a request and settings. */
const demoProgram = (_simulated: boolean) => endWithWords(infrastructure, "the demo is not in this version yet")

export const demo = Command.make(
  "demo",
  {
    simulated: Flag.Boolean("simulated").pipe(Flag.withDescription("In the simulated world: anywhere, in seconds, without an engine"), Flag.withDefault(false))
  },
  ({ simulated }) => demoProgram(simulated)
).pipe(
  Command.withDescription(
    "Bring a private throwaway engine, and run an example recipe from its base version to its head through all tiers. Nothing of this machine's own engine is touched."
  ),
  Command.withShortDescription("See it work, on an engine of its own"),
  Command.withExamples([
    { command: "ccci demo", description: "On a real swarm" },
    { command: "ccci demo --simulated", description: "In the simulated world" }
  ])
)
