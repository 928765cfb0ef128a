/**
 * Teardown (TEAR): the one path by which anything of an app is removed, for a run and for the janitor alike. It needs neither abra nor the `.env`, works
 * on what is there, attempts every step whatever the one before did, and believes only a listing.
 */
import { Effect } from "effect"
import type { Domain } from "../model/names.ts"
import { Files } from "../services/Files.ts"
import { Settings } from "../services/Settings.ts"
import { drainContainers, drainTasks, longestGrace } from "./drain.ts"
import { inventory, type Inventory, type Removable, type Residue } from "./inventory.ts"
import { attemptAll, removing } from "./removing.ts"
import { done, pending, waitFor } from "./wait.ts"

/** What a teardown came to: what is left (nothing: clean), what was contested and so left alone, and what went wrong on the way. */
export interface TeardownReport {
  readonly domain: Domain
  readonly residue: ReadonlyArray<Residue>
  readonly contested: ReadonlyArray<Residue>
  readonly problems: ReadonlyArray<string>
}

/** How often what appears after a removal is removed once more (JAN-10). */
const rounds = 3

const nameOf = ({ kind, name }: Residue): string => `${kind} ${name}`

/** Tears one app down. `settle`: emptiness must hold over two looks, a quiet interval apart: what a dead client asked for may still appear (JAN-10). */
export const teardown = Effect.fn("teardown")(function* (domain: Domain, options: { readonly settle: boolean }) {
  const { limits } = yield* Settings
  const problems: Array<string> = []
  const step = <A, E extends { readonly message: string }, R>(name: string, effect: Effect.Effect<A, E, R>) =>
    Effect.matchEffect(effect, {
      onSuccess: () => Effect.void,
      onFailure: (error) => Effect.sync(() => void problems.push(`${name}: ${error.message}`))
    })

  const pass = Effect.fnUntraced(function* (there: Inventory) {
    const of = (kind: Removable["kind"]) => there.removable.filter((object) => object.kind === kind)
    const removeAll = (kind: Removable["kind"]) => step(kind, attemptAll(of(kind).map(({ name, remove }) => removing(domain, `${kind} ${name}`, remove))))
    // Read before the services go: what they were promised as a grace is theirs (TEAR-2), within half of the whole budget.
    const grace = yield* longestGrace(domain)
    yield* removeAll("service")
    yield* step("tasks", drainTasks(domain, grace))
    yield* step("containers", drainContainers(domain))
    yield* removeAll("container")
    yield* removeAll("network")
    yield* Effect.forEach(["config", "secret", "volume"] as const, removeAll, { concurrency: 3 })
  })

  // What was removed may be listed for a moment more (a network whose last container was just taken off it): residue is what stays.
  const verified = waitFor({
    subject: domain,
    what: "the engine to list nothing of it",
    bound: limits.quiet,
    look: Effect.map(inventory(domain), (found) => (found.residue.length === 0 ? done(found) : pending(`${found.residue.length} objects`)))
  }).pipe(Effect.catch(() => inventory(domain)))

  let there = yield* inventory(domain)
  for (let round = 1; round <= rounds; round++) {
    if (there.residue.length > 0) {
      const tried = new Set(there.residue.map(nameOf))
      yield* pass(there)
      there = yield* verified
      // What the pass had not yet seen has a round of its own: a task that was just starting makes its volume even after its service is gone.
      if (there.residue.some((object) => !tried.has(nameOf(object)))) continue
      if (there.residue.length > 0) break
    }
    if (!options.settle) break
    yield* Effect.sleep(limits.quiet)
    there = yield* inventory(domain)
    if (there.residue.length === 0) break
  }
  const envs = yield* removeEnv(domain, there, step)
  return { domain, residue: [...there.residue, ...envs], contested: there.contested, problems } satisfies TeardownReport
})

/** The `.env` is what a later attempt finds the app by: it goes last, and only once all else is gone (TEAR-1). What is left of it is residue. */
const removeEnv = Effect.fnUntraced(function* (
  domain: Domain,
  there: Inventory,
  step: <A, E extends { readonly message: string }, R>(name: string, effect: Effect.Effect<A, E, R>) => Effect.Effect<void, never, R>
) {
  const files = yield* Files
  if (there.envs.length === 0) return []
  if (there.residue.length === 0) {
    yield* step("env", attemptAll(there.envs.map((path) => files.remove(path))))
    there = yield* inventory(domain)
  }
  return there.envs.map((name) => ({ kind: "env" as const, name }))
})
