/** What the contract suites share. */
import { assert, it } from "@effect/vitest"
import { Cause, Effect, Exit, Inspectable, Option } from "effect"
import type { Layer, Scope } from "effect"

/**
 * Registers a law of a contract: the effect runs on a fresh world each time, with the clock of that world (the real one for live layers), and its
 * scope closes before the world does.
 */
export const lawsOf =
  <R, E>(layer: Layer.Layer<R, E>) =>
  <E2>(name: string, law: Effect.Effect<void, E2, R | Scope.Scope>, timeout = 30_000) =>
    it.live(name, () => law.pipe(Effect.scoped, Effect.provide(layer, { local: true })), timeout)

/** The error that an effect fails with; the test dies if it succeeds. */
export const errorOf = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<E, never, R> =>
  Effect.flatMap(Effect.exit(effect), (exit) =>
    Exit.isSuccess(exit)
      ? Effect.die(new Error(`Expected a failure, got ${Inspectable.toStringUnknown(exit.value)}`))
      : Option.match(Cause.findErrorOption(exit.cause), { onNone: () => Effect.failCause(Cause.die(exit.cause)), onSome: Effect.succeed })
  )

/** The value, or the test dies saying what was expected. */
export const present = <A>(option: Option.Option<A>, expected: string): A => {
  assert.isTrue(Option.isSome(option), `expected ${expected}`)
  return Option.getOrThrow(option)
}
