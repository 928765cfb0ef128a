/** Where the examples lie, and how their set-up calls the tools that it needs. */
import { existsSync } from "node:fs"
import { dirname, join } from "node:path"
import type { Duration } from "effect"
import { Effect, Schema } from "effect"
import { run } from "./command.ts"

/** An example could not be set up: what was attempted, and what was seen. */
export class ExampleError extends Schema.TaggedError<ExampleError>()("ExampleError", {
  attempted: Schema.String,
  seen: Schema.String
}) {
  override get message() {
    return `Setting up the examples: ${this.attempted}: ${this.seen}`
  }
}

/** Gets a sentence for each step. */
export type Say = (line: string) => Effect.Effect<void>

/** The package's `examples` folder, above this very file: the sources and the bundle lie at different depths below it. */
export const examplesDirectory = Effect.suspend(() => {
  let folder = import.meta.dirname
  while (!existsSync(join(folder, "examples", "images", "build.sh"))) {
    if (folder === dirname(folder)) return Effect.fail(new ExampleError({ attempted: "finding the examples", seen: "this package is without them" }))
    folder = dirname(folder)
  }
  return Effect.succeed(join(folder, "examples"))
})

/** Runs a tool to its end; each line of its stdout goes to `say`. Any exit code but 0 is a failure, with the last words of its stderr. */
export const call = Effect.fn("examples.call")(function* (options: {
  readonly command: string
  readonly args: ReadonlyArray<string>
  readonly attempted: string
  readonly limit: Duration.Input
  readonly env?: Readonly<Record<string, string>>
  readonly say?: Say
}) {
  const failed = (seen: string) => new ExampleError({ attempted: options.attempted, seen })
  const { code, stderr } = yield* Effect.mapError(run(options), ({ seen }) => failed(seen))
  if (code !== 0) return yield* failed(`exit code ${code}: ${stderr}`)
})
