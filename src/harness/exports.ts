/** What a module exports, by path: `default`, `preBackup`, `canary.read`. */

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null && !Array.isArray(value)

/** Paths deeper than that are no hooks. */
const depth = 3

/** Paths of all functions, into plain objects too. */
export const functionsOf = (exported: unknown, prefix = ""): ReadonlyArray<string> =>
  isRecord(exported) && prefix.split(".").length <= depth
    ? Object.entries(exported).flatMap(([name, value]) => (typeof value === "function" ? [`${prefix}${name}`] : functionsOf(value, `${prefix}${name}.`)))
    : []

/** The function at a path, bound to the object that it is in; undefined if there is none. */
export const functionAt = (exported: unknown, path: string): ((argument: unknown) => unknown) | undefined => {
  const names = path.split(".")
  const last = names.pop() ?? ""
  const owner = names.reduce<unknown>((value, name) => (isRecord(value) ? value[name] : undefined), exported)
  const found = isRecord(owner) ? owner[last] : undefined
  return typeof found === "function" ? (argument) => Reflect.apply(found, owner, [argument]) : undefined
}

/** What a test says that it requires; throws where that is no list of words. */
export const requiresOf = (exported: unknown): ReadonlyArray<string> => {
  const requires = isRecord(exported) ? exported["requires"] : undefined
  if (requires === undefined) return []
  if (Array.isArray(requires) && requires.every((word) => typeof word === "string")) return requires
  throw new Error('its export `requires` must be a list of words, such as ["deps"]')
}
