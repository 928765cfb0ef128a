/** Who listens to a run's events: chosen by how the command wants them told. */
import { Effect, Layer, Option } from "effect"
import type { WorldOptions } from "../../../services/Backend.ts"
import { Screen } from "../../../services/Screen.ts"
import * as Ndjson from "./Ndjson.ts"
import * as Plain from "./Plain.ts"
import * as Silent from "./Silent.ts"
import * as Terminal from "./Terminal.ts"

/** The listener for `progress`; a live region only where a terminal can draw it. */
export const listener = (progress: WorldOptions["progress"]) => {
  if (progress === "json") return Ndjson.layer
  if (progress === "silent") return Silent.layer
  const region = Effect.gen(function* () {
    const screen = yield* Screen
    return progress === "region" && Option.isSome(yield* screen.terminal) ? Terminal.layer : Plain.layer
  })
  return Layer.unwrap(region)
}
