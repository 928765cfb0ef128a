/** The names that everything of a run hangs on: checked once where they enter, branded from there on. */
import { Schema } from "effect"

const matching = (pattern: RegExp, expected: string) =>
  Schema.String.pipe(Schema.check(Schema.isPattern(new RegExp(pattern.source, "u"), { message: `Expected ${expected}` })))

/** A recipe's name, also the name of its folder: lower-case letters, digits, `-`, `_`, `.`; never starts with `.` or `-`. */
export const RecipeName = matching(
  /^[a-z0-9][a-z0-9._-]{0,63}$/,
  "a recipe name such as custom-html: lower-case letters, digits, dot, dash, underscore, at most 64, starting with a letter or digit"
).pipe(Schema.brand("RecipeName"))
export type RecipeName = typeof RecipeName.Type

/** An app's host name in lower case, without a trailing dot: `<app>-<6 hex>.<base domain>` for a run app. */
export const Domain = matching(
  /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+$/,
  "a host name such as blog-1a2b3c.ci.example.org: lower case, no trailing dot"
).pipe(Schema.brand("Domain"))
export type Domain = typeof Domain.Type

/** RUN-6: abra cuts stack names at 45 characters, so a run's base domain has at most 33. */
export const BaseDomain = matching(
  /^(?=.{1,33}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/,
  "a host name of at most 33 characters (abra cuts stack names at 45), such as ci.example.org"
).pipe(Schema.brand("BaseDomain"))
export type BaseDomain = typeof BaseDomain.Type

/** A git ref as a user gives it: never an option (no leading `-`), no control characters, no blanks. */
export const GitRef = matching(
  /^(?!-)[^\u0000-\u0020\u007f~^:?*[\\]{1,255}$/,
  "a branch, tag, commit or refs/pull/N/head: no blanks, no leading dash, at most 255 characters"
).pipe(Schema.brand("GitRef"))
export type GitRef = typeof GitRef.Type

/** A full git commit id, 40 hex digits. */
export const CommitId = matching(/^[0-9a-f]{40}$/, "a full commit id of 40 hex digits").pipe(Schema.brand("CommitId"))
export type CommitId = typeof CommitId.Type

/** A run's id, also the name of its directory (RUN-1). */
export const RunId = matching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, "a run id: letters, digits, dot, dash").pipe(Schema.brand("RunId"))
export type RunId = typeof RunId.Type

/** A stack's name: the domain with dots as underscores. */
export const StackName = matching(/^[a-z0-9][a-z0-9_-]*$/, "a stack name: lower-case letters, digits, dash, underscore").pipe(Schema.brand("StackName"))
export type StackName = typeof StackName.Type

/** The stack that belongs to a domain. Total: a domain's characters are always a stack name's. */
export const stackOf = (domain: Domain): StackName => StackName.make(domain.replaceAll(".", "_"))

/** JAN-1's run shape, the whole string: `^[a-z0-9]{1,4}-[0-9a-f]{6}\.<base domain>$`. */
export const isRunDomain = (candidate: string, base: BaseDomain): candidate is Domain => {
  const suffix = `.${base}`
  return candidate.endsWith(suffix) && /^[a-z0-9]{1,4}-[0-9a-f]{6}$/.test(candidate.slice(0, -suffix.length))
}

/**
 * The run domain that a stack name decodes to, if it is a run app's of this base domain.
 * A base domain's dots became underscores, so the name is compared with the base's own stack form, never decoded blindly.
 */
export const runDomainOfStack = (stack: string, base: BaseDomain): Domain | undefined => {
  const suffix = `_${base.replaceAll(".", "_")}`
  if (!stack.endsWith(suffix)) return undefined
  const candidate = `${stack.slice(0, -suffix.length)}.${base}`
  return isRunDomain(candidate, base) ? candidate : undefined
}

/** RUN-6: the app part of a run domain, from the first four letters and digits of the recipe's name and a hex digest. */
export const runDomain = (recipe: RecipeName, digestHex: string, base: BaseDomain): Domain =>
  Domain.make(`${recipe.replaceAll(/[^a-z0-9]/g, "").slice(0, 4)}-${digestHex.slice(0, 6)}.${base}`)
