/** The app's `.env`: read as data, edited in place with its comments kept. */
import { Effect, Result } from "effect"
import { addMissing, parseEnv, setKey } from "../model/envFile.ts"
import { Files } from "../services/Files.ts"
import type { App } from "./app.ts"
import { Failed } from "./failed.ts"

/** Secrets may stand in it. */
const mode = 0o600

/** The values of the app's `.env`. A file that abra would refuse is the recipe's failure. */
export const readAppEnv = Effect.fn("readAppEnv")(function* (app: App) {
  const files = yield* Files
  const parsed = parseEnv(yield* files.readText(app.envPath))
  if (parsed.problems.length > 0) {
    return yield* new Failed({
      class: "recipe",
      headline: `The app's .env is not what abra can read: ${parsed.problems.map(({ line, seen }) => `line ${line}: ${seen}`).join("; ")}`,
      hint: "Mend the recipe's .env.sample, or the values in extraEnv.",
      evidence: []
    })
  }
  return parsed.values
})

/** Sets keys of the app's `.env`, literally. */
export const setAppEnv = Effect.fn("setAppEnv")(function* (app: App, values: Readonly<Record<string, string>>) {
  const files = yield* Files
  let text = yield* files.readText(app.envPath)
  for (const [key, value] of Object.entries(values)) {
    const edited = setKey(text, key, value)
    if (Result.isFailure(edited)) {
      return yield* new Failed({
        class: "configuration",
        headline: edited.failure.message,
        hint: "Check extraEnv and upgradeExtraEnv in recipe.ts.",
        evidence: []
      })
    }
    text = edited.success
  }
  yield* files.writeAtomic(app.envPath, text, mode)
})

/** DEP-4, UPG-2: adds the keys of the checked-out tree's sample that the `.env` lacks; returns their names. */
export const completeAppEnv = Effect.fn("completeAppEnv")(function* (app: App) {
  const files = yield* Files
  const sample = yield* files.readText(`${app.source.checkout}/.env.sample`)
  const { text, added } = addMissing(yield* files.readText(app.envPath), sample)
  if (added.length > 0) yield* files.writeAtomic(app.envPath, text, mode)
  return added
})
