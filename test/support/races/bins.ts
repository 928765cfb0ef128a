/** Programs that stand before the real ones on PATH, so that children of ccci do what children in the field do: live on, hang, take their time. */
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import { delimiter } from "node:path"
import { Effect } from "effect"
import { spawned } from "../spawned.ts"

const script = (directory: string, name: string, text: string) => fs.writeFileSync(`${directory}/${name}`, `#!/bin/sh\n${text}`, { mode: 0o755 })

/** Daemons end by themselves after some minutes, should a test ever fail to. */
const looks = 600

/**
 * A docker client whose `stack deploy` leaves a daemon with a session of its own, deaf to TERM, which keeps creating the volume `<stack>_late`.
 * `deploys`: whether it really deploys; `hangs`: whether it then stays, as in the middle of a deploy.
 */
export const lingeringDocker = (root: string, name: string, { deploys = true, hangs = false, path = "" }) => {
  const directory = `${root}/${name}`
  fs.mkdirSync(directory)
  const docker = path
    .split(delimiter)
    .map((folder) => `${folder}/docker`)
    .find((file) => fs.existsSync(file))
  const create = `"${docker}" volume create --label com.docker.stack.namespace="$1" "$1_late"`
  script(directory, "daemon", `trap '' TERM\necho $$\nexec </dev/null >/dev/null 2>&1\nfor look in $(seq ${looks}); do ${create}; sleep 0.2; done\n`)
  const deploy = [`for stack; do :; done`, `pid=$(setsid -f "${directory}/daemon" "$stack")`, `echo "$pid" >"${directory}/pid"`]
  if (deploys) deploy.push(`"${docker}" "$@"`)
  if (hangs) deploy.push("exec sleep 600")
  script(directory, "docker", `if [ "$1" = stack ]; then\n${deploy.join("\n")}\nexit\nfi\nexec "${docker}" "$@"\n`)
  /** The daemon's pid; it is there once the deploy has begun. */
  const daemon = Effect.sync(() => Number(fs.readFileSync(`${directory}/pid`, "utf8")))
  return { bin: directory, daemon }
}

/** A git whose first call waits until `release`; `started` is its pid, once it has been called. */
export const slowGit = (root: string, name: string) => {
  const directory = `${root}/${name}`
  fs.mkdirSync(directory)
  const [started, released] = [`${directory}/started`, `${directory}/released`]
  execFileSync("mkfifo", [started, released])
  const git = execFileSync("sh", ["-c", "command -v git"], { encoding: "utf8" }).trim()
  script(directory, "git", `if mkdir "${directory}/once" 2>/dev/null; then echo $$ >"${started}"; read -r line <"${released}"; fi\nexec "${git}" "$@"\n`)
  return {
    bin: directory,
    started: Effect.flatMap(spawned(["cat", started]), (cat) => Effect.map(cat.line(/^\d+$/), Number)),
    release: Effect.flatMap(spawned(["sh", "-c", 'echo go >"$1"', "sh", released]), (echo) => echo.ended)
  }
}

/** Whether a process is there and no zombie: those count as gone (JAN-9), and a bare machine may have nobody to reap them. */
export const isAlive = (pid: number): boolean => {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8")
    return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(")") + 2))
  } catch {
    return false
  }
}
