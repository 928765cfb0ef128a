/** A recipe for the laws of {@link Abra}: two published versions and a head, its services running the fixture image. */
import { Effect, Option } from "effect"
import { CommitId, Domain, RecipeName, stackOf } from "../../src/model/names.ts"
import { Abra } from "../../src/services/Abra.ts"
import { Docker, stackLabel } from "../../src/services/Docker.ts"
import { Files } from "../../src/services/Files.ts"
import { Git } from "../../src/services/Git.ts"
import { ChildEnvironment } from "../../src/services/Processes.ts"
import { eventually } from "./eventually.ts"
import { Repositories, type Step } from "./repositories.ts"
import { removeLabelled } from "./removal.ts"
import { fixtureImage } from "./stack.ts"
import { Workspace } from "./workspace.ts"

export const recipe = RecipeName.make("blog")

const noCommit = CommitId.make("0".repeat(40))

const sample = `TYPE=blog
# Where it answers
DOMAIN=blog.example.com
EXTRA={{ .Domain }}
COMPOSE_FILE="compose.yml"
#COMPOSE_FILE="$COMPOSE_FILE:compose.extra.yml"
GREETING="hello $DOMAIN"
SECRET_KEY_VERSION=v1 # length=40 charset=hex
`

/** `volumes`: what stands under the volumes of the service app; `labels`: its deploy labels. */
export const composeFile = (version: string, labels: ReadonlyArray<string> = []) => `version: "3.8"
services:
  app:
    image: ${fixtureImage}
    command: ["fixture", "serve"]
    stop_grace_period: 1s
    environment:
      - GREETING
      - OWN=\${GREETING:-none}
    volumes:
      - data:/data
    secrets:
      - key
    configs:
      - source: conf
        target: /conf
    deploy:
      endpoint_mode: dnsrr
      labels:
        - "coop-cloud.\${STACK_NAME}.version=${version}"
        - "coop-cloud.\${STACK_NAME}.timeout=\${TIMEOUT:-120}"
${labels.map((label) => `        - ${JSON.stringify(label)}\n`).join("")}
volumes:
  data:
secrets:
  key:
    external: true
    name: \${STACK_NAME}_key_\${SECRET_KEY_VERSION}
configs:
  conf:
    name: \${STACK_NAME}_conf_\${CONF_VERSION}
    file: conf.txt
`

const extra = `version: "3.8"
services:
  app:
    secrets: [given]
    deploy:
      labels:
        extra: "yes"
  side:
    image: ${fixtureImage}
    command: ["fixture", "serve"]
    stop_grace_period: 1s
    deploy: { endpoint_mode: dnsrr }
secrets:
  given:
    external: true
    name: \${STACK_NAME}_given_\${SECRET_GIVEN_VERSION}
`

/** 1.10.0 is newer than 1.9.0, whatever their letters say. */
export const history = (labels: ReadonlyArray<string> = []): ReadonlyArray<Step> => [
  {
    files: { ".env.sample": sample, "compose.yml": composeFile("1.9.0+1", labels), "abra.sh": "export CONF_VERSION=v1\n", "conf.txt": "one\n" },
    tags: [{ name: "1.9.0+1", annotated: true }]
  },
  {
    files: { "compose.yml": composeFile("1.10.0+1", labels), "abra.sh": "export CONF_VERSION=v2 # two\n", "conf.txt": "two\n" },
    tags: [
      { name: "1.10.0+1", annotated: true },
      { name: "nightly", annotated: false }
    ]
  },
  {
    files: {
      ".env.sample": `${sample}SECRET_GIVEN_VERSION=v1 # generate=false\nTIMEOUT=77\n`,
      "compose.yml": composeFile("1.11.0+1", labels),
      "compose.extra.yml": extra,
      "abra.sh": "export CONF_VERSION=v3\n"
    },
    branch: "main"
  }
]

/** An abra directory of the test's own with the recipe cloned into it, a domain that no other law uses, and everything of it gone afterwards. */
export const setup = Effect.fnUntraced(function* (steps: ReadonlyArray<Step> = history()) {
  const { path } = yield* Workspace
  const files = yield* Files
  const git = yield* Git
  const docker = yield* Docker
  const repositories = yield* Repositories
  const { commits } = yield* repositories.make("blog-source", steps)
  const root = `${path}/abra`
  yield* files.makeDirectory(`${root}/servers/default`)
  yield* files.makeDirectory(`${root}/recipes`)
  const checkout = `${root}/recipes/${recipe}`
  yield* git.clone(`${path}/blog-source`, checkout)
  const own = path
    .slice(path.lastIndexOf("/") + 1)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, "")
  const domain = Domain.make(`law-${own.slice(-12)}.example.org`)
  const stack = stackOf(domain)
  yield* Effect.addFinalizer(() => Effect.orDie(removeApp(stack)))
  const envPath = `${root}/servers/default/${domain}.env`
  return { abra: yield* Abra, checkout, commits, docker, domain, envPath, files, git, root, stack, at: (index: number) => commits[index] ?? noCommit }
})

/** Runs a law's commands in the test's abra directory, as a run does in its own (RUN-2). */
export const inAbraDir = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.flatMap(Workspace, ({ path }) => Effect.updateService(effect, ChildEnvironment, (env) => ({ ...env, ABRA_DIR: `${path}/abra` })))

/** The stack's own objects, and its secrets, which carry no label. */
const removeApp = Effect.fnUntraced(function* (stack: string) {
  const docker = yield* Docker
  yield* removeLabelled(stackLabel, stack)
  for (const { id, name } of yield* docker.secrets) if (name.startsWith(`${stack}_`)) yield* docker.removeSecret(id)
})

/** Adds lines to the app's `.env`. */
export const addEnv = Effect.fnUntraced(function* (envPath: string, lines: string) {
  const files = yield* Files
  yield* files.writeAtomic(envPath, `${yield* files.readText(envPath)}\n${lines}\n`, 0o600)
})

/** The service of the stack, as the engine has it. */
export const deployedService = Effect.fnUntraced(function* (stack: string, name: string) {
  const docker = yield* Docker
  return Option.fromUndefinedOr((yield* docker.services(stack)).find((service) => service.name === `${stack}_${name}`))
})

/** The container of a service of the stack, once it runs. */
export const runningContainer = Effect.fnUntraced(function* (stack: string, name: string) {
  const docker = yield* Docker
  const running = yield* eventually(`a container of ${name}`, docker.containers(stack), (containers) =>
    containers.some(
      ({ labels, state }) => labels["com.docker.swarm.service.name"] === `${stack}_${name}` && labels[stackLabel] === stack && state === "running"
    )
  )
  return running.find(({ labels, state }) => labels["com.docker.swarm.service.name"] === `${stack}_${name}` && state === "running")?.id ?? ""
})
