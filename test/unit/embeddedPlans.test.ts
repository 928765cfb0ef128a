import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { spawnSync } from "node:child_process"
import { hookCommand, piecesOf } from "../../src/layers/embedded/backupPlan.ts"
import { entryService, exposedVariables, stackFile, stackLabels, steersTheClient } from "../../src/layers/embedded/stackFile.ts"
import { backupLabelsOf } from "../../src/model/backupLabels.ts"
import { readCompose } from "../../src/model/compose.ts"
import type { Container } from "../../src/services/Docker.ts"

const compose = (text: string) => Result.getOrThrow(readCompose([{ name: "compose.yml", text }], { STACK_NAME: "s" }))

describe("what the embedded abra adds to a stack (ABRA-2)", () => {
  it.each([
    ["app, wherever it stands", "{ db: {}, app: {} }", "app"],
    ["else the one with the version label", '{ db: {}, web: { deploy: { labels: ["coop-cloud.s.version=1.0.0+1"] } } }', "web"],
    ["else the first", "{ one: {}, two: {} }", "one"],
    ["none of none", "{}", undefined]
  ])("labels go to %s", (_, services, expected) => {
    assert.strictEqual(entryService(compose(`services: ${services}`), "s")?.name, expected)
  })

  it("UPG-4: a chaos deploy says its commit and leaves the version alone; a pinned one says its version", () => {
    const commit = "0123456789abcdef0123456789abcdef01234567"
    const common = { stack: "s", recipe: "blog" }
    assert.deepStrictEqual(stackLabels({ ...common, what: { commit, dirty: true } }), {
      "coop-cloud.s.recipe": "blog",
      "coop-cloud.s.chaos": "true",
      "coop-cloud.s.chaos-version": "01234567+U"
    })
    assert.deepStrictEqual(stackLabels({ ...common, what: { version: "1.0.0+1" } }), {
      "coop-cloud.s.recipe": "blog",
      "coop-cloud.s.chaos": "false",
      "coop-cloud.s.version": "1.0.0+1"
    })
  })

  it("variables go to app only, never over the compose file's own, an env_file's, or what swarm would expand", () => {
    const variables = { A: "1", B: "$x", C: "{{ .Domain }}" }
    const exposed = (service: string) => {
      const [first] = compose(`services: { ${service} }`).services
      return first === undefined ? undefined : exposedVariables(first, variables)
    }
    assert.deepStrictEqual(exposed("app: { environment: { A: mine } }"), { B: "$x" })
    assert.deepStrictEqual(exposed("app: { env_file: .env }"), {})
    assert.deepStrictEqual(exposed("db: {}"), {})
  })

  it("the file reads back as a compose file, dollars escaped, in the version of the others", () => {
    const whole = compose('version: "3.8"\nservices: { app: {} }')
    const [app] = whole.services
    assert.isDefined(app)
    if (app === undefined) return
    const read = compose(stackFile(whole, app, { label: "costs $5 ${X}" }, { PRICE: "$$ 5 $A" }))
    assert.deepStrictEqual([read.version, read.services[0]?.labels, read.services[0]?.environment], ["3.8", { label: "costs $5 ${X}" }, { PRICE: "$$ 5 $A" }])
  })

  it.each(["PATH", "HOME", "LD_PRELOAD", "DOCKER_HOST", "DOCKER_CONFIG", "CCCI_APP_LOCK", "ABRA_DIR"])(
    "an .env that sets %s would steer the client",
    (name) => {
      assert.isTrue(steersTheClient(name))
    }
  )
  it.each(["DOMAIN", "STACK_NAME", "APP_PATH", "HOMEPAGE", "SECRET_DOCKER_VERSION"])("%s is the app's", (name) => {
    assert.isFalse(steersTheClient(name))
  })
})

describe("what a backup consists of (ABRA-6)", () => {
  const mount = (name: string, destination: string, type = "volume") => ({ type, name, destination })
  const container: Container = {
    id: "c",
    name: "c",
    labels: {},
    image: "i",
    state: "running",
    mounts: [
      mount("s_data", "/data"),
      mount("s_db", "/var/lib/db/"),
      mount("shared", "/shared"),
      mount("a".repeat(64), "/anonymous"),
      mount("", "/bind", "bind")
    ]
  }
  const plan = (labels: Readonly<Record<string, string>>) => {
    const asked = backupLabelsOf({ "backupbot.backup": "true", ...labels })
    return asked === undefined ? [] : piecesOf(asked, container, "s")
  }
  const whole = (directory: string) => ({ path: `${directory.replace(/\/$/, "")}/.`, directory })

  it("every named volume, whole", () => {
    assert.deepStrictEqual(plan({}), [whole("/data"), whole("/var/lib/db/"), whole("/shared")])
  })
  it("but those that are excluded, and of others the paths that are named", () => {
    assert.deepStrictEqual(
      plan({ "backupbot.backup.volumes.data": "false", "backupbot.backup.volumes.shared": "false", "backupbot.backup.volumes.db.path": "/dump.sql, a/b/" }),
      [
        { path: "/var/lib/db/dump.sql", directory: "/var/lib/db" },
        { path: "/var/lib/db/a/b", directory: "/var/lib/db/a" }
      ]
    )
  })
  it("and the paths of the older form", () => {
    assert.deepStrictEqual(plan({ "backupbot.backup.path": "/etc/app,/top" }).slice(3), [
      { path: "/etc/app", directory: "/etc" },
      { path: "/top", directory: "/" }
    ])
  })
})

describe("hooks run as the bot runs them: the label's text in a shell", () => {
  const run = (hook: string) => {
    const [command = "", ...args] = hookCommand(hook)
    const { status, stdout } = spawnSync(command, args, { encoding: "utf8" })
    return { status, stdout }
  }
  it("quotes, pipes, variables and several commands are the shell's", () => {
    assert.deepStrictEqual(run(`X="a b"; printf '%s\\n' "$X" | tr a z && sh -c 'echo "in $0"' shell`), { status: 0, stdout: "z b\nin shell\n" })
  })
  it("its exit code is the hook's", () => {
    assert.strictEqual(run("true; exit 7").status, 7)
    assert.strictEqual(run("no-such-command-here 2>/dev/null").status, 127)
  })
  it("a dump that fails at the head of a pipe fails the hook, where the shell knows how", () => {
    const { status } = spawnSync("bash", [...hookCommand("false | cat").slice(1)], { encoding: "utf8" })
    assert.strictEqual(status, 1)
  })
})
