/** Rules of HEALTH. */
import { row } from "./row.ts"

const healths = "test/programs/health.test.ts"
const health = "src/programs/health.ts"
const convergence = "src/programs/convergence.ts"
const upgrade = "src/programs/tiers/upgrade.ts"
const pure = "test/unit/convergence.test.ts"

export const healthRows = [
  row(
    "HEALTH-1",
    "the old task that still counts does not count",
    [pure, "HEALTH-1: the old task that still counts 1/1"],
    [convergence, "const { service, current, all } = look", "const { service, all } = look\n  const current = all"]
  ),
  row(
    "HEALTH-1",
    "a one-shot that did its work is no deficit",
    [healths, "HEALTH-1: a one-shot that did its work"],
    [convergence, 'service.restart === "none" || ', ""]
  ),
  row(
    "HEALTH-1",
    "one that failed is",
    [healths, "HEALTH-1: a one-shot that failed"],
    [convergence, '.filter(({ state, exitCode }) => state === "complete" && Option.getOrElse(exitCode, () => 0) === 0)', ""]
  ),
  row("HEALTH-1", "fewer tasks than wanted: not converged", [pure, "HEALTH-1"], [convergence, "running.length + finished < service.replicas", "false"]),
  row(
    "HEALTH-2",
    "only updating and rollback_started block",
    [pure, "HEALTH-2: an old %s flag does not block"],
    [convergence, 'state !== "updating" && state !== "rollback_started"', 'state === "completed"']
  ),
  row(
    "HEALTH-2",
    "a flag from long ago does not block",
    [healths, "HEALTH-2: a paused flag"],
    [convergence, 'state !== "updating" && state !== "rollback_started"', 'state !== "updating" && state !== "paused"']
  ),
  row(
    "HEALTH-3",
    "the domain, at the recipe's path",
    [healths, "HEALTH-3: the domain is SNI and Host"],
    [health, "answer(host, check.path, check.ok)", 'answer(host, "/", check.ok)']
  ),
  row(
    "HEALTH-3",
    "a redirect to the same host is followed, five at most",
    [healths, "HEALTH-3: a redirect within the host"],
    [health, "const redirects = 5", "const redirects = 6"]
  ),
  row(
    "HEALTH-3",
    "one to elsewhere is judged by its own status",
    [healths, "HEALTH-3: a redirect to elsewhere"],
    [health, "return url.hostname === host ? ", 'return url.hostname !== "" ? ']
  ),
  row("HEALTH-3", "defaults: 200, 301, 302 at /", [healths, "HEALTH-3: defaults"], ["src/programs/tiers/install.ts", "[200, 301, 302]", "[200]"]),
  row(
    "HEALTH-3",
    "httpTimeout bounds it",
    [healths, "HEALTH-3: defaults"],
    ["src/programs/tiers/install.ts", "httpTimeout === undefined ? limits.healthy : Duration.seconds(httpTimeout)", "limits.healthy"]
  ),
  row(
    "HEALTH-3",
    "the certificate verifies if the site says so",
    [healths, "HEALTH-3: the certificate need not verify"],
    [health, "verify: verifyCertificate", "verify: false"]
  ),
  row(
    "HEALTH-4",
    "TCP connects `stable` times in a row; one failure starts over",
    [healths, "HEALTH-4: a TCP probe connects"],
    [health, "Ref.set(inRow, 0)", "Effect.void"]
  ),
  row("HEALTH-4", "twice by default", [healths, "HEALTH-4: a TCP probe connects"], [health, "probe.stable ?? 2", "probe.stable ?? 1"]),
  row("HEALTH-4", "probes after install and after upgrade", [healths, "HEALTH-4: probes are used"], [upgrade, "  yield* healthy(app)\n", ""]),
  row(
    "HEALTH-5",
    "every wait is bounded",
    [healths, "HEALTH-5: a time-out names"],
    [health, 'what: "swarm to run what was deployed", bound: limits.converged', 'what: "swarm to run what was deployed", bound: limits.work']
  ),
  row(
    "HEALTH-5",
    "a time-out names domain, wait and last look",
    [healths, "HEALTH-5: a time-out names"],
    ["src/programs/wait.ts", "; last seen: ${this.seen}", ""]
  ),
  row(
    "HEALTH-5",
    "an engine out of reach is the machine's fault",
    [healths, "HEALTH-5: an engine that stopped answering"],
    [
      "src/programs/failed.ts",
      'return failure("infrastructure", error, error.reason === "unreachable"',
      'return failure("recipe", error, error.reason === "unreachable"'
    ]
  )
]
