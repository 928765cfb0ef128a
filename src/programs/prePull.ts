import { Effect } from "effect"
import type { App } from "./app.ts"
export const prePull = (_app: App) => Effect.void
