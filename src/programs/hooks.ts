/** The site's own code around a run: `ops.ts`, executables, functional tests. What fails there is that hook's failure, told with its last words. */
import { Duration, Effect, Option, Redacted, Ref } from "effect"
import { ChildEnvironment, Processes } from "../services/Processes.ts"
import { Http } from "../services/Http.ts"
import { Docker } from "../services/Docker.ts"
import { Files } from "../services/Files.ts"
import { HookServiceError, Modules, type CallOutcome, type HookFacts, type HookServices } from "../services/Modules.ts"
import { Progress } from "../services/Progress.ts"
import { Settings } from "../services/Settings.ts"
import type { App } from "./app.ts"
import { readAppEnv } from "./appEnv.ts"
import { exec } from "./exec.ts"
import { Failed } from "./failed.ts"
import { requestApp } from "./health.ts"

/**
 * The same facts as variables, for executables (spec 04). What a pull request brought (not `trusted`) is not told where the site keeps its apps and secrets.
 */
const variables = (app: App, stage: string, settings: Settings["Service"], trusted: boolean): Readonly<Record<string, string>> => ({
  CCCI_APP_DOMAIN: app.domain,
  CCCI_STACK: app.stack,
  CCCI_RECIPE: app.recipe.name,
  CCCI_STAGE: stage,
  CCCI_BASE_URL: app.context.baseUrl,
  CCCI_GATEWAY: `${settings.gateway.address.includes(":") ? `[${settings.gateway.address}]` : settings.gateway.address}:${settings.gateway.port}`,
  ...(trusted
    ? {
        CCCI_APP_ENV: app.envPath,
        ABRA_DIR: app.directory.abraDir,
        ...Option.match(settings.depsFile, { onNone: () => ({}), onSome: (file) => ({ CCCI_DEPS_FILE: file }) })
      }
    : {})
})

/** The environment of children without what a pull request's code must not be told. */
const withoutSite = Effect.updateService(ChildEnvironment, ({ ABRA_DIR: _, ...rest }) => rest)

const facts = (app: App, stage: string, operation: string, settings: Settings["Service"]): HookFacts => ({
  domain: app.domain,
  stack: app.stack,
  recipe: app.recipe.name,
  stage,
  operation,
  baseUrl: app.context.baseUrl,
  gateway: settings.gateway,
  deps: {}
})

/** What a hook may ask for, answered on behalf of this app. */
const servicesFor = Effect.fnUntraced(function* (app: App, logName: string) {
  const context = yield* Effect.context<Docker | Http | Settings | Progress | Files>()
  const progress = yield* Progress
  const refuse = (error: { readonly message: string }) => new HookServiceError({ seen: error.message })
  return {
    exec: (service, argv) => exec(app.domain, service, argv).pipe(Effect.mapError(refuse), Effect.provideContext(context)),
    http: ({ path, host, ...options }) => requestApp(host ?? app.domain, path, options).pipe(Effect.mapError(refuse), Effect.provideContext(context)),
    env: (name) =>
      readAppEnv(app).pipe(
        Effect.map((values) => Option.fromUndefinedOr(values[name])),
        Effect.mapError(refuse),
        Effect.provideContext(context)
      ),
    secret: (name) => Effect.map(Ref.get(app.secrets), (secrets) => Option.map(Option.fromUndefinedOr(secrets.get(name)), Redacted.value)),
    log: (line) => Effect.andThen(app.directory.log(logName, line), progress.emit({ _tag: "Output", source: logName, line }))
  } satisfies HookServices
})

/** What is common to a call of a TypeScript file and of an executable. `trusted`: it is the site's own, not what a pull request brought. */
interface HookCall {
  readonly file: string
  readonly stage: string
  readonly log: string
  readonly timeLimit: Duration.Duration
  readonly trusted: boolean
}

/** Calls one export of a TypeScript file in a child of its own. */
export const callExport = Effect.fn("callExport")(function* (app: App, call: HookCall & { readonly export: string; readonly operation: string }) {
  const modules = yield* Modules
  const settings = yield* Settings
  const calling = modules.call({
    file: call.file,
    export: call.export,
    facts: facts(app, call.stage, call.operation, settings),
    services: yield* servicesFor(app, call.log),
    timeLimit: call.timeLimit,
    env: variables(app, call.stage, settings, call.trusted)
  })
  return yield* call.trusted ? calling : withoutSite(calling)
})

/** Runs an executable with the facts as CCCI_* variables, its output in a log of its own. */
export const runExecutable = Effect.fn("runExecutable")(function* (app: App, call: HookCall) {
  const processes = yield* Processes
  const settings = yield* Settings
  const progress = yield* Progress
  const running = processes.run({
    command: call.file,
    args: [],
    env: variables(app, call.stage, settings, call.trusted),
    timeLimit: call.timeLimit,
    onLine: (line) => Effect.andThen(app.directory.log(call.log, line), progress.emit({ _tag: "Output", source: call.log, line }))
  })
  return yield* call.trusted ? running : withoutSite(running)
})

const hookFailed = (name: string, seen: string) =>
  new Failed({ class: "recipe", headline: `Hook ${name} failed: ${seen}`, hint: `Its output is in logs/hook-${name}.log.`, evidence: [], ofHook: true })

/** Words for an outcome that is not a return. */
export const outcomeWords = (outcome: Exclude<CallOutcome, { readonly _tag: "Returned" }>, timeLimit: Duration.Duration): string => {
  switch (outcome._tag) {
    case "Threw":
      return outcome.message
    case "Crashed":
      return `it crashed: ${outcome.message}`
    case "TimedOut":
      return `it did not end within ${Duration.toSeconds(timeLimit)} s`
    case "Skipped":
      return `it called skip (${outcome.reason}), which only tests may`
  }
}

const has = (app: App, name: string): Option.Option<string> =>
  Option.flatMap(app.recipe.ops, ({ file, functions }) => (functions.includes(name) ? Option.some(file) : Option.none()))

/** Calls an export of `ops.ts` if it is there; its value, or none when there is no such export. Anything but a return is the hook's failure. */
export const opsCall = Effect.fn("opsCall")(function* (app: App, stage: string, name: string) {
  const { limits } = yield* Settings
  const file = has(app, name)
  if (Option.isNone(file)) return Option.none<unknown>()
  const outcome = yield* callExport(app, { file: file.value, export: name, operation: name, stage, log: `hook-${name}`, timeLimit: limits.hook, trusted: true })
  if (outcome._tag !== "Returned") return yield* hookFailed(name, outcomeWords(outcome, limits.hook))
  return Option.some(outcome.value)
})

/** Runs a step script (`install_steps.sh`, `setup_custom_tests.sh`) if the recipe's tests have one. */
export const stepScript = Effect.fn("stepScript")(function* (app: App, stage: string, name: string, script: Option.Option<string>) {
  if (Option.isNone(script)) return
  const { limits } = yield* Settings
  const exited = yield* runExecutable(app, { file: script.value, stage, log: `hook-${name}`, timeLimit: limits.hook, trusted: true })
  if (exited.timedOut) return yield* hookFailed(name, `it did not end within ${Duration.toSeconds(limits.hook)} s`)
  if (exited.code !== 0) return yield* hookFailed(name, `exit code ${exited.code}${lastLine(exited.stderr, exited.stdout)}`)
})

/** The last line that a child printed, as its last words. */
export const lastLine = (...outputs: ReadonlyArray<string>): string => {
  const line = outputs.flatMap((output) => output.trimEnd().split("\n").slice(-1)).find((text) => text.trim() !== "")
  return line === undefined ? "" : `: ${line}`
}

/** The canary of `ops.ts`, where all three of its parts are there (BAK-3). */
export const hasCanary = (app: App): boolean => ["canary.write", "canary.damage", "canary.read"].every((name) => Option.isSome(has(app, name)))

/** What the canary reads now. */
export const readCanary = Effect.fn("readCanary")(function* (app: App, stage: string) {
  const value = yield* opsCall(app, stage, "canary.read")
  if (Option.isSome(value) && typeof value.value === "string") return value.value
  return yield* hookFailed("canary.read", "it must return a string")
})
