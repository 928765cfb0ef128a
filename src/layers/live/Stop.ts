/** {@link Stop} around one Deferred: the first cause completes it, later ones find it done. */
import { Context, Deferred, Effect, Layer, Option, Ref } from "effect"
import type { StopCause } from "../../services/Stop.ts"
import { Stop, Stopped } from "../../services/Stop.ts"

/** A throw that no fiber caught ends the run as a stop does, but as a defect: `Stop.requested` dies with it. */
export class StrayDefects extends Context.Service<
  StrayDefects,
  {
    /** True if this is what ends the run, false if that had a cause already. */
    readonly report: (defect: unknown) => Effect.Effect<boolean>
  }
>()("ccci/layers/live/StrayDefects") {}

const make = Effect.gen(function* () {
  const cause = yield* Deferred.make<never, Stopped>()
  const first = yield* Ref.make(Option.none<StopCause>())
  const request = (asked: StopCause) =>
    Deferred.fail(cause, new Stopped({ cause: asked })).pipe(Effect.tap((won) => (won ? Ref.set(first, Option.some(asked)) : Effect.void)))
  return Context.make(Stop, { requested: Deferred.await(cause), request, first: Ref.get(first) }).pipe(
    Context.add(StrayDefects, { report: (defect) => Deferred.die(cause, defect) })
  )
})

/** One a run: an embedding program provides it to each of its runs. */
export const layer: Layer.Layer<Stop | StrayDefects> = Layer.effectContext(make)
