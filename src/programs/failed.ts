/** A judgement that ends a tier or a run, and how every error of the services becomes one: whose fault, what was attempted, what was seen, what to do. */
import { Schema } from "effect"
import type { AbraError } from "../services/Abra.ts"
import type { DockerError, PullError } from "../services/Docker.ts"
import type { FilesError } from "../services/Files.ts"
import type { GitError } from "../services/Git.ts"
import type { LockError } from "../services/Lock.ts"
import type { ModuleError } from "../services/Modules.ts"
import type { ProcessError } from "../services/Processes.ts"
import type { RecipeError } from "../services/Recipes.ts"
import type { RunStoreError } from "../services/RunStore.ts"
import type { Failure } from "./facts.ts"
import type { ProcessesRemain } from "./marks.ts"
import type { WaitTimeout } from "./wait.ts"

/** A judgement of ccci's own. */
export class Failed extends Schema.TaggedError<Failed>()("Failed", {
  class: Schema.Literals(["recipe", "infrastructure", "configuration", "defect"]),
  headline: Schema.String,
  hint: Schema.String,
  evidence: Schema.Array(Schema.String),
  /** The site's own code failed, not what was deployed: no fault of a published version. */
  ofHook: Schema.optionalKey(Schema.Boolean)
}) {
  override get message() {
    return this.headline
  }
}

/** It ran, or should have, and proved nothing. */
export class Unverified extends Schema.TaggedError<Unverified>()("Unverified", { reason: Schema.String }) {
  override get message() {
    return this.reason
  }
}

/** Everything that can go wrong in a run short of a defect. */
export type RunError =
  | Failed
  | AbraError
  | DockerError
  | PullError
  | FilesError
  | GitError
  | LockError
  | ModuleError
  | ProcessError
  | ProcessesRemain
  | RecipeError
  | RunStoreError
  | WaitTimeout

const failure = (kind: Failure["class"], error: { readonly message: string }, hint: string): Failure => ({
  class: kind,
  headline: error.message,
  hint,
  evidence: []
})

/** The class, words and hint of an error. Total: every tag is named. */
export const failureOf = (error: RunError): Failure => {
  switch (error._tag) {
    case "Failed":
      return { class: error.class, headline: error.headline, hint: error.hint, evidence: error.evidence }
    case "AbraError":
      return abraFailure(error)
    case "PullError":
      return error.reason === "missing" || error.reason === "denied"
        ? failure("recipe", error, "The registry does not have this image, or not for everybody: check its name and tag in the compose file.")
        : failure("infrastructure", error, "The registry could not be reached or did not answer properly: try again when it does.")
    case "WaitTimeout":
      return error.machine
        ? failure("infrastructure", error, "The Docker engine or the gateway does not answer: look at their logs, and at the settings dockerHost and gateway.")
        : failure("recipe", error, "Look at the evidence of this tier: service tasks, their errors and logs.")
    case "DockerError":
      return failure("infrastructure", error, error.reason === "unreachable" ? "" : "Look at the engine's log.")
    case "GitError":
      return error.reason === "missing"
        ? failure("configuration", error, "Check --ref, --base and --src.")
        : error.reason === "notARepository"
          ? failure("configuration", error, "--src must name a git repository.")
          : failure("infrastructure", error, "The recipe's repository could not be read: check the network and --src.")
    case "RecipeError":
      return failure("configuration", error, `ccci recipe check ${error.recipe} says the same without a swarm.`)
    case "ModuleError":
      return failure("configuration", error, "Mend the file; ccci recipe check says the same without a swarm.")
    case "ProcessesRemain":
    case "LockError":
    case "FilesError":
    case "RunStoreError":
    case "ProcessError":
      return failure("infrastructure", error, "")
  }
}

/** The docker client's own words for an engine that it could not reach, at the beginning of a line: what a recipe makes it quote stands further on. */
const engineAway = /^(FATA )?(Cannot connect to the Docker daemon|error during connect:)/m

/** What abra refuses is the recipe's fault, except what concerns its own files or time, or the engine. */
const abraFailure = (error: AbraError): Failure => {
  switch (error.reason) {
    case "missingSecret":
      return failure("recipe", error, "A secret that the deploy needs is neither generated nor inserted: generate it, or insert it in install_steps.sh.")
    case "lint":
      return failure("recipe", error, "A pinned deploy lints first: mend the recipe, or its tag.")
    case "io":
      return failure("infrastructure", error, "Check abra's directory and the disk.")
    case "unknownRecipe":
      return failure("configuration", error, "Check the recipe's name and --src.")
    case "timeout":
      return failure("recipe", error, "Raise deployTimeout in recipe.ts if the recipe rightly needs longer.")
    default:
      return engineAway.test(error.seen) ? failure("infrastructure", error, "Look at the engine's log.") : failure("recipe", error, "")
  }
}
