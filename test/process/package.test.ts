/** The package as its users get it: packed from a copy of the project, installed into an empty folder, run and imported there. */
import { execFileSync } from "node:child_process"
import { cpSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

const project = join(import.meta.dirname, "../..")
const sources = ["ccci", "package.json", "package-lock.json", "README.md", "LICENSE", "tsconfig.json", "tsconfig.build.json", "src", "scripts", "examples"]

const embedding = `
import { Effect } from "effect"
import { Lock } from "ccci"
import type { RecipeDefinition } from "ccci/recipe"

export default { healthPath: "/health" } satisfies RecipeDefinition
const opened = Effect.gen(function* () {
  const lock = yield* Lock
  return yield* lock.open("/tmp/x")
})
export const path: Effect.Effect<string, import("ccci").LockError, Lock> = opened.pipe(Effect.map((file) => file.path))
console.log(Lock.key)
`

const { version } = JSON.parse(readFileSync(join(project, "package.json"), "utf8"))

describe("the npm package", () => {
  let base = ""
  let user = ""
  // npm tells the scripts that it runs where it runs: an npm beneath them must find its own folder.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm_|init_cwd$)/i.test(name)))
  const run = (command: string, args: ReadonlyArray<string>, cwd = user) =>
    execFileSync(command, args, { cwd, env, encoding: "utf8", stdio: "pipe", timeout: 240_000 })

  beforeAll(() => {
    base = mkdtempSync(join(tmpdir(), "ccci-package-"))
    const copy = join(base, "copy")
    user = join(base, "user")
    for (const folder of [copy, user]) mkdirSync(folder)
    for (const name of sources.filter((path) => existsSync(join(project, path)))) cpSync(join(project, name), join(copy, name), { recursive: true })
    symlinkSync(join(project, "node_modules"), join(copy, "node_modules"))
    run("npm", ["pack", "--pack-destination", base], copy)
    const tarball = readdirSync(base).find((name) => name.endsWith(".tgz"))
    writeFileSync(join(user, "package.json"), `{ "type": "module", "private": true }`)
    run("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", join(base, tarball ?? "no tarball")])
  })
  afterAll(() => rmSync(base, { recursive: true, force: true }))

  it("runs by npx, through npm's symlink", () => {
    expect(lstatSync(join(user, "node_modules/.bin/ccci")).isSymbolicLink()).toBe(true)
    expect(run("npx", ["--no-install", "ccci", "--version"])).toContain(version)
  })

  it("holds what runs, not how it was made", () => {
    const names = readdirSync(join(user, "node_modules/ccci"))
    expect(names).toEqual(expect.arrayContaining(["ccci", "dist", "examples", "package.json"]))
    for (const name of ["src", "test", "scripts", "docs"]) expect(names).not.toContain(name)
  })

  it("types and runs a program that embeds it, with the program's own Effect", () => {
    writeFileSync(join(user, "embed.ts"), embedding)
    writeFileSync(
      join(user, "tsconfig.json"),
      JSON.stringify({
        compilerOptions: { strict: true, module: "nodenext", target: "ES2024", noEmit: true, skipLibCheck: true, types: [] },
        files: ["embed.ts"]
      })
    )
    run(join(project, "node_modules/.bin/tsc"), [])
    expect(run("node_modules/.bin/node", ["embed.ts"]).trim()).toBe("ccci/services/Lock")
  })

  it("refuses a program that uses it wrongly, so that the types are more than any", () => {
    writeFileSync(join(user, "embed.ts"), embedding.replace(`lock.open("/tmp/x")`, "lock.open(42)").replace(`"/health"`, "42"))
    expect(() => run(join(project, "node_modules/.bin/tsc"), [])).toThrow(
      expect.objectContaining({ stdout: expect.stringMatching(/embed\.ts\(6,[^]*embed\.ts\(9,/) })
    )
  })
})
