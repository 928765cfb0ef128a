/** Flag over environment over file over default (spec 00), with the origin of each value kept and every error naming key, value and what was expected. */
import { Duration, Option, Result, Schema, SchemaIssue } from "effect"
import type { SettingKey } from "./settingKeys.ts"
import { settingDefaults, settingKeys } from "./settingKeys.ts"
import type { SettingsValues } from "./settings.ts"
import { SettingsSchema } from "./settings.ts"

/** Where a value came from: `name` is the flag, the variable, or the file's path. */
export interface Origin {
  readonly source: "flag" | "environment" | "file" | "default"
  readonly name: string
}

/** What is wrong with one key. No `value`: it is not set at all. */
export interface SettingsProblem {
  readonly key: string
  readonly value: Option.Option<unknown>
  readonly origin: Option.Option<Origin>
  readonly expected: string
}

/** Everything that settings are made of. `flags` are by key; `content` is the config file's parsed JSON. */
export interface SettingsSources {
  readonly flags: Readonly<Record<string, string>>
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly file: Option.Option<{ readonly path: string; readonly content: unknown }>
  readonly place: { readonly root: boolean; readonly home: string; readonly stateHome: string; readonly cwd: string }
  /** Stand in for needed settings that are not set, where a command does not use them. */
  readonly placeholders?: Readonly<Record<string, unknown>>
}

export interface DecodedSettings {
  readonly values: SettingsValues
  readonly origins: Readonly<Record<string, Origin>>
}

interface Raw {
  readonly value: unknown
  readonly origin: Origin
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null && !Array.isArray(value)

/** An absolute path without `.` and `..`; `~/` is the home directory. */
export const resolvePath = (from: string, home: string, path: string): string => {
  const whole = path === "~" || path.startsWith("~/") ? `${home}${path.slice(1)}` : path.startsWith("/") ? path : `${from}/${path}`
  const parts = whole
    .split("/")
    .reduce<ReadonlyArray<string>>((kept, part) => (part === "" || part === "." ? kept : part === ".." ? kept.slice(0, -1) : [...kept, part]), [])
  return `/${parts.join("/")}`
}

/** A URL or `user@host:path` is taken as it is; anything else is a folder. */
export const isFolder = (source: string): boolean => !/^[a-z+]+:\/\//u.test(source) && !/^[^/]+:/u.test(source)

const groups: ReadonlyArray<string> = ["limits", "keep", "concurrency"]

const flatten = (content: unknown): ReadonlyArray<readonly [string, unknown]> =>
  !isRecord(content)
    ? []
    : Object.entries(content).flatMap(([key, value]) =>
        groups.includes(key) && isRecord(value) ? Object.entries(value).map(([name, inner]) => [`${key}.${name}`, inner] as const) : [[key, value] as const]
      )

const nest = (flat: ReadonlyMap<string, Raw>): Readonly<Record<string, unknown>> => {
  const entries = [...flat].filter(([key]) => !key.includes("."))
  const inGroup = (group: string) =>
    [...flat].filter(([key]) => key.startsWith(`${group}.`)).map(([key, { value }]) => [key.slice(group.length + 1), value] as const)
  return {
    ...Object.fromEntries(entries.map(([key, { value }]) => [key, value])),
    ...Object.fromEntries(groups.map((group) => [group, Object.fromEntries(inGroup(group))]))
  }
}

const readText = (kind: SettingKey["kind"], text: string): unknown => {
  if (kind === "number") return /^[0-9]+$/u.test(text) ? Number(text) : text
  if (kind === "boolean") return { "1": true, true: true, yes: true, "0": false, false: false, no: false }[text.toLowerCase()] ?? text
  return text
}

const located = ({ kind }: SettingKey, value: unknown, from: string, home: string): unknown =>
  typeof value === "string" && value !== "" && (kind === "path" || (kind === "source" && isFolder(value))) ? resolvePath(from, home, value) : value

/** Distance in letters changed, added or left out; for hints only. */
const distance = (a: string, b: string): number => {
  let row = [...Array(b.length + 1).keys()]
  for (const [i, letter] of [...a].entries()) {
    row = [...b].reduce<Array<number>>(
      (next, other, j) => [...next, Math.min((row[j] ?? 0) + (letter === other ? 0 : 1), (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1)],
      [i + 1]
    )
  }
  return row[b.length] ?? 0
}

const unknownKey = (key: string, value: unknown, origin: Origin): SettingsProblem => {
  const by = (one: SettingKey) => distance(key.toLowerCase(), one.key.toLowerCase())
  const nearest = Math.min(...settingKeys.map(by))
  const near = settingKeys.filter((one) => by(one) === nearest).map((one) => one.key)
  const hint = nearest <= 3 ? `; did you mean ${near.join(" or ")}?` : ""
  return { key, value: Option.some(value), origin: Option.some(origin), expected: `a known setting${hint}` }
}

const howToSet = (key: string): string => {
  const known = settingKeys.find((one) => one.key === key)
  const flag = Option.match(known?.flag ?? Option.none(), { onNone: () => `--set ${key}=...`, onSome: (name) => `--${name}` })
  return [flag, ...(known?.env ?? []), `"${key}" in ccci.config.json`].join(", or ")
}

const issuesOf = SchemaIssue.makeFormatterStandardSchemaV1()

const problemsOf = (error: Schema.SchemaError, raw: ReadonlyMap<string, Raw>): ReadonlyArray<SettingsProblem> =>
  issuesOf(error.issue).issues.map(({ message, path }) => {
    const names = (path ?? []).map((part) => String(typeof part === "object" ? part.key : part))
    const key = names[0] !== undefined && groups.includes(names[0]) ? names.slice(0, 2).join(".") : (names[0] ?? "")
    const found = Option.fromNullishOr(raw.get(key))
    return {
      key,
      value: Option.map(found, ({ value }) => value),
      origin: Option.map(found, ({ origin }) => origin),
      expected: Option.isNone(found) ? `no default exists; set it by ${howToSet(key)}` : message.replace(/^Expected /u, "")
    }
  })

/** LIFE-4: what the CI allows must hold the work and its teardown. */
const budgetProblems = ({ limits, ciLimit }: SettingsValues, raw: ReadonlyMap<string, Raw>): ReadonlyArray<SettingsProblem> => {
  const budget = Duration.sum(limits.work, limits.teardown)
  if (Option.isNone(ciLimit) || Duration.isLessThanOrEqualTo(budget, ciLimit.value)) return []
  const found = Option.fromNullishOr(raw.get("ciLimit"))
  return [
    {
      key: "ciLimit",
      value: Option.map(found, ({ value }) => value),
      origin: Option.map(found, ({ origin }) => origin),
      expected: `at least limits.work + limits.teardown = ${Duration.toSeconds(budget)} s: a longer CI limit, or a smaller limits.work (CCCI_LIMIT_WORK)`
    }
  ]
}

const collect = ({ flags, environment, file, place, placeholders }: SettingsSources) => {
  const raw = new Map<string, Raw>()
  const problems: Array<SettingsProblem> = []
  const put = (key: string, value: unknown, from: string, origin: Origin) => {
    const known = settingKeys.find((one) => one.key === key)
    if (known === undefined) problems.push(unknownKey(key, value, origin))
    else raw.set(key, { value: located(known, value, from, place.home), origin })
  }
  for (const [key, value] of Object.entries({ ...settingDefaults(place), ...placeholders })) put(key, value, "/", { source: "default", name: "" })
  if (Option.isSome(file)) {
    const origin = { source: "file", name: file.value.path } as const
    if (!isRecord(file.value.content)) problems.push({ key: "", value: Option.none(), origin: Option.some(origin), expected: "a JSON object" })
    for (const [key, value] of flatten(file.value.content)) if (key !== "$schema") put(key, value, file.value.path.replace(/\/[^/]*$/u, ""), origin)
  }
  for (const { key, env, kind } of settingKeys) {
    const name = env.find((one) => (environment[one] ?? "") !== "")
    if (name !== undefined) put(key, readText(kind, environment[name] ?? ""), place.cwd, { source: "environment", name })
  }
  for (const [key, text] of Object.entries(flags)) {
    const known = settingKeys.find((one) => one.key === key)
    put(key, readText(known?.kind ?? "text", text), place.cwd, {
      source: "flag",
      name: Option.match(known?.flag ?? Option.none(), { onNone: () => `--set ${key}`, onSome: (flag) => `--${flag}` })
    })
  }
  return { raw, problems }
}

/** Lays the sources over each other and decodes them at once: all problems come together, not the first alone. */
export const decodeSettings = (sources: SettingsSources): Result.Result<DecodedSettings, ReadonlyArray<SettingsProblem>> => {
  const { raw, problems } = collect(sources)
  const decoded = Schema.decodeUnknownResult(SettingsSchema)(nest(raw), { errors: "all" })
  const all = [...problems, ...(Result.isFailure(decoded) ? problemsOf(decoded.failure, raw) : budgetProblems(decoded.success, raw))]
  if (Result.isFailure(decoded) || all.length > 0) return Result.fail(all)
  return Result.succeed({ values: decoded.success, origins: Object.fromEntries([...raw].map(([key, { origin }]) => [key, origin])) })
}

/** A problem as a sentence: key, value, where it came from, what was expected. */
export const describeProblem = ({ key, value, origin, expected }: SettingsProblem): string => {
  const where = Option.match(origin, { onNone: () => "", onSome: ({ source, name }) => (source === "default" ? " (the default)" : ` (from ${name})`) })
  const subject = key === "" ? "The configuration" : `Setting ${key}`
  return Option.match(value, {
    onNone: () => (Option.isSome(origin) ? `${subject}${where}: expected ${expected}` : `${subject} is not set: ${expected}`),
    onSome: (seen) => `${subject} is ${JSON.stringify(seen)}${where}: expected ${expected}`
  })
}
