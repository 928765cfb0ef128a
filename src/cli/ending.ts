/** How commands end: with a code of spec 03. Whatever is told was told before. */
import { Console, Effect, Schema } from "effect"
import { visible } from "../model/visible.ts"
import { Stop, stopExitCode } from "../services/Stop.ts"

/** The command is over, with an exit code that is not 0. */
export class Ended extends Schema.TaggedError<Ended>()("Ended", { code: Schema.Number }) {
  override get message() {
    return `ended with exit code ${this.code}`
  }
}

/** 2: how ccci was called or configured is at fault. */
export const usage = 2
/** 3: the machine is at fault, nothing was judged. */
export const infrastructure = 3
/** 4: something is left behind. */
export const leak = 4

/** Ends with a code; 0 is simply the end. */
export const endWith = (code: number): Effect.Effect<void, Ended> => (code === 0 ? Effect.void : Effect.fail(new Ended({ code })))

/** Says in one paragraph on standard error why nothing came of it, and ends. */
export const endWithWords = (code: number, words: string): Effect.Effect<never, Ended> =>
  Effect.andThen(Console.error(`ccci: ${visible(words)}`), Effect.fail(new Ended({ code })))

/** Errors that name their own cause become words and a code. */
export const failing =
  (code: number) =>
  (error: { readonly message: string }): Effect.Effect<never, Ended> =>
    endWithWords(code, error.message)

/** For commands that do not handle stops themselves: the first stop ends them at once, with its code. */
export const stoppable = <A, E, R>(command: Effect.Effect<A, E, R>): Effect.Effect<A, E | Ended, R | Stop> =>
  Effect.raceFirst(
    command,
    Effect.flatMap(Stop, ({ requested }) => Effect.mapError(requested, ({ cause }) => new Ended({ code: stopExitCode[cause] })))
  )
