/** Settings of the simulated site: spec 00's defaults, and a base domain and gateway of its own. */
import { Duration, Option } from "effect"
import { BaseDomain } from "../../model/names.ts"
import type { Settings } from "../../services/Settings.ts"
import { places } from "./makeWorld.ts"
import type { World } from "./World.ts"

/** What a process of the world is configured with. */
export const simulatedSettings = (world: World, changes: Partial<Settings["Service"]> = {}): Settings["Service"] => ({
  baseDomain: BaseDomain.make("ci.example.org"),
  gateway: world.network.gateway,
  verifyCertificate: false,
  server: "default",
  testsDir: Option.some(places.testsDir),
  recipeSource: Option.some(`${places.recipes}/{recipe}`),
  runsDir: places.runsDir,
  lockDir: world.lockDir,
  abraDir: places.abraDir,
  abra: "embedded",
  backend: "simulated",
  limits: {
    deploy: Duration.seconds(900),
    converged: Duration.seconds(600),
    healthy: Duration.seconds(300),
    probes: Duration.seconds(600),
    exec: Duration.seconds(90),
    hook: Duration.seconds(300),
    test: Duration.seconds(300),
    settle: Duration.seconds(300),
    backup: Duration.seconds(900),
    pull: Duration.seconds(600),
    request: Duration.seconds(15),
    work: Duration.minutes(60),
    teardown: Duration.minutes(10),
    killGrace: Duration.seconds(15),
    quiet: Duration.seconds(2),
    hold: Duration.seconds(3),
    slowLook: Duration.seconds(2)
  },
  keep: { count: 200, age: Duration.days(30) },
  concurrency: { tests: 4, pulls: 3 },
  deployCountFile: Option.none(),
  depsFile: Option.none(),
  buildNumber: Option.none(),
  ...changes
})
