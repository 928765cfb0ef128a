/** What abra adds to a stack before it hands it to swarm, as one more compose file laid over the recipe's. */
import type { Compose, ComposeService } from "../../model/compose.ts"
import { escapeTemplate } from "../../model/interpolate.ts"

type Labels = Readonly<Record<string, string>>

/** Whom abra's labels go to: `app`, else the service that carries the recipe's version label, else the first. */
export const entryService = (compose: Compose, stack: string): ComposeService | undefined =>
  compose.services.find(({ name }) => name === "app") ??
  compose.services.find(({ labels }) => Object.hasOwn(labels, `coop-cloud.${stack}.version`)) ??
  compose.services[0]

/** abra's labels. A chaos deploy keeps the version that the compose file claims and adds the commit (UPG-4). */
export const stackLabels = (options: {
  readonly stack: string
  readonly recipe: string
  /** The pinned version, or the commit of a chaos deploy. */
  readonly what: { readonly version: string } | { readonly commit: string; readonly dirty: boolean }
}): Labels => {
  const label = (name: string) => `coop-cloud.${options.stack}.${name}`
  const { what } = options
  return {
    [label("recipe")]: options.recipe,
    ...("version" in what
      ? { [label("chaos")]: "false", [label("version")]: what.version }
      : { [label("chaos")]: "true", [label("chaos-version")]: `${what.commit.slice(0, 8)}${what.dirty ? "+U" : ""}` })
  }
}

/**
 * abra shows the whole `.env` to the service `app`, as far as the compose file does not set a variable itself. What an `env_file` sets is not known here: such a service
 * gets nothing. Swarm takes `{{` in a variable for a template of its own, and would refuse an unexpanded `{{ .Domain }}`.
 */
export const exposedVariables = (service: ComposeService, variables: Labels): Labels =>
  service.name !== "app" || service.envFile
    ? {}
    : Object.fromEntries(Object.entries(variables).filter(([name, value]) => !Object.hasOwn(service.environment, name) && !value.includes("{{")))

const escapeValues = (values: Labels) => Object.fromEntries(Object.entries(values).map(([key, value]) => [key, escapeTemplate(value)]))

/** JSON, which is YAML. docker wants the same version in all files. */
export const stackFile = (compose: Compose, service: ComposeService, labels: Labels, variables: Labels): string =>
  JSON.stringify({
    ...(compose.version === "" ? {} : { version: compose.version }),
    services: { [service.name]: { environment: escapeValues(exposedVariables(service, variables)), deploy: { labels: escapeValues(labels) } } }
  })

/** Variables that would steer the docker client itself rather than the stack: an `.env` comes from a pull request. */
export const steersTheClient = (name: string): boolean => /^(PATH|HOME|ABRA_DIR|GODEBUG|(LD|DOCKER|CCCI|XDG)_.*)$/.test(name)
