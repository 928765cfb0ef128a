/** `ccci recipe`: a site's tests of a recipe. */
import { Command } from "effect/cli"
import { check } from "./recipe/check.ts"
import { make } from "./recipe/new.ts"

export const recipe = Command.make("recipe").pipe(
  Command.withDescription("Look at, or begin, a site's tests of a recipe"),
  Command.withSubcommands([check, make])
)
