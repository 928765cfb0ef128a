/** Runs that stop in the middle of a tier and stay there: what a signal, a deadline or a kill then meets is always the same, however quick the machine. */
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, watch, writeFileSync } from "node:fs"
import { delimiter, join } from "node:path"
import { Effect } from "effect"
import type { Ccci } from "./ccci.ts"
import type { Lane } from "./lanes.ts"
import { fixtureImage } from "./stack.ts"

/** The stages of a run's own life in which it can be met. */
export const stations = ["deploy", "install", "upgrade", "backup", "restore", "custom", "teardown"] as const
export type Station = (typeof stations)[number]

/** A run of a lane that will hang at a station. */
export interface Hanging {
  readonly args: ReadonlyArray<string>
  readonly env: Readonly<Record<string, string>>
  /** Completes when the run is there; fails when it ends before. */
  readonly reached: (run: Ccci) => Effect.Effect<void, Error>
}

/** The tiers that a run needs to get there. */
const tiers: Readonly<Record<Station, string>> = {
  deploy: "install",
  install: "install",
  upgrade: "install,upgrade",
  backup: "install,backup",
  restore: "install,backup,restore",
  custom: "install,custom",
  teardown: "install"
}

/** The site's tests of the lane's recipe in a folder of the test's own, which becomes the run's tests folder; gives the recipe's. */
export const ownTests = (lane: Lane): string => {
  const folder = join(lane.folder, "tests", lane.recipe)
  cpSync(join(lane.env["CCCI_TESTS_DIR"] ?? "", lane.recipe), folder, { recursive: true })
  return folder
}

/** A hook that says where it is and never returns. */
const hangingHook = (name: string, type: string) => `
export const ${name}: import("ccci/recipe").${type} = (context) => {
  context.log("hanging")
  return new Promise(() => {})
}
`

const withHook = (lane: Lane, name: string, type = "Hook") => {
  const ops = join(ownTests(lane), "ops.ts")
  writeFileSync(ops, `${existsSync(ops) ? readFileSync(ops, "utf8") : ""}${hangingHook(name, type)}`)
  return { CCCI_TESTS_DIR: join(lane.folder, "tests") }
}

/** A functional test that hangs in a child of its own: ending the test means ending its whole group. */
const withTest = (lane: Lane) => {
  const test = join(ownTests(lane), "functional", "hangs.sh")
  writeFileSync(test, "#!/bin/sh\necho hanging\nsleep 600 & wait\n", { mode: 0o755 })
  return { CCCI_TESTS_DIR: join(lane.folder, "tests") }
}

/** A service beside the app's that ignores SIGTERM and is given eight seconds: so long its teardown takes at least. */
const withStubbornService = (lane: Lane) => {
  const service = { image: fixtureImage, command: ["fixture", "stubborn"], stop_grace_period: "8s", deploy: { endpoint_mode: "dnsrr" } }
  writeFileSync(join(ownTests(lane), "compose.ccci.yml"), JSON.stringify({ version: "3.8", services: { stubborn: service } }))
  return { CCCI_TESTS_DIR: join(lane.folder, "tests") }
}

/** A docker client that hangs, in a child of its own, once the engine has taken the run's deploy of that number. */
const withDocker = (lane: Lane, deploy: number) => {
  const path = lane.env["PATH"] ?? ""
  const real = path.split(delimiter).find((folder) => existsSync(join(folder, "docker"))) ?? ""
  const bin = join(lane.folder, "bin")
  const seen = join(lane.folder, "seen")
  mkdirSync(bin)
  mkdirSync(seen)
  const lines = [
    "#!/bin/sh",
    `case $* in "stack deploy "*) ;; *) exec '${real}/docker' "$@" ;; esac`,
    `'${real}/docker' "$@" || exit`,
    `echo deployed >> '${lane.folder}/deploys'`,
    `[ "$(wc -l < '${lane.folder}/deploys')" -eq ${deploy} ] || exit 0`,
    `: > '${seen}/hanging'`,
    "sleep 600 & wait"
  ]
  writeFileSync(join(bin, "docker"), `${lines.join("\n")}\n`)
  chmodSync(join(bin, "docker"), 0o755)
  return { PATH: `${bin}${delimiter}${path}` }
}

const hookHangs = (run: Ccci) => Effect.asVoid(run.event("a hook or test that hangs", ({ _tag, line }) => _tag === "Output" && line === "hanging"))

const dockerHangs = (lane: Lane) => (run: Ccci) => {
  const folder = join(lane.folder, "seen")
  const appeared = Effect.callback<void>((resume) => {
    const look = () => existsSync(join(folder, "hanging")) && resume(Effect.void)
    const watcher = watch(folder, look)
    look()
    return Effect.sync(() => watcher.close())
  })
  const ended = Effect.flatMap(run.exit, ({ code, stderr }) => Effect.fail(new Error(`ccci ended with ${code} before its deploy:\n${stderr}`)))
  return Effect.raceFirst(appeared, ended)
}

/** Completes when the run's teardown waits for its tasks to end. */
export const tearingDown = (run: Ccci) =>
  Effect.asVoid(run.event("a teardown that waits", ({ _tag, what }) => _tag === "Waiting" && what === "the tasks of deleted services to end"))

const means: Readonly<Record<Station, (lane: Lane) => Pick<Hanging, "env" | "reached">>> = {
  deploy: (lane) => ({ env: withDocker(lane, 1), reached: dockerHangs(lane) }),
  install: (lane) => ({ env: withHook(lane, "postInstall"), reached: hookHangs }),
  upgrade: (lane) => ({ env: withDocker(lane, 2), reached: dockerHangs(lane) }),
  backup: (lane) => ({ env: withHook(lane, "backupVerify", "BackupVerify"), reached: hookHangs }),
  restore: (lane) => ({ env: withHook(lane, "preRestore"), reached: hookHangs }),
  custom: (lane) => ({ env: withTest(lane), reached: hookHangs }),
  teardown: (lane) => ({ env: withStubbornService(lane), reached: tearingDown })
}

/** Prepares a run of the lane that hangs there. */
export const hangingAt = (lane: Lane, station: Station): Hanging => {
  const { env, reached } = means[station](lane)
  return { args: [...lane.args, "--stages", tiers[station]], env: { ...lane.env, ...env }, reached }
}
