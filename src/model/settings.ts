/** The settings' shape: one schema for what a site configures (spec 00). How each is called, and its default: `settingKeys.ts`. */
import { Duration, Schema, SchemaGetter, Struct } from "effect"
import { BaseDomain } from "./names.ts"

const matching = (pattern: RegExp, message: string) => Schema.String.check(Schema.isPattern(pattern, { message })).annotate({ message })

const unit = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const isUnit = (text: string): text is keyof typeof unit => Object.hasOwn(unit, text)

const millis = (value: string | number): number => {
  const [, amount = "", name = ""] = /^([0-9.]+)([a-z]*)$/u.exec(String(value)) ?? []
  return Number(amount) * (isUnit(name) ? unit[name] : unit.s)
}

const aDuration = { message: "a duration such as 90s, 15m, 2h, or a number of seconds; more than nothing, at most 3650d" }

/** `90s`, `15m`, `2h`, `500ms`, `30d`, or a number of seconds; longer than nothing, at most ten years. */
export const DurationText = Schema.Union([matching(/^[0-9]{1,9}(\.[0-9]{1,3})?(ms|s|m|h|d)?$/u, aDuration.message), Schema.Finite])
  .annotate(aDuration)
  .pipe(
    Schema.check(Schema.makeFilter((value) => millis(value) > 0 && millis(value) <= 3_650 * unit.d, aDuration)),
    Schema.decodeTo(Schema.Duration, {
      decode: SchemaGetter.transform((value: string | number) => Duration.millis(millis(value))),
      encode: SchemaGetter.transform((duration: Duration.Duration) => Duration.toSeconds(duration))
    })
  )

/** Where the site's gateway listens: `address`, `address:port` (default 443), `[IPv6]:port`. */
export const Gateway = matching(
  /^(\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z._-]+)(:[0-9]{1,5})?$/u,
  "an address with or without a port, such as 127.0.0.1:443, gateway.example.org or [::1]:8443"
).pipe(
  Schema.decodeTo(
    Schema.Struct({
      address: Schema.String,
      port: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 65_535 }, { message: "a port between 1 and 65535" }))
    }),
    {
      decode: SchemaGetter.transform((text: string) => {
        const [, address = "", port = "443"] = /^(.*?)(?::([0-9]+))?$/u.exec(text) ?? []
        return { address: address.replaceAll(/[[\]]/gu, ""), port: Number(port) }
      }),
      encode: SchemaGetter.transform(
        ({ address, port }: { readonly address: string; readonly port: number }) => `${address.includes(":") ? `[${address}]` : address}:${port}`
      )
    }
  )
)

const Text = Schema.NonEmptyString.annotate({ message: "a text that is not empty" })
const Folder = Schema.NonEmptyString.annotate({ message: "the path of a folder" })
const File = Schema.NonEmptyString.annotate({ message: "the path of a file" })
const YesNo = Schema.Boolean.annotate({ message: "true or false" })
const Count = (maximum: number) => Schema.Int.check(Schema.isBetween({ minimum: 1, maximum })).annotate({ message: `a whole number from 1 to ${maximum}` })
const Engine = matching(/^(unix:\/\/\/|tcp:\/\/|https?:\/\/|ssh:\/\/).+$/u, "an engine's address such as unix:///var/run/docker.sock or tcp://node2:2376")

const needed = {
  baseDomain: BaseDomain,
  gateway: Gateway,
  verifyCertificate: YesNo,
  server: Text,
  runsDir: Folder,
  lockDir: Folder,
  abraDir: Folder,
  abra: Schema.Literals(["auto", "cli", "embedded"]).annotate({ message: "auto, cli or embedded" }),
  dockerHost: Engine,
  nodes: Schema.Record(Text, Engine)
}
const optional = {
  dockerCertPath: Folder,
  testsDir: Folder,
  recipeSource: Text,
  deployCountFile: File,
  depsFile: File,
  buildNumber: Text,
  ciLimit: DurationText
}
const limits = {
  deploy: DurationText,
  converged: DurationText,
  healthy: DurationText,
  probes: DurationText,
  exec: DurationText,
  hook: DurationText,
  test: DurationText,
  settle: DurationText,
  backup: DurationText,
  pull: DurationText,
  request: DurationText,
  work: DurationText,
  teardown: DurationText,
  killGrace: DurationText,
  quiet: DurationText,
  hold: DurationText,
  slowLook: DurationText
}
const keep = { count: Count(100_000), age: DurationText }
const concurrency = { tests: Count(64), pulls: Count(16) }

/** Settings as they are once every source was laid over the other. */
export const SettingsSchema = Schema.Struct({
  ...needed,
  dockerCertPath: Schema.OptionFromOptionalKey(optional.dockerCertPath),
  testsDir: Schema.OptionFromOptionalKey(optional.testsDir),
  recipeSource: Schema.OptionFromOptionalKey(optional.recipeSource),
  deployCountFile: Schema.OptionFromOptionalKey(optional.deployCountFile),
  depsFile: Schema.OptionFromOptionalKey(optional.depsFile),
  buildNumber: Schema.OptionFromOptionalKey(optional.buildNumber),
  ciLimit: Schema.OptionFromOptionalKey(optional.ciLimit),
  limits: Schema.Struct(limits),
  keep: Schema.Struct(keep),
  concurrency: Schema.Struct(concurrency)
})
/** Everything that a site configures. `dockerHost`, `dockerCertPath`, `nodes` and `ciLimit` are for the layers; the rest is the Settings service. */
export type SettingsValues = typeof SettingsSchema.Type

/** `ccci.config.json`: any of the settings. Paths in it are relative to the file. */
export const ConfigFile = Schema.Struct({
  $schema: Schema.optionalKey(Schema.String),
  ...Struct.map(needed, Schema.optionalKey),
  ...Struct.map(optional, Schema.optionalKey),
  limits: Schema.optionalKey(Schema.Struct(Struct.map(limits, Schema.optionalKey))),
  keep: Schema.optionalKey(Schema.Struct(Struct.map(keep, Schema.optionalKey))),
  concurrency: Schema.optionalKey(Schema.Struct(Struct.map(concurrency, Schema.optionalKey)))
}).annotate({
  title: "ccci.config.json",
  description: "What a site configures for ccci. Flags and environment variables take precedence. Paths are relative to this file."
})
