/** The compose files of a stack as the docker client reads them: variables of its own environment put in, bare variables of services resolved. */
import { Result } from "effect"
import { readCompose } from "../../../model/compose.ts"
import type { Compose } from "../../../model/compose.ts"
import { field, isList, isMapping, parseYaml, textOf } from "../../../model/composeTree.ts"
import type { Mapping, Tree } from "../../../model/composeTree.ts"
import { escapeTemplate } from "../../../model/interpolate.ts"

type Environment = Readonly<Record<string, string>>

/** `- NAME` is the client's own variable, or nothing at all. */
const withVariables = (tree: Tree, environment: Environment): Tree => {
  const value = (name: string): ReadonlyArray<readonly [string, Tree]> => {
    const own = Object.hasOwn(environment, name) ? environment[name] : undefined
    return own === undefined ? [] : [[name, escapeTemplate(own)]]
  }
  if (isMapping(tree)) return Object.fromEntries(Object.entries(tree).flatMap(([name, set]) => (set === null ? value(name) : [[name, set] as const])))
  if (!isList(tree)) return tree
  return tree.flatMap((item) => (textOf(item).includes("=") ? [item] : value(textOf(item)).map(([name, set]) => `${name}=${textOf(set)}`)))
}

const resolved = (file: Mapping, environment: Environment): Mapping => {
  const services = field(file, "services")
  if (!isMapping(services)) return file
  const each = Object.entries(services).map(([name, service]): [string, Tree] => {
    const variables = field(service, "environment")
    return [name, isMapping(service) && variables !== undefined ? { ...service, environment: withVariables(variables, environment) } : service]
  })
  return { ...file, services: Object.fromEntries(each) }
}

/** The files as one stack, or the client's words for what is wrong with them. */
export const readStack = (
  files: ReadonlyArray<{ readonly name: string; readonly text: string }>,
  environment: Environment,
  stack: string
): Result.Result<Compose, string> =>
  Result.gen(function* () {
    const plain: Array<{ name: string; text: string }> = []
    for (const { name, text } of files) plain.push({ name, text: JSON.stringify(resolved(yield* parseYaml(text), environment)) })
    return yield* Result.mapError(readCompose(plain, { ...environment, STACK_NAME: stack }), ({ message }) => message)
  })
