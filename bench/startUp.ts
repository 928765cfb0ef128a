/** `ccci --version` against a bare Effect command line, bundled in the same way: wall time and peak memory. */
import { join } from "node:path"
import { build } from "rolldown"
import { run } from "./child.ts"
import { median, table } from "./figures.ts"

const root = join(import.meta.dirname, "..")
const nodeFlags = ["--disable-warning=ExperimentalWarning", "--disable-warning=MODULE_TYPELESS_PACKAGE_JSON"]

/** The bundle of bareCli.ts, with the options of scripts/build.ts. */
const bundleBare = async (): Promise<string> => {
  const directory = join(root, ".cache/bench")
  await build({
    input: { bareCli: join(import.meta.dirname, "bareCli.ts") },
    cwd: root,
    platform: "node",
    external: [/^node:/, /^koffi$/],
    output: { dir: directory, format: "esm", chunkFileNames: "chunk-[hash].js" }
  })
  return join(directory, "bareCli.js")
}

interface Program {
  readonly name: string
  readonly command: string
  readonly args: ReadonlyArray<string>
}

/** Takes turns, so that a slow moment of the machine strikes all of them. */
export const measureStartUp = async (rounds: number): Promise<string> => {
  const bare = await bundleBare()
  const node = process.execPath
  const programs: ReadonlyArray<Program> = [
    { name: "bare Effect CLI", command: node, args: [...nodeFlags, bare, "--version"] },
    { name: "node dist/bin.js", command: node, args: [...nodeFlags, join(root, "dist/bin.js"), "--version"] },
    { name: "./ccci", command: join(root, "ccci"), args: ["--version"] },
    { name: "node alone", command: node, args: ["--eval", "0"] }
  ]
  const walls = programs.map((): Array<number> => [])
  const peaks = programs.map((): Array<number> => [])
  for (let round = 0; round < rounds; round++) {
    for (const [at, { command, args }] of programs.entries()) {
      walls[at]?.push((await run(command, args, process.env)).wall)
      // Apart from the timed one: the module that tells the peak costs time, too.
      if (round < 5) {
        const env = { ...process.env, NODE_OPTIONS: `--import=${join(import.meta.dirname, "peakMemory.mjs")}` }
        peaks[at]?.push(Number((await run(command, args, env)).note) / 1024)
      }
    }
  }
  const floor = median(walls[0] ?? [])
  const rows = programs.map(({ name }, at) => {
    const wall = median(walls[at] ?? [])
    return [name, wall.toFixed(0), (wall / floor).toFixed(2), median(peaks[at] ?? []).toFixed(0)]
  })
  return table([["--version", "ms", "ratio", "peak MiB"], ...rows])
}
