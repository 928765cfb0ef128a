import type { RecipeDefinition } from "ccci/recipe"

export default {
  healthOk: [200],
  deployTimeout: 60,
  httpTimeout: 30,
  expectedNa: { backup_restore: "it keeps no data" }
} satisfies RecipeDefinition
