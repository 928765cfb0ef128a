/** Settings as a process finds them: the config file's places, the environment, the lock directory's rule. */
import { spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, describe, it } from "vitest"

const bin = join(import.meta.dirname, "../../src/bin.ts")
const folder = mkdtempSync(join(tmpdir(), "ccci-settings-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const site = (name: string, config: unknown): string => {
  const path = join(folder, name)
  mkdirSync(path)
  writeFileSync(join(path, "ccci.config.json"), typeof config === "string" ? config : JSON.stringify(config))
  return path
}

const ccci = (args: ReadonlyArray<string>, cwd: string, env: Readonly<Record<string, string>> = {}) =>
  spawnSync(process.execPath, ["--disable-warning=ExperimentalWarning", bin, ...args], {
    cwd,
    encoding: "utf8",
    env: { PATH: process.env["PATH"] ?? "", HOME: folder, ...env },
    timeout: 60_000
  })

const check = ["recipe", "check", "blog"]
const here = site("here", { testsDir: "here-tests" })
const other = site("other", { testsDir: "other-tests" })
const broken = site("broken", '{ "testsDir": ')
const run = ["run", "blog", "--base-domain", "ci.example.org", "--gateway", "127.0.0.1"]

describe("spec 00: where the config file is found", () => {
  it.each([
    ["./ccci.config.json", check, {}, "here/here-tests"],
    ["CCCI_CONFIG before it", check, { CCCI_CONFIG: `${other}/ccci.config.json` }, "other/other-tests"],
    [
      "--config before that, relative to where the command was called",
      [...check, "--config", "../other/ccci.config.json"],
      { CCCI_CONFIG: "/nowhere" },
      "other/other-tests"
    ],
    ["the environment over the file", check, { CCCI_TESTS_DIR: "mine" }, "here/mine"],
    ["a flag over the environment", [...check, "--tests-dir", "/flag"], { CCCI_TESTS_DIR: "mine" }, "/flag"]
  ] as const)("%s", (_name, args, env, expected) => {
    const { status, stdout, stderr } = ccci(args, here, env)
    assert.strictEqual(status, 0, stderr)
    assert.include(stdout, `${expected} has no folder blog`)
  })
  it.each([
    [
      "one that is named and not there",
      check,
      { CCCI_CONFIG: "/nowhere/x.json" },
      here,
      /config file \/nowhere\/x\.json \(CCCI_CONFIG\) could not be read: ENOENT/
    ],
    ["one that is no JSON", check, {}, broken, /broken\/ccci\.config\.json is not JSON/]
  ] as const)("exit 2: %s", (_name, args, env, cwd, words) => {
    const { status, stdout, stderr } = ccci(args, cwd, env)
    assert.deepStrictEqual([status, stdout], [2, ""])
    assert.match(stderr, words)
  })
})

describe("spec 01: an engine that is not on a local unix socket is refused without an explicit lock directory", () => {
  it("exit 2, and it says what to set", () => {
    const { status, stderr } = ccci(run, here, { DOCKER_HOST: "tcp://127.0.0.1:9" })
    assert.strictEqual(status, 2)
    assert.match(stderr, /tcp:\/\/127\.0\.0\.1:9 is not on a local unix socket.*CCCI_APP_LOCK_DIR/)
  })
  it("with one it goes on, and finds that the engine does not answer: exit 3", () => {
    const { status, stdout, stderr } = ccci([...run, "--recipe-source", folder], here, {
      DOCKER_HOST: "tcp://127.0.0.1:9",
      CCCI_APP_LOCK_DIR: folder,
      CCCI_RUNS_DIR: join(folder, "runs")
    })
    assert.strictEqual(status, 3, stdout + stderr)
    assert.match(stdout, /Not judged: the machine is at fault/)
    assert.match(stderr, /^\[00:00\.\d\] /)
  })
  it("looking at locks is never refused", () => {
    assert.strictEqual(ccci(["locks"], here, { DOCKER_HOST: "tcp://127.0.0.1:9", CCCI_APP_LOCK_DIR: folder }).status, 0)
  })
})

describe("spec 04: a tests folder to begin with", () => {
  it("what `recipe new` writes, `recipe check` finds nothing wrong with, in a folder where nothing is installed", () => {
    assert.strictEqual(ccci(["recipe", "new", "blog"], here).status, 0)
    const { status, stdout, stderr } = ccci(check, here)
    assert.strictEqual(status, 0, stderr)
    for (const part of ["sets healthPath, healthOk", "postInstall", "functional/front-page.ts"]) assert.include(stdout, part)
  })
})
