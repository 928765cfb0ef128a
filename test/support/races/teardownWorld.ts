/** What tests of the teardown on a real engine are made of: a whole app, a container that is in its way, and a world that differs in one thing. */
import { Effect } from "effect"
import { teardown } from "../../../src/programs/teardown.ts"
import { Docker, stackLabel, type ServiceSpec } from "../../../src/services/Docker.ts"
import { Files } from "../../../src/services/Files.ts"
import { Progress, type RunEvent } from "../../../src/services/Progress.ts"
import { accepted } from "../engineApi.ts"
import { fixtureImage, runService, specOf } from "../stack.ts"
import { inWorld, orphan, RaceSite } from "./raceSite.ts"

/** The engine's calls. */
export type Engine = Docker["Service"]

/** How the world that a teardown is run in differs from the real one. */
interface Changes {
  readonly settings?: Readonly<Record<string, string>>
  readonly engine?: (engine: Engine) => Partial<Engine>
  readonly files?: (files: Files["Service"]) => Partial<Files["Service"]>
  readonly hear?: (event: RunEvent) => Effect.Effect<void>
}

/** Tears the site's domain down, in a world that may differ from the real one. */
export const tearDown = ({ settings = {}, engine = () => ({}), files = () => ({}), hear = () => Effect.void }: Changes = {}) =>
  Effect.flatMap(RaceSite, ({ domain }) =>
    inWorld(
      teardown(domain, { settle: false }).pipe(
        Effect.updateService(Docker, (real) => ({ ...real, ...engine(real) })),
        Effect.updateService(Files, (real) => ({ ...real, ...files(real) })),
        Effect.provideService(Progress, { emit: hear })
      ),
      settings
    )
  )

/** Gives up soon: what is in use is tried again for twice that long. */
export const impatient = { "limits.killGrace": "500ms" }

export const namesOf = (objects: ReadonlyArray<{ readonly kind: string; readonly name: string }>) => objects.map(({ kind, name }) => `${kind} ${name}`).sort()

/** An app as a deploy makes it: one of each kind, an unlabelled secret, the `.env`; its service runs. */
export const wholeApp = Effect.fnUntraced(function* (more: Partial<ServiceSpec> = {}) {
  const { stack } = yield* RaceSite
  const docker = yield* Docker
  const labels = { [stackLabel]: stack }
  yield* orphan
  yield* docker.createSecret(`${stack}_token`, "s3cret", labels)
  const networks = (yield* docker.networks).filter(({ name }) => name === `${stack}_default`).map(({ id }) => id)
  const secrets = (yield* docker.secrets).filter(({ name }) => [`${stack}_key_v1`, `${stack}_token`].includes(name))
  const configs = [{ id: yield* docker.createConfig(`${stack}_conf`, "text", labels), name: `${stack}_conf` }]
  const volumes = [{ source: `${stack}_data`, target: "/data", labels }]
  yield* runService(specOf(stack, "app", { networks, secrets: secrets.map(({ id, name }) => ({ id, name })), configs, volumes, ...more }))
})

/** A container that is nobody's of the stack holds its volume until `letGo`. */
export const holdVolume = Effect.gen(function* () {
  const { swarm, stack } = yield* RaceSite
  const body = { Image: fixtureImage, Cmd: ["fixture", "serve"], HostConfig: { NetworkMode: "none", Binds: [`${stack}_data:/data`] } }
  const created: { readonly Id: string } = JSON.parse((yield* accepted(swarm, "POST", "/containers/create", body)).toString())
  const letGo = yield* Effect.cached(accepted(swarm, "DELETE", `/containers/${created.Id}?force=1`))
  yield* Effect.addFinalizer(() => Effect.asVoid(letGo))
  return letGo
})
