import type { RecipeDefinition } from "ccci/recipe"

export default {
  healthOk: [200],
  deployTimeout: 120,
  httpTimeout: 60
} satisfies RecipeDefinition
