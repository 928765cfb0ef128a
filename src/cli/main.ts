/** The command tree, and how it ends: an exit code of spec 03, never an exception. */
import { Console, Effect, Layer } from "effect"
import { CliConfig, CliOutput, Command, GlobalFlag } from "effect/cli"
import { version } from "../model/version.ts"
import type { Backend } from "../services/Backend.ts"
import type { Screen } from "../services/Screen.ts"
import type { Stop } from "../services/Stop.ts"
import { demo } from "./demo.ts"
import { usage } from "./ending.ts"
import { layer as environment } from "./environment.ts"
import { janitor } from "./janitor.ts"
import { locks } from "./locks.ts"
import { recipe } from "./recipe.ts"
import { run } from "./run.ts"

export const ccci = Command.make("ccci").pipe(
  Command.withDescription("Tests Co-op Cloud recipes through their whole life on Docker Swarm, and never leaks"),
  Command.withSubcommands([run, janitor, locks, recipe, demo])
)

/** Standard output is for what was asked for: what is wrong with a call, and the help that goes with it, go to standard error. */
const presenter: CliOutput.Presenter = {
  present: Effect.fnUntraced(function* (event) {
    if (event._tag !== "InvalidInvocation") return yield* CliOutput.defaultPresenter.present(event)
    const formatter = CliOutput.defaultFormatter({ colors: false })
    yield* Console.error(formatter.formatHelpDoc(event.helpDoc))
    yield* Console.error(formatter.formatErrors(event.errors))
  })
}

const cliLayer = Layer.mergeAll(
  environment,
  CliConfig.layer({ builtIns: [GlobalFlag.Help, GlobalFlag.Version, GlobalFlag.Completions] }),
  CliOutput.layerPresenter(presenter)
)

/** Runs a command line (without the program's name) and returns its exit code. Defects stay defects. */
export const main = (args: ReadonlyArray<string>): Effect.Effect<number, never, Backend | Screen | Stop> =>
  Command.runWith(ccci, { version })(args).pipe(
    Effect.as(0),
    Effect.catchTags({
      Ended: ({ code }) => Effect.succeed(code),
      ShowHelp: ({ errors }) => Effect.succeed(errors.length === 0 ? 0 : usage)
    }),
    // The parser's other errors come as ShowHelp; what is left of them is said here.
    Effect.catch((error) => Effect.as(Console.error(`ccci: ${error.message}`), usage)),
    Effect.provide(cliLayer)
  )
