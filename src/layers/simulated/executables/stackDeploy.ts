/** `docker stack deploy`: the client's calls to the engine, one by one. A deploy that is killed in their midst leaves what it had made. */
import { Effect, Result } from "effect"
import type { Compose, ComposeResource } from "../../../model/compose.ts"
import { stackLabel } from "../../../services/Docker.ts"
import { Files } from "../../../services/Files.ts"
import type { Invocation } from "../kernel/programs.ts"
import { createFile, createNetwork } from "../swarm/objects.ts"
import { createService, removeService, updateService } from "../swarm/services.ts"
import { refuse } from "../swarm/Swarm.ts"
import { engineCallOf } from "../views/Docker.ts"
import { readStack } from "./stackFiles.ts"
import { networkName, stackService } from "./stackSpec.ts"
import type { Known } from "./stackSpec.ts"

/** What is asked for. */
export interface Deploy {
  readonly stack: string
  readonly files: ReadonlyArray<string>
  readonly prune: boolean
}

/** One deploy: who runs it, of what. */
interface Deploying extends Invocation {
  readonly stack: string
  readonly compose: Compose
  /** Where relative paths of the files start. */
  readonly folder: string
}

const fail = (message: string) => Effect.fail({ message })
const say = ({ output }: Invocation, line: string) => Effect.sync(() => output.write("stdout", `${line}\n`))

/** Names of an engine's objects, with their ids. */
const idsOf = (objects: ReadonlyMap<string, { readonly id: string; readonly name: string }>) => new Map([...objects.values()].map(({ id, name }) => [name, id]))

const mineOf = ({ world, stack }: Deploying) => [...world.swarm.services.values()].filter(({ spec }) => spec.labels[stackLabel] === stack)

/** `--prune`: services that the files no longer have. */
const prune = Effect.fnUntraced(function* (deploying: Deploying) {
  const { world, process, compose, stack } = deploying
  const call = engineCallOf(world, process)
  const names = new Set(compose.services.map(({ name }) => `${stack}_${name}`))
  const mine = yield* call("list services", stack, () => Result.succeed(mineOf(deploying)))
  for (const { id, spec } of mine) if (!names.has(spec.name)) yield* call("remove service", id, () => removeService(world.swarm, id))
})

/** The stack's own networks are made, external ones demanded. */
const makeNetworks = Effect.fnUntraced(function* (deploying: Deploying) {
  const { world, process, compose, stack } = deploying
  const { swarm } = world
  const call = engineCallOf(world, process)
  const keys = [...new Set(compose.services.flatMap(({ networks }) => networks))]
  const networks = keys.map((key) => ({ name: networkName(compose, stack, key), external: compose.networks.find((one) => one.key === key)?.external === true }))
  for (const { name } of networks.filter(({ external }) => external)) {
    const found = yield* call("look at network", name, () => Result.succeed(swarm.find(swarm.networks, name)))
    const hint = "You need to create a swarm-scoped network before the stack is deployed"
    if (found === undefined) return yield* fail(`network "${name}" is declared as external, but could not be found. ${hint}`)
  }
  const existing = yield* call("list networks", stack, () => Result.succeed(idsOf(swarm.networks)))
  for (const { name } of networks.filter((one) => !one.external && !existing.has(one.name))) {
    yield* say(deploying, `Creating network ${name}`)
    yield* call("create network", name, () => createNetwork(swarm, name, { [stackLabel]: stack }))
  }
})

const fileText = Effect.fnUntraced(function* ({ file }: ComposeResource, folder: string) {
  const disk = yield* Files
  if (file === undefined) return ""
  return yield* disk.readText(file.startsWith("/") ? file : `${folder}/${file.replace(/^\.\//, "")}`)
})

/** Secrets or configs that come from files. Their content can never change under one name. */
const makeFiles = Effect.fnUntraced(function* (deploying: Deploying, kind: "secret" | "config", resources: ReadonlyArray<ComposeResource>) {
  const { world, process, folder, stack } = deploying
  const { swarm } = world
  const call = engineCallOf(world, process)
  const objects = kind === "secret" ? swarm.secrets : swarm.configs
  for (const resource of resources.filter(({ external }) => !external)) {
    const text = yield* fileText(resource, folder)
    const found = yield* call(`look at ${kind}`, resource.name, () => Result.succeed(swarm.find(objects, resource.name)))
    if (found === undefined) {
      yield* say(deploying, `Creating ${kind} ${resource.name}`)
      yield* call(`create ${kind}`, resource.name, () => createFile(swarm, { kind, objects }, resource.name, text, { [stackLabel]: stack }))
      continue
    }
    const changed = refuse("invalid", "rpc error: code = InvalidArgument desc = only updates to Labels are allowed")
    yield* call(`update ${kind}`, resource.name, () => (found.text === text ? Result.succeed(undefined) : Result.fail(changed)))
  }
})

/** Services, made or changed; all that they refer to must be there. */
const makeServices = Effect.fnUntraced(function* (deploying: Deploying) {
  const { world, process, compose, stack } = deploying
  const { swarm } = world
  const call = engineCallOf(world, process)
  const list = (what: string, objects: Parameters<typeof idsOf>[0]) => call(`list ${what}`, stack, () => Result.succeed(idsOf(objects)))
  const known: Known = {
    networks: yield* list("networks", swarm.networks),
    secrets: yield* list("secrets", swarm.secrets),
    configs: yield* list("configs", swarm.configs)
  }
  const specs = compose.services.map((service) => stackService(compose, service, stack, known))
  for (const { template } of specs) {
    const missing = template.secrets.find(({ name }) => !known.secrets.has(name))
    if (missing !== undefined) return yield* fail(`secret not found: ${missing.name}`)
    const absent = template.configs.find(({ name }) => !known.configs.has(name))
    if (absent !== undefined) return yield* fail(`config not found: ${absent.name}`)
  }
  const present = yield* call("list services", stack, () =>
    Result.succeed(new Map(mineOf(deploying).map(({ id, version, spec }) => [spec.name, { id, version }])))
  )
  // The client walks a map of Go: any order may come.
  for (const spec of world.chance.shuffle(specs)) {
    const before = present.get(spec.name)
    if (before === undefined) {
      yield* say(deploying, `Creating service ${spec.name}`)
      yield* call("create service", spec.name, () => createService(swarm, spec))
    } else {
      yield* say(deploying, `Updating service ${spec.name} (id: ${before.id})`)
      yield* call("update service", spec.name, () => updateService(swarm, before.id, before.version, spec))
    }
  }
})

/** The whole deploy; 0 at its end. */
export const deployStack = Effect.fnUntraced(function* (invocation: Invocation, asked: Deploy) {
  const { world, process, cwd } = invocation
  const disk = yield* Files
  const inFolder = (path: string) => (path.startsWith("/") ? path : `${cwd}/${path}`)
  const texts = yield* Effect.forEach(asked.files, (name) => Effect.map(disk.readText(inFolder(name)), (text) => ({ name, text })))
  const read = readStack(texts, process.environment, asked.stack)
  if (Result.isFailure(read)) return yield* fail(read.failure)
  const deploying: Deploying = { ...invocation, stack: asked.stack, compose: read.success, folder: inFolder(asked.files[0] ?? "").replace(/\/[^/]*$/, "") }
  yield* engineCallOf(world, process)("ask about the engine", "", () => Result.succeed(undefined))
  if (asked.prune) yield* prune(deploying)
  yield* makeNetworks(deploying)
  yield* makeFiles(deploying, "secret", read.success.secrets)
  yield* makeFiles(deploying, "config", read.success.configs)
  yield* makeServices(deploying)
  return 0
})
