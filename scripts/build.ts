/**
 * `npm run build`: dist/bin.js, one file that starts quickly; dist/index.js and dist/recipe.js for programs that embed ccci, which share their
 * own copy of Effect with it; dist/harness/*.js, the programs that run in children; dist/types. Only koffi, a native module, stays outside of bin.js.
 */
import { spawnSync } from "node:child_process"
import { existsSync, readdirSync, renameSync, rmSync, utimesSync } from "node:fs"
import { join } from "node:path"
import { build } from "rolldown"

const root = join(import.meta.dirname, "..")
const dist = join(root, "dist")
// Put in its place whole, when all of it is there.
const made = join(root, ".cache/build")
const source = (path: string) => join(root, "src", path)
const started = new Date()

const bundle = (folder: string, input: Readonly<Record<string, string>>, external: ReadonlyArray<RegExp>) =>
  build({
    input: { ...input },
    cwd: root,
    platform: "node",
    external: [/^node:/, ...external],
    output: { dir: join(made, folder), format: "esm", chunkFileNames: "chunk-[hash].js" }
  })

const harness = existsSync(source("harness")) ? readdirSync(source("harness")).filter((file) => file.endsWith(".ts")) : []

rmSync(made, { recursive: true, force: true })
await bundle(".", { bin: source("bin.ts") }, [/^koffi$/])
await bundle(".", { index: source("index.ts"), recipe: source("recipe.ts") }, [/^[^./]/])
if (harness.length > 0) await bundle("harness", Object.fromEntries(harness.map((file) => [file.slice(0, -3), source(`harness/${file}`)])), [])
const types = spawnSync("tsc", ["--project", "tsconfig.build.json", "--outDir", join(made, "types")], { cwd: root, stdio: "inherit" })
if (types.status !== 0) throw new Error("tsc wrote no types: its reasons stand above")

// The launcher takes what is newer than the bundle for a change: a source that changed during the build is one.
utimesSync(join(made, "bin.js"), started, started)
rmSync(dist, { recursive: true, force: true })
renameSync(made, dist)
