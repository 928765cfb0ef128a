/** The settings on the command line: a flag each for what sites differ in, and `--set key=value` for every key (spec 00). */
import { Option } from "effect"
import { Flag } from "effect/cli"
import { settingKeys } from "../model/settings.ts"
import type { WorldOptions } from "../services/Backend.ts"

const descriptions: Readonly<Record<string, string>> = {
  baseDomain: "Domain below which run apps live; it belongs to ccci alone",
  gateway: "Address, with or without port, of the site's gateway",
  server: "abra's server name",
  testsDir: "Folder with a folder of tests for each recipe",
  recipeSource: "Where recipes come from: a folder or URL with {recipe} in it",
  runsDir: "Where results are kept",
  lockDir: "Folder of the app locks, shared by all who use this engine",
  abraDir: "abra's directory",
  abra: "auto, cli or embedded",
  dockerHost: "The engine, such as unix:///var/run/docker.sock"
}

const named = settingKeys.flatMap(({ key, env, flag }) =>
  Option.match(flag, {
    onNone: () => [],
    onSome: (name) => [
      [
        key,
        Flag.String(name).pipe(Flag.withDescription(`${descriptions[key] ?? key} (env ${env.join(", ")})`), Flag.withMetavar("VALUE"), Flag.optional)
      ] as const
    ]
  })
)

/** Flags for the config of any command that works in a world. */
export const settingsFlags = {
  config: Flag.String("config").pipe(
    Flag.withDescription("Config file (env CCCI_CONFIG; else ./ccci.config.json, /etc/ccci/config.json)"),
    Flag.withMetavar("FILE"),
    Flag.optional
  ),
  set: Flag.KeyValuePair("set").pipe(
    Flag.withDescription("Any setting, such as limits.deploy=20m; may be given several times"),
    Flag.withMetavar("KEY=VALUE"),
    Flag.withDefault({})
  ),
  named: Object.fromEntries(named)
}

/** What the flags came to. */
export interface SettingsInput {
  readonly config: Option.Option<string>
  readonly set: Readonly<Record<string, string>>
  readonly named: Readonly<Record<string, Option.Option<string>>>
}

/** For the backend; a flag of its own goes before `--set`. */
export const settingsOptions = ({ config, set, named: given }: SettingsInput): Pick<WorldOptions, "config" | "flags"> => ({
  config,
  flags: { ...set, ...Object.fromEntries(Object.entries(given).flatMap(([key, value]) => (Option.isSome(value) ? [[key, value.value]] : []))) }
})
