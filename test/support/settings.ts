/** Settings for tests: one site, its directories below a folder of the test's own. */
import { Duration, Option } from "effect"
import { BaseDomain } from "../../src/model/names.ts"
import type { Settings } from "../../src/services/Settings.ts"

const minute = Duration.minutes(1)

export const testSettings = (root: string, changes: Partial<Settings["Service"]> = {}): Settings["Service"] => ({
  baseDomain: BaseDomain.make("ci.example.org"),
  gateway: { address: "127.0.0.1", port: 443 },
  verifyCertificate: false,
  server: "default",
  testsDir: Option.some(`${root}/tests`),
  recipeSource: Option.none(),
  runsDir: `${root}/runs`,
  lockDir: `${root}/locks`,
  abraDir: `${root}/abra`,
  abra: "embedded",
  backend: "live",
  limits: {
    deploy: minute,
    converged: minute,
    healthy: minute,
    probes: minute,
    exec: minute,
    hook: minute,
    test: minute,
    settle: minute,
    backup: minute,
    pull: minute,
    request: minute,
    work: Duration.minutes(10),
    teardown: minute,
    killGrace: Duration.seconds(1),
    quiet: Duration.seconds(1),
    hold: Duration.seconds(1),
    slowLook: Duration.seconds(1)
  },
  keep: { count: 200, age: Duration.days(30) },
  concurrency: { tests: 2, pulls: 2 },
  deployCountFile: Option.none(),
  depsFile: Option.none(),
  buildNumber: Option.none(),
  ...changes
})
