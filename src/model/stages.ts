/** Ids of stages and rungs: everywhere the same (spec 04). */
import { Schema } from "effect"

/** A tier of a run, in the order in which they run. */
export const Stage = Schema.Literals(["install", "upgrade", "backup", "restore", "custom"])
export type Stage = typeof Stage.Type
export const stages: ReadonlyArray<Stage> = Stage.literals

/** A step of the level ladder that tiers earn, from L1 up. */
export const Rung = Schema.Literals(["install", "upgrade", "backup_restore", "functional", "lint"])
export type Rung = typeof Rung.Type
export const rungs: ReadonlyArray<Rung> = Rung.literals
