import type { RecipeDefinition } from "ccci/recipe"

export default {
  healthPath: "/healthcheck",
  healthOk: [200],
  deployTimeout: 180,
  httpTimeout: 120,
  backupVerify: true
} satisfies RecipeDefinition
