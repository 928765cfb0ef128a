/**
 * A program that embeds ccci: two recipes at once from one process, each with a lock, a teardown and trees of its own. Settings come from the environment
 * and ccci.config.json, as for the command line; a signal stops both runs, and both are torn down before the process ends.
 */
import { Console, Effect, Option } from "effect"
import { RecipeName, run, runMain, runRequest, world } from "ccci"

/** Runs both, and tells how each went, in order; the exit code is the larger one. */
export const both = (first: string, second: string) =>
  Effect.forEach([first, second], (name) => run(runRequest(RecipeName.make(name))), { concurrency: 2 }).pipe(
    Effect.tap(Effect.forEach(({ facts, verdict }) => Console.log(`${facts.recipe}: ${verdict.headline}`))),
    Effect.map((results) => Math.max(...results.map(({ verdict }) => verdict.exit.code))),
    Effect.provide(world({ purpose: "run", config: Option.none(), flags: {}, progress: "lines" })),
    Effect.catch((error) => Effect.as(Console.error(error.message), 2))
  )

if (import.meta.main) {
  const [first = "custom-html", second = "static"] = process.argv.slice(2)
  runMain(both(first, second))
}
