/** Which room of the house may import which: the directions of `docs/architecture.md`, as a table. */

const inner = ["model", "recipe"]
const contracts = ["services", ...inner]
const layers = ["live backend", "simulated backend", "live layers", "simulated layers", "embedded layers", "common layers"]

/** A room: the path prefix (or file) that it is, the rooms it may import besides itself, and whether the outside world is open to it. */
interface Room {
  readonly name: string
  readonly path: string
  readonly imports: ReadonlyArray<string>
  /** The code here may touch node, timers, processes and promises. */
  readonly outside?: true
}

const rooms: ReadonlyArray<Room> = [
  { name: "recipe", path: "src/recipe.ts", imports: [] },
  { name: "model", path: "src/model/", imports: inner },
  { name: "services", path: "src/services/", imports: inner },
  { name: "programs", path: "src/programs/", imports: contracts },
  { name: "common layers", path: "src/layers/common/", imports: contracts },
  { name: "embedded layers", path: "src/layers/embedded/", imports: ["common layers", ...contracts] },
  { name: "simulated layers", path: "src/layers/simulated/", imports: ["embedded layers", "common layers", ...contracts] },
  { name: "live layers", path: "src/layers/live/", imports: ["harness", "embedded layers", "common layers", ...contracts], outside: true },
  { name: "simulated backend", path: "src/layers/simulated.ts", imports: ["simulated layers", "embedded layers", "common layers", ...contracts] },
  { name: "live backend", path: "src/layers/live.ts", imports: ["live layers", "embedded layers", "common layers", ...contracts] },
  { name: "harness", path: "src/harness/", imports: inner, outside: true },
  { name: "cli", path: "src/cli/", imports: ["programs", ...contracts] },
  { name: "index", path: "src/index.ts", imports: ["programs", ...layers, ...contracts] },
  { name: "bin", path: "src/bin.ts", imports: ["cli", "programs", ...layers, ...contracts], outside: true }
]

/** Packages that are pure TypeScript and open to every room; all others belong to the rooms that are open to the outside. */
const purePackages = /^(effect(\/.*)?|yaml)$/

/** The room of a path relative to the project; undefined for tests, scripts and examples, which are free. */
export const roomOf = (path: string): Room | undefined => rooms.find((room) => (room.path.endsWith("/") ? path.startsWith(room.path) : path === room.path))

/** Whether a file stands outside of `src`, or in one of its rooms that may touch the real world. */
export const isOutside = (path: string): boolean => !path.startsWith("src/") || roomOf(path)?.outside === true

/** Says what is wrong with one import, or nothing. `target` is a path of the project for a relative import, else the specifier as written. */
export const judgeImport = (from: string, target: string, relative: boolean): string | undefined => {
  if (!from.startsWith("src/")) return undefined
  const room = roomOf(from)
  if (room === undefined) return `${from} stands in no room of the house: give it one in scripts/lint/rooms.ts`
  if (!relative) {
    if (room.outside || purePackages.test(target)) return undefined
    return `"${target}" may be imported only by src/layers/live, src/harness and src/bin.ts: ask a service for what it gives`
  }
  const other = roomOf(target)
  if (other === undefined) return `the ${room.name} room imports ${target}, which is in no room of the house`
  if (other === room || room.imports.includes(other.name)) return undefined
  return `the ${room.name} room may not import the ${other.name} room (${target})`
}
