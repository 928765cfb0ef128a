/** Nobody listens. */
import { Effect, Layer } from "effect"
import { Progress } from "../../../services/Progress.ts"

export const layer: Layer.Layer<Progress> = Layer.succeed(Progress, { emit: () => Effect.void })
