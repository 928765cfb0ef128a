/** {@link Settings} from flags, environment, config file and defaults (spec 00), and the look at this machine that spec 01's lock directory rule needs. */
import { Effect, Option, Result } from "effect"
import * as fs from "node:fs"
import * as os from "node:os"
import { containerEvidence, isHostMount, lockDirRefusal } from "../../model/lockDirRule.ts"
import type { DecodedSettings } from "../../model/settingsSources.ts"
import { decodeSettings, describeProblem, resolvePath } from "../../model/settingsSources.ts"
import type { Place, WorldOptions } from "../../services/Backend.ts"
import { SettingsError } from "../../services/Settings.ts"
import { codeOf } from "./kernel/errno.ts"

/** What is never asked for stands in for what is not set, where a command can do without. */
const placeholders: Readonly<Record<WorldOptions["purpose"], Readonly<Record<string, unknown>>>> = {
  run: {},
  janitor: { gateway: "127.0.0.1" },
  look: { gateway: "127.0.0.1", baseDomain: "not-set.invalid" }
}

const configLimit = 1024 * 1024

export const place: Effect.Effect<Place> = Effect.sync(() => {
  const home = os.homedir()
  const { XDG_STATE_HOME: state = "" } = process.env
  return { cwd: process.cwd(), home, stateHome: state === "" ? `${home}/.local/state` : state, root: process.getuid?.() === 0 }
})

const wrong = (problem: string) => new SettingsError({ problems: [problem] })

/** The file's JSON; none when it is not there and nobody asked for it by name. */
const readConfig = (path: string, asked: string | undefined) =>
  Effect.gen(function* () {
    const subject = `The config file ${path}${asked === undefined ? "" : ` (${asked})`}`
    const text = Result.try(() => fs.readFileSync(path, "utf8"))
    if (Result.isFailure(text)) {
      const code = codeOf(text.failure)
      if (asked === undefined && (code === "ENOENT" || code === "ENOTDIR")) return Option.none()
      return yield* wrong(`${subject} could not be read: ${code}`)
    }
    if (text.success.length > configLimit) return yield* wrong(`${subject} is larger than ${configLimit} bytes`)
    const content = Result.try((): unknown => JSON.parse(text.success))
    if (Result.isFailure(content)) return yield* wrong(`${subject} is not JSON: ${content.failure instanceof Error ? content.failure.message : "unreadable"}`)
    return Option.some({ path, content: content.success })
  })

/** `--config`, `CCCI_CONFIG`, `./ccci.config.json`, `/etc/ccci/config.json`: the first that there is. */
const findConfig = Effect.fnUntraced(function* (config: Option.Option<string>, { cwd, home }: Place) {
  if (Option.isSome(config)) return yield* readConfig(resolvePath(cwd, home, config.value), "--config")
  const named = process.env["CCCI_CONFIG"] ?? ""
  if (named !== "") return yield* readConfig(resolvePath(cwd, home, named), "CCCI_CONFIG")
  const here = yield* readConfig(`${cwd}/ccci.config.json`, undefined)
  return Option.isSome(here) ? here : yield* readConfig("/etc/ccci/config.json", undefined)
})

const textOf = (path: string): string =>
  Result.getOrElse(
    Result.try(() => fs.readFileSync(path, "utf8")),
    () => ""
  )

/** Spec 01: refused where the lock directory may be another than that of others who use the engine. */
const checkLockDir = ({ values: { dockerHost, lockDir }, origins }: DecodedSettings) => {
  const markers = ["/.dockerenv", "/run/.containerenv"].filter((path) => fs.existsSync(path))
  const refusal = lockDirRefusal({
    dockerHost,
    lockDir,
    explicit: origins["lockDir"]?.source !== "default",
    container: containerEvidence(markers, textOf("/proc/1/cgroup"), process.env),
    hostLockDir: isHostMount(textOf("/proc/self/mountinfo"), lockDir)
  })
  return Option.match(refusal, { onNone: () => Effect.void, onSome: (reason) => Effect.fail(wrong(reason)) })
}

/** Settings for a command, with the origin of each, or every problem that they have. */
export const loadSettings = Effect.fn("loadSettings")(function* ({ purpose, config, flags }: WorldOptions) {
  const here = yield* place
  const file = yield* findConfig(config, here)
  const decoded = decodeSettings({ flags, environment: process.env, file, place: here, placeholders: placeholders[purpose] })
  if (Result.isFailure(decoded)) return yield* new SettingsError({ problems: decoded.failure.map(describeProblem) })
  if (purpose !== "look") yield* checkLockDir(decoded.success)
  return decoded.success
})
