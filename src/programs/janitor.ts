/**
 * The janitor (JAN): reaps what dead runs left, each candidate under its own app lock, never on doubt, never by age. It degrades safely: what it cannot
 * look at or remove it reports, and goes on with the rest.
 */
import { Clock, Duration, Effect, Option, Ref, Result } from "effect"
import { stackOf, type Domain } from "../model/names.ts"
import { Abra } from "../services/Abra.ts"
import type { LockFile } from "../services/Lock.ts"
import { Lock } from "../services/Lock.ts"
import { Processes } from "../services/Processes.ts"
import { Progress } from "../services/Progress.ts"
import { RunStore } from "../services/RunStore.ts"
import { Settings } from "../services/Settings.ts"
import { Stop } from "../services/Stop.ts"
import { domainOfLockFile, dropAppLock, lockDirectoryId, lockMark, lockPath, tryAppLock } from "./appLock.ts"
import { inventory } from "./inventory.ts"
import { listAll } from "./listing.ts"
import { endStrangers } from "./marks.ts"
import { claim, knownStacks, runDomainOf, runDomainsAmong } from "./ownership.ts"
import { teardown } from "./teardown.ts"
import type { JanitorCandidate, JanitorOptions, JanitorReport } from "./types.ts"

/** Reaps side by side: most of a reap is waiting for swarm. */
const atOnce = 4

/** One pass. Never fails: what went wrong is in the report. */
export const janitor = Effect.fn("janitor")(function* (options: JanitorOptions) {
  const stop = yield* Stop
  const warnings = yield* Ref.make<ReadonlyArray<string>>([])
  const warn = (text: string) => Ref.update(warnings, (before) => [...before, text])
  const apps = yield* candidates(warn)
  const files = yield* idleLockFiles(apps, warn)

  const each = Effect.fnUntraced(function* (domain: Domain) {
    // A stop lets the reap in hand end within its budget and begins no other (JAN-7).
    if (Option.isSome(yield* stop.first)) return []
    return [yield* consider(domain, options.dryRun).pipe(Effect.uninterruptible)]
  })
  const considered = yield* Effect.forEach([...apps, ...files], each, { concurrency: atOnce })
  const prunedRuns = options.prune && !options.dryRun ? yield* prune(warn) : []
  return { candidates: considered.flat(), warnings: yield* Ref.get(warnings), prunedRuns } satisfies JanitorReport
})

type Warn = (text: string) => Effect.Effect<void>

/** What a look yields, or, with a warning, nothing: one unreadable source must not hide the others. */
const orWarn = <A, E extends { readonly message: string }, R>(look: Effect.Effect<ReadonlyArray<A>, E, R>, warn: Warn) =>
  Effect.matchEffect(look, {
    onSuccess: Effect.succeed,
    onFailure: (error) => Effect.map(warn(error.message), (): ReadonlyArray<A> => [])
  })

/** JAN-1: every run domain that abra's apps, anything on the swarm, or a live mark tells of. */
const candidates = Effect.fnUntraced(function* (warn: Warn) {
  const { baseDomain, lockDir } = yield* Settings
  const abra = yield* Abra
  const processes = yield* Processes
  const fromAbra = yield* orWarn(
    Effect.map(abra.apps, (apps) =>
      runDomainsAmong(
        apps.map((app) => app.domain),
        baseDomain
      )
    ),
    warn
  )
  const all = yield* listAll()
  yield* Effect.forEach(all.unseen, warn, { discard: true })
  const objects = [...all.services, ...all.containers, ...all.volumes, ...all.secrets, ...all.configs, ...all.networks]
  // What a longer stack claims too is nobody's to take (TEAR-4): it would make its domain a candidate of every pass, for ever.
  const stacks = knownStacks(objects, all.envs.map(domainOfEnv))
  const fromSwarm = objects.flatMap((object) => {
    const domain = runDomainOf(object, baseDomain)
    return domain === undefined || claim(stackOf(domain), object, stacks) === "contested" ? [] : [domain]
  })
  // Tasks tell nothing new: one that is alive has a service or a container. Old engines keep the records of ended ones for ever.
  const fromEnvs = runDomainsAmong(all.envs.map(domainOfEnv), baseDomain)
  const marks = Effect.gen(function* () {
    const prefix = `${yield* lockDirectoryId(lockDir)}:`
    const values = (yield* processes.marked).flatMap(({ lock }) => Option.toArray(lock))
    return runDomainsAmong(
      values.flatMap((value) => (value.startsWith(prefix) ? [value.slice(prefix.length)] : [])),
      baseDomain
    )
  })
  const fromMarks = yield* orWarn(marks, warn)
  return [...new Set([...fromAbra, ...fromEnvs, ...fromSwarm, ...fromMarks])].sort()
})

/** `<domain>.env`, or `.<domain>.env.<hex>.tmp`, which a killed writer leaves. */
const domainOfEnv = (name: string): string => /^\.?(.+?)\.env(\.[^.]+\.tmp)?$/u.exec(name)?.[1] ?? ""

/** JAN-6: lock files of the run shape with no app behind them. Other files of the directory are nobody's business here. */
const idleLockFiles = Effect.fnUntraced(function* (apps: ReadonlyArray<Domain>, warn: Warn) {
  const { baseDomain, lockDir } = yield* Settings
  const lock = yield* Lock
  const names = yield* orWarn(lock.list(lockDir), warn)
  const domains = runDomainsAmong(
    names.flatMap((name) => domainOfLockFile(name) ?? []),
    baseDomain
  )
  return domains.filter((domain) => !apps.includes(domain)).sort()
})

const prune = Effect.fnUntraced(function* (warn: Warn) {
  const store = yield* RunStore
  return yield* orWarn(store.prune, warn)
})

const candidate = (domain: Domain, outcome: JanitorCandidate["outcome"], detail: string, residue: JanitorCandidate["residue"] = []): JanitorCandidate => ({
  domain,
  outcome,
  detail,
  residue
})

/** JAN-2 to JAN-6 for one candidate. */
const consider = Effect.fn("janitor.consider")(function* (domain: Domain, dryRun: boolean) {
  const { lockDir, limits } = yield* Settings
  const lock = yield* Lock
  const progress = yield* Progress
  const path = lockPath(lockDir, domain)
  // A look changes nothing, so it makes no lock file either: where there is none, nobody holds it.
  if (dryRun && Option.isNone(yield* lock.identityOfPath(path).pipe(Effect.orElseSucceed(() => Option.none())))) return yield* preview(domain)
  const attempt = yield* Effect.result(tryAppLock(path))
  if (Result.isFailure(attempt)) return candidate(domain, "failed", attempt.failure.message)
  switch (attempt.success._tag) {
    case "Lost":
      return candidate(domain, "left", "another janitor has just reaped it")
    case "Held": {
      const age = (yield* Clock.currentTimeMillis) - attempt.success.modified
      const overdue = age > 2 * Duration.toMillis(limits.work)
      const text = `in use for ${Math.round(age / 1000)} s`
      if (!overdue) return candidate(domain, "held", text)
      const warning = `${text}, over twice the deadline: a leaked run? Look with ccci locks or lslocks; it is left alone`
      yield* progress.emit({ _tag: "Warning", text: `${domain}: ${warning}` })
      return candidate(domain, "held", warning)
    }
    case "Acquired":
      return yield* holding(domain, attempt.success.file, dryRun)
  }
})

/** JAN-5: the lock is ours, so nobody lives here. Reap while holding it; the file goes only if nothing is left. */
const holding = Effect.fnUntraced(function* (domain: Domain, file: LockFile, dryRun: boolean) {
  const { limits } = yield* Settings
  const work: Effect.Effect<JanitorCandidate, ReapError, ReapServices> = dryRun ? preview(domain) : reap(domain)
  return yield* work.pipe(
    Effect.timeoutOrElse({ duration: limits.teardown, orElse: () => Effect.succeed(candidate(domain, "failed", "the reap did not end within its budget")) }),
    Effect.catch((error) => Effect.succeed(candidate(domain, "failed", error.message))),
    Effect.onError(() => Effect.ignore(dropAppLock(file, false))),
    Effect.flatMap((reaped) =>
      dropAppLock(file, reaped.outcome === "reaped").pipe(
        Effect.as(reaped),
        Effect.catch((error) => Effect.succeed({ ...reaped, outcome: "failed" as const, detail: error.message }))
      )
    )
  )
})

type Reap = ReturnType<typeof reap>
type ReapError = Effect.Error<Reap>
type ReapServices = Effect.Services<Reap> | Effect.Services<ReturnType<typeof preview>>

const preview = Effect.fnUntraced(function* (domain: Domain) {
  const { residue } = yield* inventory(domain)
  return candidate(
    domain,
    "wouldReap",
    residue.length === 0 ? "nothing of it but its lock file or .env" : `${residue.length} objects of stack ${stackOf(domain)}`,
    residue
  )
})

const reap = Effect.fnUntraced(function* (domain: Domain) {
  const { lockDir } = yield* Settings
  const progress = yield* Progress
  const ended = yield* endStrangers(yield* lockMark(lockDir, domain), Option.none())
  if (ended > 0) yield* progress.emit({ _tag: "Step", text: `${domain}: ended ${ended} processes that a dead run had left` })
  const report = yield* teardown(domain, { settle: true })
  if (report.residue.length === 0) return candidate(domain, "reaped", ended > 0 ? `with ${ended} processes` : "", report.contested)
  return candidate(domain, "failed", [`${report.residue.length} objects are left`, ...report.problems].join("; "), report.residue)
})
