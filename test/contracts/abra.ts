/** The laws of {@link Abra}, for every implementation: what is left behind by its commands, and what it refuses (spec 09, facts of abra). */
import { describe } from "@effect/vitest"
import type { Effect, Layer, Scope } from "effect"
import type { Abra } from "../../src/services/Abra.ts"
import type { Docker } from "../../src/services/Docker.ts"
import type { Files } from "../../src/services/Files.ts"
import type { Git } from "../../src/services/Git.ts"
import type { Redaction } from "../../src/services/Redaction.ts"
import { inAbraDir } from "../support/blogRecipe.ts"
import { lawsOf } from "../support/contract.ts"
import type { Repositories } from "../support/repositories.ts"
import type { Workspace } from "../support/workspace.ts"
import { appLaws } from "./abra/apps.ts"
import { backupLaws } from "./abra/backup.ts"
import { deployLaws } from "./abra/deploy.ts"
import { secretLaws } from "./abra/secrets.ts"

export type AbraWorld = Abra | Docker | Files | Git | Redaction | Repositories | Workspace

export type Law = <E>(name: string, law: Effect.Effect<void, E, AbraWorld | Scope.Scope>) => void

/** The world's node has the fixture image; laws may run side by side. `ABRA_DIR` is each law's own, by ChildEnvironment. */
export const abraContract = <E>(name: string, layer: Layer.Layer<AbraWorld, E>) =>
  describe(`Abra contract: ${name}`, { concurrent: true }, () => {
    const register = lawsOf(layer)
    const law: Law = (title, body) => register(title, inAbraDir(body), 90_000)
    appLaws(law)
    secretLaws(law)
    deployLaws(law)
    backupLaws(law)
  })
