/** What tests of the janitor on a real engine are made of: a pass in a world that differs in one thing, and processes that carry marks. */
import { Effect } from "effect"
import * as fs from "node:fs"
import { janitor } from "../../../src/programs/janitor.ts"
import type { JanitorReport } from "../../../src/programs/types.ts"
import { Docker } from "../../../src/services/Docker.ts"
import { Lock } from "../../../src/services/Lock.ts"
import { Processes } from "../../../src/services/Processes.ts"
import { spawned } from "../spawned.ts"
import { inWorld, RaceSite } from "./raceSite.ts"

type Change<S> = (real: S) => Partial<S>

/** One pass in the test's own process, in a world that may differ from the real one. */
export const pass = (
  changes: {
    readonly dryRun?: boolean
    readonly settings?: Readonly<Record<string, string>>
    readonly docker?: Change<Docker["Service"]>
    readonly lock?: Change<Lock["Service"]>
    readonly processes?: Change<Processes["Service"]>
  } = {}
) =>
  inWorld(
    janitor({ dryRun: changes.dryRun ?? false, prune: false }).pipe(
      Effect.updateService(Docker, (real) => ({ ...real, ...changes.docker?.(real) })),
      Effect.updateService(Lock, (real) => ({ ...real, ...changes.lock?.(real) })),
      Effect.updateService(Processes, (real) => ({ ...real, ...changes.processes?.(real) }))
    ),
    changes.settings
  )

export const outcomes = ({ candidates }: JanitorReport) => candidates.map(({ domain, outcome }) => `${outcome} ${domain}`).sort()

/** Identity of the lock directory, as marks carry it. */
export const lockDirId = (path: string) => {
  const { dev, ino } = fs.statSync(path, { bigint: true })
  return `${dev}:${ino}`
}

/** A live process that carries the mark of a domain. */
export const marked = Effect.fnUntraced(function* (domain: string) {
  const { lockDir } = yield* RaceSite
  return yield* spawned(["sleep", "600"], { env: { CCCI_APP_LOCK: `${lockDirId(lockDir)}:${domain}`, CCCI_RUN_TOKEN: "dead" } })
})
