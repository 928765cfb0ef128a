/** The settings on the command line: a flag each for what sites differ in, and `--set key=value` for every key (spec 00). */
import { Option } from "effect"
import { Flag } from "effect/cli"
import { settingKeys } from "../model/settingKeys.ts"
import type { WorldOptions } from "../services/Backend.ts"

const named = settingKeys.flatMap(({ key, doc, env, flag }) =>
  Option.match(flag, {
    onNone: () => [],
    onSome: (name) => [[key, Flag.String(name).pipe(Flag.withDescription(`${doc} (env ${env.join(", ")})`), Flag.withMetavar("VALUE"), Flag.optional)] as const]
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
