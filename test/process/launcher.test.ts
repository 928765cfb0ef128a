/** The launcher in a clone that is made for it: a fake npm, a program that tells how it was started, and nothing else on the PATH. */
import type { SpawnOptions } from "node:child_process"
import { execFileSync, spawn } from "node:child_process"
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { delimiter, dirname, join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"

const project = join(import.meta.dirname, "../..")
const report = (name: string) => `console.log(JSON.stringify({ program: "${name}", pid: process.pid, argv: process.argv.slice(2), node: process.execPath }))`

interface Launch {
  readonly pid: number | undefined
  /** Ends it with everything that it started. */
  readonly kill: () => void
  /** Resolves when stderr holds the text. */
  readonly says: (text: string) => Promise<void>
  readonly ended: Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>
}

const start = (command: string, args: ReadonlyArray<string>, options: SpawnOptions): Launch => {
  const child = spawn(command, args, { ...options, detached: true, stdio: ["ignore", "pipe", "pipe"] })
  let stdout = ""
  let stderr = ""
  child.stdout?.on("data", (chunk) => (stdout += chunk))
  child.stderr?.on("data", (chunk) => (stderr += chunk))
  const says = (text: string) =>
    new Promise<void>((resolve) => {
      const look = () => stderr.includes(text) && resolve()
      child.stderr?.on("data", look)
      look()
    })
  const ended = new Promise<Awaited<Launch["ended"]>>((resolve, reject) => {
    child.on("error", reject)
    child.on("close", (code) => resolve({ code, stdout, stderr }))
  })
  const kill = () => {
    try {
      process.kill(-(child.pid ?? NaN), "SIGKILL")
    } catch {
      // Gone already, as it should be.
    }
  }
  return { pid: child.pid, kill, says, ended }
}

describe("the launcher", () => {
  let base = ""
  let home = ""
  let tools = ""

  const executable = (path: string, text: string) => {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
    chmodSync(path, 0o755)
  }
  const toolFrom = (name: string) => {
    const found = (process.env["PATH"] ?? "").split(delimiter).find((folder) => !folder.includes("node_modules") && existsSync(join(folder, name)))
    if (found === undefined) throw new Error(`this test needs ${name} on the PATH`)
    symlinkSync(join(found, name), join(tools, name))
  }
  const launches: Array<Launch> = []
  const launch = (args: ReadonlyArray<string> = [], command = join(home, "ccci"), cwd = base) => {
    const launched = start(command, args, { cwd, env: { PATH: tools } })
    launches.push(launched)
    return launched
  }
  /** Ends well and printed its report. */
  const reportOf = async (launched: Launch) => {
    const { code, stdout, stderr } = await launched.ended
    expect({ code, stderr }).toMatchObject({ code: 0 })
    return { ...JSON.parse(stdout), stderr }
  }
  const install = () => {
    mkdirSync(join(home, "node_modules/node/bin"), { recursive: true })
    symlinkSync(process.execPath, join(home, "node_modules/node/bin/node"))
    writeFileSync(join(home, "node_modules/.package-lock.json"), "{}")
  }
  const bundle = (age: number) => {
    mkdirSync(join(home, "dist"), { recursive: true })
    writeFileSync(join(home, "dist/bin.js"), report("bundle"))
    const time = Date.now() / 1000 - age
    utimesSync(join(home, "dist/bin.js"), time, time)
  }
  const allOlder = (age: number) => {
    const time = Date.now() / 1000 - age
    for (const path of ["src", "src/cli", "src/bin.ts", "src/cli/root.ts", "package.json"]) utimesSync(join(home, path), time, time)
  }
  /** Counts its calls, runs the script given, then installs as npm does. */
  const fakeNpm = (script = "") =>
    executable(
      join(tools, "npm"),
      `#!/bin/sh\necho "$*" >>"${base}/npm.log"\n${script}\nmkdir -p node_modules/node/bin\nln -s "${process.execPath}" node_modules/node/bin/node\necho {} >node_modules/.package-lock.json\necho "npm talks on stdout"\n`
    )
  const npmCalls = () => (existsSync(join(base, "npm.log")) ? readFileSync(join(base, "npm.log"), "utf8").trim().split("\n") : [])

  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), "ccci-launcher-"))
    home = join(base, "a clone's home")
    tools = join(base, "tools")
    mkdirSync(tools)
    mkdirSync(join(home, "src/cli"), { recursive: true })
    copyFileSync(join(project, "ccci"), join(home, "ccci"))
    writeFileSync(join(home, "package.json"), `{ "type": "module" }`)
    writeFileSync(join(home, "package-lock.json"), "{}")
    writeFileSync(join(home, "src/bin.ts"), report("sources"))
    writeFileSync(join(home, "src/cli/root.ts"), "export {}")
    for (const name of ["sh", "readlink", "find", "flock", "mkdir", "ln"]) toolFrom(name)
  })
  afterEach(() => {
    for (const { kill } of launches.splice(0)) kill()
    rmSync(base, { recursive: true, force: true })
  })

  it("becomes node itself, and hands on the arguments as they are", async () => {
    install()
    const launched = launch(["run", "two words", "", "--x=$HOME", "*"])
    const told = await reportOf(launched)
    expect(told).toMatchObject({ program: "sources", pid: launched.pid, argv: ["run", "two words", "", "--x=$HOME", "*"], stderr: "" })
  })

  it("is found through symlinks, relative and absolute, in a chain", async () => {
    install()
    mkdirSync(join(base, "bin"))
    symlinkSync("../a clone's home/ccci", join(base, "bin/relative"))
    symlinkSync(join(base, "bin/relative"), join(base, "bin/ccci"))
    expect(await reportOf(launch([], join(base, "bin/ccci")))).toMatchObject({ program: "sources" })
  })

  it("runs without a path, as `sh ccci` starts it", async () => {
    install()
    expect(await reportOf(launch(["ccci"], "/bin/sh", home))).toMatchObject({ program: "sources" })
  })

  it("installs the dependencies of a fresh clone once, and keeps stdout for the program", async () => {
    fakeNpm()
    const first = await reportOf(launch())
    expect(first.stderr).toContain("installing the dependencies (npm ci)")
    expect(first.stderr).toContain("npm talks on stdout")
    expect(await reportOf(launch())).toMatchObject({ stderr: "" })
    expect(npmCalls()).toEqual(["ci --no-audit --no-fund --loglevel=error"])
  })

  it("installs once for several launches at the same time", async () => {
    execFileSync("mkfifo", [join(base, "go")])
    fakeNpm(`read -r word <"${base}/go"`)
    const first = launch()
    await first.says("installing the dependencies")
    const second = launch()
    await second.says("waiting for another ccci")
    writeFileSync(join(base, "go"), "go\n")
    const told = await Promise.all([reportOf(first), reportOf(second)])
    expect(told.map(({ program }) => program)).toEqual(["sources", "sources"])
    expect(npmCalls()).toHaveLength(1)
  })

  it("says that an install failed, starts nothing, and tries again the next time", async () => {
    fakeNpm("echo no network >&2; exit 7")
    const failed = await launch().ended
    expect(failed).toMatchObject({ code: 1, stdout: "" })
    expect(failed.stderr).toMatch(/no network[^]*npm ci failed/)
    fakeNpm()
    expect(await reportOf(launch())).toMatchObject({ program: "sources" })
    expect(npmCalls()).toHaveLength(2)
  })

  it("says that there is no npm", async () => {
    expect(await launch().ended).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("no npm") })
  })

  it("takes the PATH's node when the package has none, if it is 22.19 or newer", async () => {
    install()
    rmSync(join(home, "node_modules/node"), { recursive: true })
    const nodeOf = (version: string) =>
      executable(join(tools, "node"), `#!/bin/sh\nif [ "$1" = --version ]; then echo v${version}; else exec "${process.execPath}" "$@"; fi\n`)
    for (const version of ["22.19.0", "24.0.1", "100.0.0"]) {
      nodeOf(version)
      expect(await reportOf(launch()), version).toMatchObject({ program: "sources" })
    }
    for (const version of ["22.18.9", "20.20.2", "9.30.0"]) {
      nodeOf(version)
      expect(await launch().ended, version).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("needs Node 22.19") })
    }
    rmSync(join(tools, "node"))
    expect(await launch().ended).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("needs Node 22.19") })
  })

  it("prefers the package's node, and finds it beside an installed package too", async () => {
    install()
    executable(join(tools, "node"), "#!/bin/sh\nexit 9\n")
    expect(await reportOf(launch())).toMatchObject({ node: process.execPath })
    const packageHome = join(base, "node_modules/ccci")
    mkdirSync(join(packageHome, "dist"), { recursive: true })
    copyFileSync(join(home, "ccci"), join(packageHome, "ccci"))
    copyFileSync(join(home, "package.json"), join(packageHome, "package.json"))
    writeFileSync(join(packageHome, "dist/bin.js"), report("bundle"))
    mkdirSync(join(base, "node_modules/node/bin"), { recursive: true })
    symlinkSync(process.execPath, join(base, "node_modules/node/bin/node"))
    expect(await reportOf(launch([], join(packageHome, "ccci")))).toMatchObject({ program: "bundle", node: process.execPath })
  })

  it("runs the bundle only while it is newer than every source, a removed one too", async () => {
    install()
    bundle(60)
    allOlder(120)
    expect(await reportOf(launch())).toMatchObject({ program: "bundle" })
    writeFileSync(join(home, "src/cli/root.ts"), "export const changed = 1")
    expect(await reportOf(launch())).toMatchObject({ program: "sources" })
    allOlder(120)
    writeFileSync(join(home, "package.json"), `{ "type": "module", "version": "2.0.0" }`)
    expect(await reportOf(launch())).toMatchObject({ program: "sources" })
    allOlder(120)
    rmSync(join(home, "src/cli/root.ts"))
    expect(await reportOf(launch())).toMatchObject({ program: "sources" })
  })
})
