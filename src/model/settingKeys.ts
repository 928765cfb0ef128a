/** Each setting's name in the environment and on the command line, what it is, and its default (spec 00). */
import { Option } from "effect"

/** How a text from outside becomes a key's raw value: numbers and booleans are read, paths are resolved, everything else is taken as it is. */
export type Kind = "text" | "number" | "boolean" | "path" | "source" | "duration" | "record"

/** A key, what it is, the environment variables that set it (the first one set counts), and its flag if it has one of its own; `--set key=value` sets any. */
export interface SettingKey {
  readonly key: string
  readonly kind: Kind
  readonly doc: string
  readonly env: ReadonlyArray<string>
  readonly flag: Option.Option<string>
}

const at = (key: string, kind: Kind, doc: string, env: ReadonlyArray<string>, flag?: string): SettingKey => ({
  key,
  kind,
  doc,
  env,
  flag: Option.fromNullishOr(flag)
})
const screaming = (name: string) => name.replaceAll(/[A-Z]/gu, (letter) => `_${letter}`).toUpperCase()
const limit = (name: string, doc: string) => at(`limits.${name}`, "duration", doc, [`CCCI_LIMIT_${screaming(name)}`])

export const settingKeys: ReadonlyArray<SettingKey> = [
  at("baseDomain", "text", "Domain below which run apps live; it belongs to ccci alone", ["CCCI_BASE_DOMAIN"], "base-domain"),
  at("gateway", "text", "Address of the site's gateway, with or without port (443)", ["CCCI_GATEWAY"], "gateway"),
  at("verifyCertificate", "boolean", "Whether the apps' certificates must verify", ["CCCI_VERIFY_CERTIFICATE"]),
  at("server", "text", "abra's server name; only its apps count", ["CCCI_SERVER"], "server"),
  at("testsDir", "path", "Folder with a folder of tests for each recipe", ["CCCI_TESTS_DIR"], "tests-dir"),
  at("recipeSource", "source", "Where recipes come from: a folder or URL with {recipe} in it", ["CCCI_RECIPE_SOURCE"], "recipe-source"),
  at("runsDir", "path", "Folder of the results", ["CCCI_RUNS_DIR"], "runs-dir"),
  at("lockDir", "path", "Folder of the app locks, shared by all who use this engine", ["CCCI_APP_LOCK_DIR"], "lock-dir"),
  at("abraDir", "path", "abra's directory", ["ABRA_DIR"], "abra-dir"),
  at("abra", "text", "Which abra: auto, cli or embedded", ["CCCI_ABRA"], "abra"),
  at("dockerHost", "text", "The engine of a swarm manager, such as unix:///var/run/docker.sock", ["DOCKER_HOST"], "docker-host"),
  at("dockerCertPath", "path", "Folder with ca.pem, cert.pem and key.pem, for an engine behind TLS", ["DOCKER_CERT_PATH"]),
  at("nodes", "record", "Engines of the swarm's other nodes, by node id", []),
  at("deployCountFile", "path", "File that counts the deploys of a run", ["CCCI_DEPLOY_COUNT_FILE"]),
  at("depsFile", "path", "File with the coordinates of dependencies", ["CCCI_DEPS_FILE"]),
  at("buildNumber", "text", "The CI build's number, for the run's id", ["CCCI_BUILD_NUMBER", "DRONE_BUILD_NUMBER", "CI_PIPELINE_NUMBER"]),
  at("ciLimit", "duration", "When the CI kills the step: work and teardown must fit", ["CCCI_CI_LIMIT"]),
  limit("deploy", "One abra app deploy"),
  limit("converged", "Until swarm runs what was deployed"),
  limit("healthy", "Until the app answers"),
  limit("probes", "Until the recipe's ready probes hold"),
  limit("exec", "One command in a container, and the wait for a running one"),
  limit("hook", "One hook of the site"),
  limit("test", "One functional test"),
  limit("settle", "Until the stack is settled, before a backup"),
  limit("backup", "One backup or restore"),
  limit("pull", "One pull of an image"),
  limit("request", "One HTTP request"),
  limit("work", "The whole run but its teardown: the deadline"),
  limit("teardown", "The teardown, which has a budget of its own"),
  limit("killGrace", "After its own grace, until a container of a deleted service is killed"),
  limit("quiet", "Between the two looks that must both find nothing left"),
  limit("hold", "How long the tasks of an upgrade must stay the same"),
  limit("slowLook", "Between two looks at the engine when no event comes"),
  at("keep.count", "number", "How many run directories are kept", ["CCCI_KEEP_COUNT"]),
  at("keep.age", "duration", "How long run directories are kept", ["CCCI_KEEP_AGE"]),
  at("concurrency.tests", "number", "Functional tests at once", ["CCCI_CONCURRENCY_TESTS"]),
  at("concurrency.pulls", "number", "Pulls at once", ["CCCI_CONCURRENCY_PULLS"])
]

/** Defaults of spec 00, by key. The base domain and the gateway have none. */
export const settingDefaults = (place: { readonly root: boolean; readonly home: string; readonly stateHome: string }): Readonly<Record<string, unknown>> => ({
  verifyCertificate: false,
  server: "default",
  runsDir: place.root ? "/var/lib/ccci/runs" : `${place.stateHome}/ccci/runs`,
  lockDir: "/run/lock",
  abraDir: `${place.home}/.abra`,
  abra: "auto",
  dockerHost: "unix:///var/run/docker.sock",
  nodes: {},
  "limits.deploy": "900s",
  "limits.converged": "600s",
  "limits.healthy": "300s",
  "limits.probes": "600s",
  "limits.exec": "90s",
  "limits.hook": "300s",
  "limits.test": "300s",
  "limits.settle": "300s",
  "limits.backup": "900s",
  "limits.pull": "600s",
  "limits.request": "15s",
  "limits.work": "60m",
  "limits.teardown": "10m",
  "limits.killGrace": "15s",
  "limits.quiet": "2s",
  "limits.hold": "3s",
  "limits.slowLook": "2s",
  "keep.count": 200,
  "keep.age": "30d",
  "concurrency.tests": 4,
  "concurrency.pulls": 3
})
