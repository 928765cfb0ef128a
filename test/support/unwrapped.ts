/** Values out of Results and Exits, in tests. */
import type { Exit, Result } from "effect"

/** The value, or the test dies of what is there instead. */
export const unwrapped: {
  <A, E>(wrapped: Exit.Exit<A, E>): A
  <A, E>(wrapped: Result.Result<A, E>): A
} = <A, E>(wrapped: Result.Result<A, E> | Exit.Exit<A, E>): A => {
  if (wrapped._tag === "Success") return "value" in wrapped ? wrapped.value : wrapped.success
  throw new Error(`expected a value, got ${JSON.stringify(wrapped)}`)
}
