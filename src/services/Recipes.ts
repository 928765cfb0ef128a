/** What a site's tests folder says of a recipe (spec 04): its definition, decoded and complete with defaults, and where its hooks and tests lie. */
import { Context, Schema } from "effect"
import type { Effect, Option } from "effect"
import type { RecipeName } from "../model/names.ts"
import type { ExtraEnv, ReadyProbe, RecipeContext, RecipeDefinition } from "../recipe.ts"

/** A definition with what a field is not given left to the settings' defaults. */
export interface LoadedRecipe {
  readonly name: RecipeName
  /** None when the site has no folder for this recipe: it is tested generically. */
  readonly folder: Option.Option<string>
  readonly definition: RecipeDefinition
  /** What the site's functions return is checked when they are called. */
  readonly extraEnv: (context: RecipeContext) => Effect.Effect<Readonly<Record<string, string>>, RecipeError>
  readonly upgradeExtraEnv: (context: RecipeContext) => Effect.Effect<Readonly<Record<string, string>>, RecipeError>
  readonly readyProbes: (context: RecipeContext) => Effect.Effect<ReadonlyArray<ReadyProbe>, RecipeError>
  /** Absolute paths of what is there. */
  readonly overlay: Option.Option<string>
  readonly installSteps: Option.Option<string>
  readonly setupCustomTests: Option.Option<string>
  readonly ops: Option.Option<{ readonly file: string; readonly functions: ReadonlyArray<string> }>
  readonly functional: ReadonlyArray<FunctionalTestFile>
}

/** A functional test: TypeScript or an executable; `requires` as the file says (spec 04). `origin` tells the site's from those a pull request brings. */
export interface FunctionalTestFile {
  readonly name: string
  readonly file: string
  readonly kind: "typescript" | "executable"
  readonly requires: ReadonlyArray<string>
  readonly origin: "site" | "recipe"
}

/** A tests folder is wrong: which file, which field, what was expected. Said before anything is deployed. */
export class RecipeError extends Schema.TaggedError<RecipeError>()("RecipeError", {
  recipe: Schema.String,
  file: Schema.String,
  field: Schema.String,
  seen: Schema.String
}) {
  override get message() {
    return `Recipe ${this.recipe}: ${this.file}${this.field === "" ? "" : `, field ${this.field}`}: ${this.seen}`
  }
}

export type { ExtraEnv, ReadyProbe }

export class Recipes extends Context.Service<
  Recipes,
  {
    /** A site's tests of a recipe. */
    readonly load: (recipe: RecipeName) => Effect.Effect<LoadedRecipe, RecipeError>
    /** The functional tests in a folder (`functional/` of a site, `ccci/functional/` of a recipe's own repository). Nothing there: none. */
    readonly tests: (recipe: RecipeName, folder: string, origin: "site" | "recipe") => Effect.Effect<ReadonlyArray<FunctionalTestFile>, RecipeError>
  }
>()("ccci/services/Recipes") {}
