/**
 * What ccci must know of a recipe's compose files before docker reads them: images to pull, secrets to demand, services and their labels. docker itself deploys from the
 * files as they are.
 */
import { Result, Schema } from "effect"
import { field, interpolateTree, isList, isMapping, mergeTrees, pairsOf, parseYaml, textOf, type Mapping, type Tree } from "./composeTree.ts"

type Labels = Readonly<Record<string, string>>

export interface ComposeService {
  readonly name: string
  /** Empty where the file gives none. */
  readonly image: string
  /** `deploy.labels`: the service's, which swarm, traefik and the backup bot look at. */
  readonly labels: Labels
  /** `labels`: those of its containers. */
  readonly containerLabels: Labels
  readonly environment: Labels
  /** Whether an `env_file` adds to the environment. */
  readonly envFile: boolean
  /** Keys of the file's sections, as this service uses them. */
  readonly secrets: ReadonlyArray<string>
  readonly configs: ReadonlyArray<string>
  readonly networks: ReadonlyArray<string>
  /** Named volumes only. */
  readonly volumes: ReadonlyArray<{ readonly source: string; readonly target: string }>
  readonly healthcheck: boolean
  /** The whole merged section, for what is not said above. */
  readonly definition: Mapping
}

/** A secret, config, network or volume of the files. */
export interface ComposeResource {
  readonly key: string
  /** The engine's name: as given, else `<stack>_<key>`, an external one's `<key>`. */
  readonly name: string
  /** The name before interpolation: `${STACK_NAME}_db_${SECRET_DB_VERSION}`. */
  readonly template: string
  readonly external: boolean
  readonly file: string | undefined
}

export interface Compose {
  /** `3.8`, empty where the first file says none. */
  readonly version: string
  /** In the order of the files. */
  readonly services: ReadonlyArray<ComposeService>
  readonly secrets: ReadonlyArray<ComposeResource>
  readonly configs: ReadonlyArray<ComposeResource>
  readonly networks: ReadonlyArray<ComposeResource>
  readonly volumes: ReadonlyArray<ComposeResource>
}

/** A compose file that cannot be read: which one, and why. */
export class ComposeError extends Schema.TaggedError<ComposeError>()("ComposeError", { file: Schema.String, seen: Schema.String }) {
  override get message() {
    return `${this.file} cannot be read as a compose file: ${this.seen}`
  }
}

/** Names of the compose files that an app uses: COMPOSE_FILE, separated by colons, else `compose.yml`. */
export const composeFiles = (env: Readonly<Record<string, string>>): ReadonlyArray<string> => {
  const named = (env["COMPOSE_FILE"] ?? "").split(":").map((file) => file.trim())
  const files = named.filter((file) => file !== "")
  return files.length === 0 ? ["compose.yml"] : [...new Set(files)]
}

const sourcesOf = (tree: Tree | undefined): ReadonlyArray<string> =>
  isList(tree) ? tree.map((item) => (isMapping(item) ? textOf(field(item, "source")) : textOf(item))) : []

const volumeOf = (item: Tree): { readonly type: string; readonly source: string; readonly target: string } => {
  if (isMapping(item)) return { type: textOf(field(item, "type")), source: textOf(field(item, "source")), target: textOf(field(item, "target")) }
  const [source = "", target] = textOf(item).split(":")
  if (target === undefined) return { type: "anonymous", source: "", target: source }
  return { type: /^[./~]/.test(source) ? "bind" : "volume", source, target }
}

const serviceOf = (name: string, definition: Mapping): ComposeService => {
  const networks = field(definition, "networks")
  const volumes = field(definition, "volumes")
  const healthcheck = field(definition, "healthcheck")
  return {
    name,
    image: textOf(field(definition, "image")),
    labels: pairsOf(field(field(definition, "deploy"), "labels")),
    containerLabels: pairsOf(field(definition, "labels")),
    environment: pairsOf(field(definition, "environment")),
    envFile: field(definition, "env_file") !== undefined,
    secrets: sourcesOf(field(definition, "secrets")),
    configs: sourcesOf(field(definition, "configs")),
    networks: isMapping(networks) ? Object.keys(networks) : isList(networks) ? networks.map(textOf) : ["default"],
    volumes: (isList(volumes) ? volumes : [])
      .map(volumeOf)
      .flatMap(({ type, source, target }) => (type === "volume" && source !== "" ? [{ source, target }] : [])),
    healthcheck: isMapping(healthcheck) && field(healthcheck, "disable") !== true,
    definition
  }
}

const resourcesOf = (section: Tree | undefined, raw: Tree | undefined, stack: string): ReadonlyArray<ComposeResource> =>
  Object.entries(isMapping(section) ? section : {}).map(([key, tree]) => {
    const external = field(tree, "external")
    // The old form is `external: { name: x }`.
    const nameIn = (resource: Tree | undefined) => textOf(field(resource, "name")) || textOf(field(field(resource, "external"), "name"))
    const isExternal = external === true || external === "true" || isMapping(external)
    const file = textOf(field(tree, "file"))
    return {
      key,
      name: nameIn(tree) || (isExternal ? key : `${stack}_${key}`),
      template: nameIn(field(raw, key)),
      external: isExternal,
      file: file === "" ? undefined : file
    }
  })

/** The files as one, in the order of COMPOSE_FILE, with `env` (which has STACK_NAME) put in. Fails naming the file and the place. */
export const readCompose = (
  files: ReadonlyArray<{ readonly name: string; readonly text: string }>,
  env: Readonly<Record<string, string>>
): Result.Result<Compose, ComposeError> =>
  Result.gen(function* () {
    let raw: Tree = {}
    let merged: Tree = {}
    for (const { name, text } of files) {
      const failed = (seen: string) => new ComposeError({ file: name, seen })
      const tree = yield* Result.mapError(parseYaml(text), failed)
      raw = mergeTrees(raw, tree)
      merged = mergeTrees(merged, yield* Result.mapError(interpolateTree(tree, env), failed))
    }
    const services = field(merged, "services")
    const stack = env["STACK_NAME"] ?? ""
    const resources = (section: string) => resourcesOf(field(merged, section), field(raw, section), stack)
    return {
      version: textOf(field(merged, "version")),
      services: Object.entries(isMapping(services) ? services : {}).map(([name, tree]) => serviceOf(name, isMapping(tree) ? tree : {})),
      secrets: resources("secrets"),
      configs: resources("configs"),
      networks: resources("networks"),
      volumes: resources("volumes")
    }
  })

/** DEP-10: the images of all services, each once. */
export const imagesOf = (compose: Compose): ReadonlyArray<string> => [...new Set(compose.services.map(({ image }) => image).filter((image) => image !== ""))]

/** The external secrets that some service uses: those that must be on the engine before a deploy. */
export const neededSecrets = (compose: Compose): ReadonlyArray<ComposeResource> => {
  const used = new Set(compose.services.flatMap(({ secrets }) => secrets))
  return compose.secrets.filter(({ key, external }) => external && used.has(key))
}
