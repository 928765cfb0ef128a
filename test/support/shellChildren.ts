/** {@link Children} as shell scripts. Arguments come after the script, never inside it. */
import { Layer } from "effect"
import type { Spelling } from "./children.ts"
import { Children } from "./children.ts"

const sh = (script: string, ...args: ReadonlyArray<string>): Spelling => ({ command: "sh", args: ["-c", script, "sh", ...args] })

// `wait` lets the shell run its traps at once. What it says about its own child (`Terminated`) is not the script's.
const hang = "exec 2>/dev/null; sleep 1000 & wait $!"

export const layerShellChildren: Layer.Layer<Children> = Layer.succeed(Children, {
  prints: (out, err) => sh('printf "%s\\n" "$1"; printf "%s\\n" "$2" >&2', out, err),
  exits: (code) => sh('exit "$1"', `${code}`),
  echoes: { command: "cat", args: [] },
  workingDirectory: { command: "pwd", args: [] },
  environment: (names) => sh('for name in "$@"; do printenv "$name" >/dev/null && echo "$name=$(printenv "$name")"; done; exit 0', ...names),
  floods: (count) => sh('echo first; yes "$2" | head -n "$1"; echo last', `${count}`, "x".repeat(100)),
  longLine: (length) => sh('yes x | tr -d "\\n" | head -c "$1"', `${length}`),
  hangs: sh("echo ready; exec sleep 1000"),
  ignoresTerm: sh(`trap "echo ignored" TERM; echo ready; while :; do ${hang}; done`),
  endsItself: sh(`trap "echo bye; exit 3" TERM; echo ready; ${hang}`),
  leavesChild: sh("sleep 1000 & echo $!"),
  leavesDaemon: sh("setsid sleep 1000 & echo $!")
})
