import { existsSync } from "node:fs"
import { join } from "node:path"
import { defineConfig } from "vitest/config"

const here = (path: string) => join(import.meta.dirname, path)
const swarmSetup = here("test/support/swarm.setup.ts")

/** Embedding programs and recipes import ccci by its name: in tests that is the source. */
const alias = [
  { find: /^ccci$/, replacement: here("src/index.ts") },
  { find: /^ccci\/recipe$/, replacement: here("src/recipe.ts") }
]

export default defineConfig({
  test: {
    // Ending a swarm engine takes a while.
    teardownTimeout: 120_000,
    reporters: ["default", here("scripts/summaryReporter.ts")],
    projects: [
      {
        resolve: { alias },
        test: {
          name: "fast",
          include: ["test/{unit,contracts,programs,cli,simulation}/**/*.test.ts"],
          pool: "forks",
          // Our modules hold no state, so files may share a process: loading Effect once a worker, not once a file, halves the time.
          isolate: false,
          maxWorkers: 2,
          testTimeout: 10_000,
          sequence: { groupOrder: 1 }
        }
      },
      {
        resolve: { alias },
        test: {
          name: "swarm",
          include: ["test/{swarm,process,e2e}/**/*.test.ts"],
          ...(existsSync(swarmSetup) ? { globalSetup: [swarmSetup] } : {}),
          pool: "forks",
          maxWorkers: 2,
          testTimeout: 180_000,
          hookTimeout: 300_000,
          sequence: { groupOrder: 2 }
        }
      }
    ]
  }
})
