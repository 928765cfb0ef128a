/** How tests get at the swarm of swarm.setup.ts. */
import { describe, it } from "@effect/vitest"
import { Layer } from "effect"
import { inject } from "vitest"
import { layer } from "../../src/layers/live/docker/Docker.ts"
import type { TestSwarm } from "./swarm.setup.ts"
import { layerWorkspace } from "./temporary.ts"

/** Registers tests that need the real swarm; without one, a single test that is skipped, and says why. */
export const withSwarm = (name: string, tests: (swarm: TestSwarm) => void): void => {
  const swarm = inject("swarm")
  if ("env" in swarm) tests(swarm)
  else describe(name, () => it("needs a swarm", (test) => test.skip(swarm.unavailable)))
}

/** The live engine of the tests, and a directory. */
export const layerSwarm = (swarm: TestSwarm) => Layer.merge(layer({ endpoint: swarm.dockerHost }), layerWorkspace)
