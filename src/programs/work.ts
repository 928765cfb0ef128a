/** What a run does between its guards and its verdict: janitor, checks, fetch, and the tiers on an app that is held (spec 00, "One run, in order"). */
import { Effect, Option, Ref, Stream } from "effect"
import type { Redacted } from "effect"
import { runDomain, stackOf, type Domain } from "../model/names.ts"
import { Abra } from "../services/Abra.ts"
import { Crypto } from "../services/Crypto.ts"
import { Docker } from "../services/Docker.ts"
import { Progress } from "../services/Progress.ts"
import { ChildEnvironment } from "../services/Processes.ts"
import { Recipes } from "../services/Recipes.ts"
import type { RunDirectory } from "../services/RunStore.ts"
import { Settings } from "../services/Settings.ts"
import { note, phase, remark, type App, type RunRecord } from "./app.ts"
import { Failed } from "./failed.ts"
import { fetchRecipe, makeAbraDir, recipeSource } from "./fetch.ts"
import { baseUrl } from "./health.ts"
import { withHeldApp } from "./heldApp.ts"
import { janitor } from "./janitor.ts"
import { lifecycle } from "./lifecycle.ts"
import type { RunRequest } from "./types.ts"

/** The whole work of one run. It fails where the recipe could not be judged; a recipe that is red is recorded, not failed. */
export const work = Effect.fn("work")(function* (request: RunRequest, directory: RunDirectory, record: RunRecord) {
  const { abraDir } = directory
  // What Node compiled of the site's TypeScript is kept for the next child: with it, one starts in half the time. It ends with the run.
  const ofRun = { ABRA_DIR: abraDir, NODE_COMPILE_CACHE: `${abraDir}/compiled` }
  const inRun = Effect.updateService(ChildEnvironment, (environment) => ({ ...environment, ...ofRun }))
  const domain = yield* domainOf(request)
  yield* announce(request, domain, directory, record)
  yield* phase("janitor", sweep(record))
  const app = yield* phase("prepare", prepare(request, domain, directory, record)).pipe(inRun)
  yield* followEvents(app)
  yield* withHeldApp(app.domain, abraDir, record, lifecycle(app).pipe(inRun))
})

/** RUN-6: two pushes to one pull request have the same domain, and so serialise; a token in the source's URL, which may change, is no part of it. */
const domainOf = Effect.fnUntraced(function* (request: RunRequest) {
  const crypto = yield* Crypto
  const { baseDomain } = yield* Settings
  const own = yield* recipeSource(request.recipe)
  const source = Option.getOrElse(
    Option.orElse(request.src, () => own),
    () => ""
  ).replace(/^([a-z+]+:\/\/)[^@/]*@/u, "$1")
  const which = Option.match(request.pr, { onSome: (pr) => `pr ${pr}`, onNone: () => `ref ${Option.getOrElse(request.ref, () => "")}` })
  return runDomain(request.recipe, yield* crypto.sha256([request.recipe, source, which].join("\n")), baseDomain)
})

const announce = Effect.fnUntraced(function* (request: RunRequest, domain: Domain, directory: RunDirectory, record: RunRecord) {
  const progress = yield* Progress
  const abra = yield* Abra
  const { backend } = yield* Settings
  yield* note(record, () => ({ domain: Option.some(domain) }))
  yield* progress.emit({
    _tag: "RunStarted",
    runId: directory.id,
    recipe: request.recipe,
    domain,
    backend,
    abra: abra.version,
    stages: request.stages,
    directory: directory.path
  })
})

/** Reaps what dead runs left. A janitor in trouble never fails the run that called it (JAN-7). */
const sweep = Effect.fnUntraced(function* (record: RunRecord) {
  const report = yield* janitor({ dryRun: false, prune: true })
  const failed = report.candidates.filter(({ outcome }) => outcome === "failed").map(({ domain, detail }) => `${domain}: ${detail}`)
  yield* Effect.forEach([...report.warnings, ...failed], (text) => remark(record, `Janitor: ${text}`), { discard: true })
})

/** Keeps what the engine tells of this stack in `logs/events.log`, part of the evidence (spec 05). It only looks on; a broken subscription is renewed. */
const followEvents = Effect.fnUntraced(function* (app: App) {
  const docker = yield* Docker
  const { limits } = yield* Settings
  yield* docker.events.pipe(
    Stream.filter(({ action, attributes }) => !action.startsWith("exec_") && Object.values(attributes).some((value) => value.includes(app.stack))),
    Stream.runForEach(({ type, action, id, attributes }) => app.directory.log("events", `${type} ${action} ${attributes["name"] ?? id}${words(attributes)}`)),
    Effect.ignore,
    Effect.andThen(Effect.sleep(limits.slowLook)),
    Effect.forever,
    Effect.forkScoped
  )
})

const words = (attributes: Readonly<Record<string, string>>): string =>
  ["updatestate.old", "updatestate.new", "exitCode", "signal"].flatMap((key) => (attributes[key] === undefined ? [] : [` ${key}=${attributes[key]}`])).join("")

const infrastructure = (headline: string, hint: string) => new Failed({ class: "infrastructure", headline, hint, evidence: [] })

/** The swarm is one that a run can be judged on, and torn down on (TEAR-7). */
const checkSwarm = Effect.fnUntraced(function* (record: RunRecord) {
  const docker = yield* Docker
  const info = yield* docker.info
  yield* note(record, ({ versions }) => ({ versions: { ...versions, engine: Option.some(info.version) } }))
  if (info.swarm !== "active")
    return yield* infrastructure(
      `The engine at ${docker.endpoint} is not part of a swarm (${info.swarm})`,
      "Make it one with docker swarm init, or point DOCKER_HOST at a manager."
    )
  if (!info.manager) return yield* infrastructure(`The engine at ${docker.endpoint} is a swarm worker, not a manager`, "Point DOCKER_HOST at a manager.")
  const unseen = (yield* docker.nodes).filter(({ id }) => id !== info.nodeId && !docker.others.has(id))
  if (unseen.length > 0) {
    const names = unseen.map(({ hostname, id }) => `${hostname} (${id})`).join(", ")
    return yield* infrastructure(
      `The swarm has nodes whose engines cannot be reached: ${names}`,
      "Volumes and containers are the node's: give each node's endpoint in the setting nodes, or a teardown would leak there."
    )
  }
})

const prepare = Effect.fnUntraced(function* (request: RunRequest, domain: Domain, directory: RunDirectory, record: RunRecord) {
  const recipes = yield* Recipes
  const settings = yield* Settings
  const recipe = yield* recipes.load(request.recipe)
  yield* note(record, () => ({ expectedNa: recipe.definition.expectedNa ?? {} }))
  yield* checkSwarm(record)
  yield* makeAbraDir(directory)
  const source = yield* fetchRecipe(request, directory)
  yield* note(record, () => ({ head: Option.some({ commit: source.head, version: Option.none(), dirty: Option.isSome(source.dirtyTree) }) }))
  return {
    domain,
    stack: stackOf(domain),
    request,
    recipe,
    source,
    directory,
    envPath: `${settings.abraDir}/servers/${settings.server}/${domain}.env`,
    context: { domain, stack: stackOf(domain), recipe: request.recipe, baseUrl: baseUrl(domain, settings.gateway.port) },
    record,
    secrets: yield* Ref.make<ReadonlyMap<string, Redacted.Redacted<string>>>(new Map())
  } satisfies App
})
