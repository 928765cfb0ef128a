/** `ccci locks`: who holds which app lock, from the kernel's own table. For people only: no decision rests on it. */
import { Clock, DateTime, Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { elapsed } from "../model/paint.ts"
import { visibleLine } from "../model/visible.ts"
import { Backend } from "../services/Backend.ts"
import { Lock } from "../services/Lock.ts"
import type { LockHolder } from "../services/Lock.ts"
import { Settings } from "../services/Settings.ts"
import { domainOfLockFile } from "../programs/appLock.ts"
import { failing, infrastructure, stoppable, usage } from "./ending.ts"
import { printJson, printLines } from "./print.ts"
import { settingsFlags, settingsOptions } from "./settingsFlags.ts"

const subject = (path: string): string => {
  const name = path.slice(path.lastIndexOf("/") + 1)
  return domainOfLockFile(name) ?? name
}

/** One line a lock: domain, for how long, pid and command where the kernel tells them. */
export const lockLines = (holders: ReadonlyArray<LockHolder>, now: number) =>
  holders.map(({ path, pid, command, since }) => {
    const who = Option.match(pid, { onNone: () => "a process that is not seen from here", onSome: (id) => `pid ${id}` })
    const what = Option.match(command, { onNone: () => "", onSome: (text) => `  ${visibleLine(text)}` })
    return { tone: "plain" as const, text: `${subject(path).padEnd(40)} for ${elapsed(Math.max(0, now - since)).padEnd(12)} ${who}${what}` }
  })

export const locks = Command.make(
  "locks",
  {
    json: Flag.Boolean("json").pipe(Flag.withDescription("Print them as JSON"), Flag.withDefault(false)),
    settings: settingsFlags
  },
  Effect.fnUntraced(function* ({ json, settings }) {
    const backend = yield* Backend
    const world = backend.world({ ...settingsOptions(settings), purpose: "look", progress: "silent" })
    yield* Effect.gen(function* () {
      const { lockDir } = yield* Settings
      const lock = yield* Lock
      const holders = yield* lock.holders(lockDir)
      const now = yield* Clock.currentTimeMillis
      if (json) {
        return yield* printJson(
          holders.map(({ path, pid, command, since }) => ({
            domain: subject(path),
            path,
            pid: Option.getOrNull(pid),
            command: Option.getOrNull(command),
            since: DateTime.formatIso(DateTime.makeUnsafe(since))
          }))
        )
      }
      yield* printLines(holders.length === 0 ? [{ tone: "plain", text: `No lock is held in ${lockDir}.` }] : lockLines(holders, now))
    }).pipe(stoppable, Effect.provide(world), Effect.catchTags({ SettingsError: failing(usage), LockError: failing(infrastructure) }))
  })
).pipe(
  Command.withDescription("Who holds which app lock, for how long, and with which pid, as the kernel tells it"),
  Command.withShortDescription("Who holds which lock"),
  Command.withExamples([{ command: "ccci locks", description: "All that are held" }])
)
