/**
 * The laws of {@link Docker}, for every world: what facts about swarm the programs rest on. Each law has a stack of its own and leaves nothing. The world's
 * node has the image {@link fixtureImage}, and no registry can be reached from it.
 */
import { describe } from "@effect/vitest"
import type { Layer } from "effect"
import type { Docker } from "../../src/services/Docker.ts"
import { lawsOf } from "../support/contract.ts"
import type { Workspace } from "../support/workspace.ts"
import { containerLaws } from "./docker/containers.ts"
import { objectLaws } from "./docker/objects.ts"
import { removalLaws } from "./docker/removal.ts"
import { serviceLaws } from "./docker/services.ts"
import { updateLaws } from "./docker/updates.ts"

/** Registers a law; what it needs comes from the world's layer. */
export type Law = ReturnType<typeof lawsOf<Docker | Workspace, unknown>>

/** Tests that `layer` keeps the laws. Laws may run side by side in one world, or each in a world of its own. */
export const dockerContract = <E>(name: string, layer: Layer.Layer<Docker | Workspace, E>) =>
  describe(`Docker contract: ${name}`, { concurrent: true }, () => {
    const law: Law = lawsOf(layer)
    objectLaws(law)
    serviceLaws(law)
    updateLaws(law)
    removalLaws(law)
    containerLaws(law)
  })
