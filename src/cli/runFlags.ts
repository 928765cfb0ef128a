/** What `ccci run` is asked, from the command line or from the environment names of spec 00. */
import { Config, Option, Schema } from "effect"
import { Argument, Flag } from "effect/cli"
import { GitRef, RecipeName } from "../model/names.ts"
import { isFolder, resolvePath } from "../model/settingsSources.ts"
import type { Stage } from "../model/stages.ts"
import { Stage as StageSchema, stages } from "../model/stages.ts"
import type { RunRequest } from "../programs/types.ts"
import type { Place } from "../services/Backend.ts"

const isStage = Schema.is(StageSchema)

/** `install,upgrade`, in any order; they run in the order of the lifecycle. */
const stagesOf = (text: string): Option.Option<ReadonlyArray<Stage>> => {
  const names = text.split(/[\s,]+/u).filter((name) => name !== "")
  return names.length > 0 && names.every((name) => isStage(name)) ? Option.some(stages.filter((stage) => names.includes(stage))) : Option.none()
}

export const recipeArgument = Argument.String("recipe").pipe(
  Argument.withDescription("Name of the recipe, such as custom-html (env RECIPE)"),
  Argument.withFallbackConfig(Config.String("RECIPE")),
  Argument.withSchema(RecipeName)
)

export const runFlags = {
  recipe: recipeArgument,
  stages: Flag.String("stages").pipe(
    Flag.withDescription(`Which tiers: some of ${stages.join(",")} (env STAGES; default all)`),
    Flag.withMetavar("LIST"),
    Flag.withFallbackConfig(Config.String("STAGES")),
    Flag.withDefault(stages.join(",")),
    Flag.filterMap(stagesOf, (text) => `Expected some of ${stages.join(",")}, separated by commas, got ${JSON.stringify(text)}`)
  ),
  ref: Flag.String("ref").pipe(
    Flag.withDescription("Branch, tag, commit or refs/pull/N/head to test (env REF)"),
    Flag.withFallbackConfig(Config.String("REF")),
    Flag.withSchema(GitRef),
    Flag.optional
  ),
  pr: Flag.Int("pr").pipe(
    Flag.withDescription("Number of the pull request: its runs take turns on one domain (env PR)"),
    Flag.withFallbackConfig(Config.Int("PR")),
    Flag.filter(
      (number) => number > 0,
      (number) => `Expected the number of a pull request, got ${number}`
    ),
    Flag.optional
  ),
  src: Flag.String("src").pipe(
    Flag.withDescription("The recipe's source: a folder or a git URL (env SRC; default from --recipe-source)"),
    Flag.withMetavar("FOLDER|URL"),
    Flag.withFallbackConfig(Config.String("SRC")),
    Flag.optional
  ),
  base: Flag.String("base").pipe(
    Flag.withDescription("Published version to upgrade from, instead of the one that ccci would choose"),
    Flag.withMetavar("VERSION"),
    Flag.optional
  ),
  skipFetch: Flag.Boolean("skip-fetch").pipe(
    Flag.withDescription("Test what is staged in abra's directory instead of fetching (env CCCI_SKIP_FETCH)"),
    Flag.withFallbackConfig(Config.Boolean("CCCI_SKIP_FETCH")),
    Flag.withDefault(false)
  )
}

/** A request whose source, if it is a folder, is an absolute path. */
export const requestOf = ({ recipe, stages: chosen, ref, pr, src, base, skipFetch }: RunRequest, { cwd, home }: Place): RunRequest => ({
  recipe,
  stages: chosen,
  ref,
  pr,
  src: Option.map(src, (source) => (isFolder(source) ? resolvePath(cwd, home, source) : source)),
  base,
  skipFetch
})
