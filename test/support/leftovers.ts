/** What is still there of a run's app, wherever it might be: looked for by other means than ccci's own, so that both would have to be wrong. */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import type { ExampleSiteInfo } from "../../src/services/ExampleSite.ts"
import { accepted, type Json } from "./engineApi.ts"
import { spawned } from "./spawned.ts"
import type { TestSwarm } from "./swarm.setup.ts"
import { witnessLabel } from "./witnesses.ts"

/** A live process that bears a mark of this app, or names the app in its arguments or elsewhere in its environment. */
export interface AppProcess {
  readonly pid: number
  readonly parent: number
  readonly command: string
}

const lists: Readonly<Record<string, string>> = {
  service: "/services",
  task: "/tasks",
  container: "/containers/json?all=1",
  network: "/networks",
  volume: "/volumes",
  secret: "/secrets",
  config: "/configs"
}

const listOf = (body: Json): ReadonlyArray<Json> => {
  if (body instanceof Array) return body
  return typeof body === "object" && body !== null && body["Volumes"] instanceof Array ? body["Volumes"] : []
}

/** Everything on the engine in whose listing the stack is named at all, witnesses excepted. */
const objectsOf = (swarm: TestSwarm, stack: string) =>
  Effect.forEach(
    Object.entries(lists),
    ([kind, path]) =>
      Effect.map(accepted(swarm, "GET", path), (body) =>
        listOf(JSON.parse(body.toString()))
          .map((object) => JSON.stringify(object))
          .filter((text) => text.includes(stack) && !text.includes(witnessLabel))
          .map((text) => `${kind} ${text.slice(0, 300)}`)
      ),
    { concurrency: 4 }
  )

/** Files and folders below a folder whose names contain one of these. */
const filesNamed = (folder: string, names: ReadonlyArray<string>): ReadonlyArray<string> =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: "utf8" })
        .filter((path) => names.some((name) => path.includes(name)))
        .map((path) => join(folder, path))
    : []

const read = (pid: string, name: string): string => {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "utf8")
  } catch {
    return "" // It is gone.
  }
}

/** Processes of this app that live; this one and zombies excepted. */
export const processesOf = (domain: string): ReadonlyArray<AppProcess> =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && name !== `${process.pid}`)
    .flatMap((pid) => {
      const command = read(pid, "cmdline").replaceAll("\0", " ")
      if (!command.includes(domain) && !read(pid, "environ").includes(domain)) return []
      const stat = read(pid, "stat")
      const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
      return state === undefined || state === "" || state === "Z" || state === "X" ? [] : [{ pid: Number(pid), parent: Number(parent), command }]
    })

/** Waits until nobody holds the lock of a file: the janitor of another run may just be looking whether there is something to reap. */
const released = (path: string) =>
  Effect.scoped(Effect.flatMap(spawned(["sh", "-c", 'exec 9<"$1" && exec flock --timeout 60 9', "sh", path]), (flock) => flock.ended))

/** Lock files of the app that are still there when nobody holds them any more. */
const lockFilesOf = (site: ExampleSiteInfo, domain: string) => {
  const found = Effect.sync(() => filesNamed(site.lockDir, [domain]))
  return Effect.flatMap(found, (paths) => (paths.length === 0 ? Effect.succeed(paths) : Effect.andThen(Effect.forEach(paths, released), found)))
}

/** All that is left of an app, a sentence each; nothing when nothing is. */
export const leftoversOf = (swarm: TestSwarm, site: ExampleSiteInfo, domain: string) =>
  Effect.map(Effect.all([objectsOf(swarm, domain.replaceAll(".", "_")), lockFilesOf(site, domain)]), ([objects, lockFiles]) => [
    ...objects.flat(),
    ...[...lockFiles, ...filesNamed(site.abraDir, [domain, domain.replaceAll(".", "_")])].map((path) => `file ${path}`),
    ...processesOf(domain).map(({ pid, command }) => `process ${pid} ${command}`)
  ])
