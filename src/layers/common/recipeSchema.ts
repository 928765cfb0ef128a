/** The shape of a definition (`recipe.ts`), and the words for what does not fit: which field, what was expected. */
import { Result, Schema, SchemaIssue } from "effect"
import { RecipeName } from "../../model/names.ts"
import type { ExtraEnv, ReadyProbe, RecipeDefinition } from "../../recipe.ts"

/**
 * A value, or a function of the context. Of a function it is only known once it is called what it returns; a value is checked by its own schema, so that what is wrong
 * in it is named by its own path.
 */
const OrFromContext = <A extends object>() =>
  Schema.declare((input: unknown): input is A => typeof input === "function" || (typeof input === "object" && input !== null), {
    expected: "an object, or a function of the context"
  })

/** Variables of an `.env`: one line each. */
const EnvRecord = Schema.Record(
  Schema.String.pipe(Schema.check(Schema.isPattern(/^[A-Za-z_][A-Za-z0-9_]*$/, { message: "Expected a variable's name: letters, digits, underscore" }))),
  Schema.String.pipe(Schema.check(Schema.isPattern(/^[^\u0000-\u0008\u000a-\u001f\u007f]*$/, { message: "Expected one line of text" })))
)

const Path = Schema.String.pipe(Schema.check(Schema.isPattern(/^\/[^\s]*$/, { message: "Expected a path that starts with /" })))
const Seconds = Schema.Finite.pipe(Schema.check(Schema.isBetween({ minimum: 1, maximum: 86_400 }, { message: "Expected seconds, from 1 to 86400" })))
const Status = Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 100, maximum: 599 }, { message: "Expected an HTTP status, from 100 to 599" })))
const Statuses = Schema.Array(Status).pipe(Schema.check(Schema.isMinLength(1, { message: "Expected at least one status" })))
const Text = Schema.String.pipe(Schema.check(Schema.isMinLength(1, { message: "Expected some words" })))

const ReadyProbes: Schema.Codec<ReadonlyArray<ReadyProbe>> = Schema.Array(
  Schema.Union([
    Schema.Struct({ kind: Schema.Literal("http"), host: Schema.optionalKey(Text), path: Path, ok: Schema.optionalKey(Statuses) }),
    Schema.Struct({
      kind: Schema.Literal("tcp"),
      host: Schema.optionalKey(Text),
      port: Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 1, maximum: 65_535 }, { message: "Expected a port, from 1 to 65535" }))),
      stable: Schema.optionalKey(Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 1, maximum: 100 }, { message: "Expected a count, from 1 to 100" }))))
    })
  ])
)

const Definition: Schema.Codec<RecipeDefinition> = Schema.Struct({
  healthPath: Schema.optionalKey(Path),
  healthOk: Schema.optionalKey(Statuses),
  deployTimeout: Schema.optionalKey(Seconds),
  httpTimeout: Schema.optionalKey(Seconds),
  extraEnv: Schema.optionalKey(OrFromContext<ExtraEnv>()),
  upgradeExtraEnv: Schema.optionalKey(OrFromContext<ExtraEnv>()),
  upgradeBaseVersion: Schema.optionalKey(Text),
  readyProbes: Schema.optionalKey(OrFromContext<Exclude<RecipeDefinition["readyProbes"], undefined>>()),
  backupVerify: Schema.optionalKey(Schema.Boolean),
  deps: Schema.optionalKey(Schema.Array(RecipeName)),
  oidcAtInstall: Schema.optionalKey(Schema.Boolean),
  expectedNa: Schema.optionalKey(
    Schema.Struct({
      install: Schema.optionalKey(Text),
      upgrade: Schema.optionalKey(Text),
      backup_restore: Schema.optionalKey(Text),
      functional: Schema.optionalKey(Text),
      lint: Schema.optionalKey(Text)
    })
  ),
  skipSecrets: Schema.optionalKey(Schema.Boolean),
  parallelTests: Schema.optionalKey(Schema.Boolean)
})

/** A field that does not fit, and what was expected of it. The path is `expectedNa.backup`. */
export interface Misfit {
  readonly field: string
  readonly seen: string
}

const words = SchemaIssue.makeFormatterStandardSchemaV1({
  leafHook: (issue) => (issue._tag === "UnexpectedKey" ? "there is no such field" : SchemaIssue.defaultLeafHook(issue))
})

const check =
  <A>(schema: Schema.Codec<A>, at: string) =>
  (input: unknown): Result.Result<A, Misfit> =>
    Result.mapError(Schema.decodeUnknownResult(schema)(input, { errors: "all", onExcessProperty: "error" }), (error) => {
      const { issues } = words(error.issue)
      const paths = issues.map(({ path = [], message }) => ({
        field: [...(at === "" ? [] : [at]), ...path.map((part) => String(typeof part === "object" ? part.key : part))].join("."),
        message
      }))
      return { field: paths[0]?.field ?? at, seen: paths.map(({ field, message }, index) => (index === 0 ? message : `${field}: ${message}`)).join("; ") }
    })

export const checkEnv = (field: string) => check(EnvRecord, field)
export const checkProbes = (field: string) => check(ReadyProbes, field)

const checkStatic = <A>(given: unknown, checked: (input: unknown) => Result.Result<A, Misfit>): Result.Result<unknown, Misfit> =>
  given === undefined || typeof given === "function" ? Result.succeed(given) : checked(given)

export const checkDefinition = (input: unknown): Result.Result<RecipeDefinition, Misfit> =>
  Result.gen(function* () {
    const definition = yield* check(Definition, "")(input)
    yield* checkStatic(definition.extraEnv, checkEnv("extraEnv"))
    yield* checkStatic(definition.upgradeExtraEnv, checkEnv("upgradeExtraEnv"))
    yield* checkStatic(definition.readyProbes, checkProbes("readyProbes"))
    return definition
  })
