import { assert, describe, it } from "@effect/vitest"
import { Duration, Option, Result } from "effect"
import { containerEvidence, isHostMount, lockDirRefusal } from "../../src/model/lockDirRule.ts"
import { settingDefaults, settingKeys } from "../../src/model/settingKeys.ts"
import { secretsInUrl } from "../../src/model/urlSecrets.ts"
import type { SettingsSources } from "../../src/model/settingsSources.ts"
import { decodeSettings, describeProblem, resolvePath } from "../../src/model/settingsSources.ts"

const place = { root: true, home: "/root", stateHome: "/root/.local/state", cwd: "/work" }
const needed = { CCCI_BASE_DOMAIN: "ci.example.org", CCCI_GATEWAY: "127.0.0.1" }

const decode = (over: Partial<SettingsSources> = {}) =>
  decodeSettings({ flags: {}, file: Option.none(), place, ...over, environment: over.environment ?? needed })
const file = (content: unknown) => Option.some({ path: "/etc/ccci/config.json", content })
const values = (over?: Partial<SettingsSources>) => Result.getOrThrow(decode(over)).values
const problems = (over: Partial<SettingsSources>) => Result.getOrThrow(Result.flip(decode(over))).map(describeProblem)

describe("spec 00: settings", () => {
  it("defaults", () => {
    const { runsDir, lockDir, abraDir, server, abra, gateway, limits, keep, verifyCertificate } = values()
    assert.deepStrictEqual(
      { runsDir, lockDir, abraDir, server, abra, gateway, verifyCertificate },
      {
        runsDir: "/var/lib/ccci/runs",
        lockDir: "/run/lock",
        abraDir: "/root/.abra",
        server: "default",
        abra: "auto",
        gateway: { address: "127.0.0.1", port: 443 },
        verifyCertificate: false
      }
    )
    const seconds = Object.fromEntries(Object.entries(limits).map(([key, limit]) => [key, Duration.toSeconds(limit)]))
    assert.deepInclude(seconds, {
      deploy: 900,
      converged: 600,
      healthy: 300,
      probes: 600,
      exec: 90,
      hook: 300,
      test: 300,
      settle: 300,
      work: 3_600,
      teardown: 600,
      killGrace: 15,
      quiet: 2
    })
    assert.deepStrictEqual([keep.count, Duration.toDays(keep.age)], [200, 30])
  })
  it("runs directory of an ordinary user lies below the state home", () => {
    assert.strictEqual(values({ place: { ...place, root: false, stateHome: "/home/me/.local/state" } }).runsDir, "/home/me/.local/state/ccci/runs")
  })
  it("flag over environment over file over default, and the origin is kept", () => {
    const all = { flags: { server: "f" }, environment: { ...needed, CCCI_SERVER: "e" }, file: file({ server: "c" }) }
    const pick = (over: Partial<SettingsSources>) => {
      const { values: found, origins } = Result.getOrThrow(decode(over))
      return [found.server, origins["server"]?.source, origins["server"]?.name]
    }
    assert.deepStrictEqual(pick(all), ["f", "flag", "--server"])
    assert.deepStrictEqual(pick({ ...all, flags: {} }), ["e", "environment", "CCCI_SERVER"])
    assert.deepStrictEqual(pick({ file: all.file }), ["c", "file", "/etc/ccci/config.json"])
    assert.deepStrictEqual(pick({}), ["default", "default", ""])
  })
  it("every setting has a name, a description and, but for those that must be set or may be absent, a default", () => {
    const optional = ["baseDomain", "gateway", "testsDir", "recipeSource", "dockerCertPath", "deployCountFile", "depsFile", "buildNumber", "ciLimit"]
    const defaults = settingDefaults(place)
    for (const { key, doc } of settingKeys) {
      assert.isAbove(doc.length, 10, key)
      assert.strictEqual(key in defaults, !optional.includes(key), key)
    }
    assert.strictEqual(new Set(settingKeys.flatMap(({ env }) => env)).size, settingKeys.flatMap(({ env }) => env).length)
  })
  it("the environment names of spec 00 are known, and empty ones do not count", () => {
    for (const name of ["CCCI_APP_LOCK_DIR", "CCCI_DEPLOY_COUNT_FILE", "CCCI_DEPS_FILE", "ABRA_DIR", "DOCKER_HOST"])
      assert.isTrue(
        settingKeys.some(({ env }) => env.includes(name)),
        name
      )
    assert.strictEqual(values({ environment: { ...needed, CCCI_APP_LOCK_DIR: "/locks", ABRA_DIR: "" } }).lockDir, "/locks")
    assert.strictEqual(values({ environment: { ...needed, ABRA_DIR: "" } }).abraDir, "/root/.abra")
  })
  it("paths: relative to the config file, or to where the command runs; ~ is home", () => {
    assert.deepStrictEqual(values({ file: file({ testsDir: "../tests", recipeSource: "recipes/{recipe}" }) }).testsDir, Option.some("/etc/tests"))
    assert.deepStrictEqual(values({ file: file({ recipeSource: "recipes/{recipe}" }) }).recipeSource, Option.some("/etc/ccci/recipes/{recipe}"))
    assert.deepStrictEqual(
      values({ flags: { recipeSource: "https://example.org/{recipe}.git" } }).recipeSource,
      Option.some("https://example.org/{recipe}.git")
    )
    assert.deepStrictEqual(values({ flags: { recipeSource: "git@example.org:{recipe}" } }).recipeSource, Option.some("git@example.org:{recipe}"))
    assert.strictEqual(values({ flags: { runsDir: "runs" } }).runsDir, "/work/runs")
    assert.strictEqual(resolvePath("/a/b", "/root", "~/x/../y/./z"), "/root/y/z")
  })
  it.each([
    ["90s", 90_000],
    ["15m", 900_000],
    ["1.5h", 5_400_000],
    ["250ms", 250],
    ["42", 42_000]
  ] as const)("a duration %s", (text, millis) => {
    assert.strictEqual(Duration.toMillis(values({ environment: { ...needed, CCCI_LIMIT_DEPLOY: text } }).limits.deploy), millis)
  })
  it("a duration as a number of seconds in the config file", () => {
    assert.strictEqual(Duration.toMillis(values({ file: file({ limits: { killGrace: 20 } }) }).limits.killGrace), 20_000)
  })
  it.each([
    ["127.0.0.1:8443", { address: "127.0.0.1", port: 8443 }],
    ["[::1]:8443", { address: "::1", port: 8443 }],
    ["[fe80::1]", { address: "fe80::1", port: 443 }],
    ["gateway.example.org", { address: "gateway.example.org", port: 443 }]
  ] as const)("a gateway %s", (text, expected) => assert.deepStrictEqual(values({ flags: { gateway: text } }).gateway, expected))

  it.each<readonly [string, Partial<SettingsSources>, RegExp]>([
    [
      "no base domain",
      { environment: { CCCI_GATEWAY: "127.0.0.1" } },
      /baseDomain is not set: no default exists; set it by --base-domain, or CCCI_BASE_DOMAIN, or "baseDomain" in ccci.config.json/
    ],
    ["no gateway", { environment: { CCCI_BASE_DOMAIN: "a.b" } }, /gateway is not set.*--gateway.*CCCI_GATEWAY/],
    ["a duration of nothing", { flags: { "limits.work": "0s" } }, /limits\.work is "0s" \(from --set limits\.work\): expected a duration/],
    [
      "no duration",
      { environment: { ...needed, CCCI_LIMIT_KILL_GRACE: "soon" } },
      /limits\.killGrace is "soon" \(from CCCI_LIMIT_KILL_GRACE\): expected a duration such as 90s/
    ],
    [
      "RUN-6: a base domain that abra would cut",
      { flags: { baseDomain: "a-very-long-base-domain.example.org" } },
      /baseDomain .*\(from --base-domain\): expected a host name of at most 33 characters/
    ],
    ["a port that is none", { flags: { gateway: "host:99999" } }, /gateway .*port between 1 and 65535/],
    [
      "an unknown key with a near one",
      { file: file({ limits: { wrok: "1h" } }) },
      /limits\.wrok is "1h" \(from \/etc\/ccci\/config\.json\).*did you mean .*limits\.work\?/
    ],
    ["a wrong type in the file", { file: file({ verifyCertificate: "perhaps" }) }, /verifyCertificate is "perhaps" .*expected true or false/],
    ["an unknown abra", { flags: { abra: "magic" } }, /abra is "magic" \(from --abra\): expected auto, cli or embedded/],
    ["a file that is no object", { file: file([1]) }, /The configuration \(from \/etc\/ccci\/config\.json\): expected a JSON object/],
    [
      "LIFE-4: work and teardown do not fit the CI's limit",
      { environment: { ...needed, CCCI_CI_LIMIT: "60m" } },
      /ciLimit is "60m" \(from CCCI_CI_LIMIT\): expected at least limits\.work \+ limits\.teardown = 4200 s/
    ]
  ])("%s: the error names key, value, origin and what was expected", (_name, over, expected) => {
    const all = problems(over)
    assert.isTrue(
      all.some((one) => expected.test(one)),
      all.join("\n")
    )
  })
  it("LIFE-4: budgets that just fit are fine", () => {
    assert.isTrue(Result.isSuccess(decode({ environment: { ...needed, CCCI_CI_LIMIT: "70m" } })))
  })
  it("all problems are told together", () => {
    assert.strictEqual(problems({ environment: {}, flags: { abra: "magic" }, file: file({ nonsense: 1 }) }).length, 4)
  })
})

describe("spec 01: which lock directories are refused", () => {
  const facts = { dockerHost: "unix:///var/run/docker.sock", lockDir: "/run/lock", explicit: false, container: Option.none(), hostLockDir: false }
  it.each([
    ["a local socket outside of containers", {}, false],
    ["an engine elsewhere", { dockerHost: "tcp://node1:2376" }, true],
    ["an engine elsewhere, the directory set explicitly", { dockerHost: "ssh://node1", explicit: true }, false],
    ["a container without the host's directory", { container: Option.some("/.dockerenv exists") }, true],
    ["a container with it", { container: Option.some("/.dockerenv exists"), hostLockDir: true }, false],
    ["a container, the directory set explicitly", { container: Option.some("/.dockerenv exists"), explicit: true }, false]
  ] as const)("%s", (_name, over, refused) => {
    const refusal = lockDirRefusal({ ...facts, ...over })
    assert.strictEqual(Option.isSome(refusal), refused)
    if (Option.isSome(refusal)) assert.match(refusal.value, /CCCI_APP_LOCK_DIR/)
  })
  it("what says that this is a container", () => {
    assert.isTrue(Option.isSome(containerEvidence(["/.dockerenv"], "", {})))
    assert.isTrue(Option.isSome(containerEvidence([], "", { container: "podman" })))
    assert.isTrue(Option.isSome(containerEvidence([], "12:cpu:/docker/abcdef", {})))
    assert.isTrue(Option.isNone(containerEvidence([], "0::/init.scope", {})))
  })
  it("a mount of the host's at exactly the lock directory counts; a tmpfs of the container's own does not", () => {
    assert.isTrue(isHostMount("36 25 0:32 /lock /run/lock rw,nosuid - tmpfs tmpfs rw", "/run/lock"))
    assert.isTrue(isHostMount("36 25 8:1 /srv/locks /run/lock rw - ext4 /dev/sda1 rw", "/run/lock"))
    assert.isFalse(isHostMount("36 25 0:32 / /run/lock rw - tmpfs tmpfs rw", "/run/lock"))
    assert.isFalse(isHostMount("36 25 8:1 /srv/locks /run rw - ext4 /dev/sda1 rw", "/run/lock"))
  })
})

describe("secrets in the URL of a recipe's source", () => {
  it.each([
    ["https://me:t0k%3Aen@example.org/x.git", ["t0k%3Aen", "t0k:en"]],
    ["https://t0ken@example.org/x.git", ["t0ken"]],
    ["https://me:100%@example.org/x.git", ["100%"]],
    ["ssh://git@example.org/x.git", []],
    ["https://example.org/@scope/x.git", []],
    ["/srv/recipes/x", []]
  ] as const)("%s", (url, secrets) => assert.deepStrictEqual(secretsInUrl(url), [...secrets]))
})
