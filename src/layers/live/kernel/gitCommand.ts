/** One git command: what it may never do, and what its words mean. */
import { Effect, Schema } from "effect"
import { dirname } from "node:path"
import { CommitId } from "../../../model/names.ts"
import { GitError } from "../../../services/Git.ts"
import type { Processes } from "../../../services/Processes.ts"

const localLimit = "120 seconds"
const networkLimit = "300 seconds"
const outputLimit = 16 * 1024 * 1024

/** Nothing that a repository brings along may run: hooks, monitors, ext:: transports. A recipe's folder may belong to another user. */
const settings = {
  "core.hooksPath": "/dev/null",
  "core.fsmonitor": "false",
  "protocol.ext.allow": "never",
  "protocol.file.allow": "always",
  "advice.detachedHead": "false",
  "submodule.recurse": "false",
  "gc.auto": "0",
  "safe.directory": "*"
}
const configured = Object.entries(settings).flatMap(([key, value]) => ["-c", `${key}=${value}`])

/** git hands no settings on to the process that serves a local folder: that one gets its own. It may serve any commit that is there (RUN-3). */
const uploadPack = "git -c 'safe.directory=*' -c uploadpack.allowAnySHA1InWant=true upload-pack"

/** The options that a clone or fetch of this source needs. */
export const serving = (source: string): ReadonlyArray<string> => (source.startsWith("/") || source.startsWith("file://") ? ["--upload-pack", uploadPack] : [])

/** A text without the user names and passwords of the URLs in it. */
export const masked = (text: string) => text.replaceAll(/:\/\/[^/@\s]*@/g, "://")

const reasons: ReadonlyArray<readonly [GitError["reason"], RegExp]> = [
  [
    "notARepository",
    /not a git repository|does not appear to be a git repository|repository .* (does not exist|not found)|Repository not found|cannot change to/
  ],
  [
    "missing",
    /couldn't find remote ref|not our ref|unadvertised object|reference is not a tree|[Nn]ot a valid (commit|object)|unknown revision|bad (revision|object)/
  ],
  [
    "unreachable",
    /unable to access|Could not read from remote|Could not resolve|Connection (refused|reset|closed|timed out)|Authentication failed|could not read Username|early EOF|hung up/
  ]
]
const reasonOf = (words: string): GitError["reason"] => reasons.find(([, pattern]) => pattern.test(words))?.[0] ?? "other"

const lastWords = (stderr: string) => masked(stderr.trim().split("\n").slice(-6).join("\n")).slice(-1500)

/** A command, and the words for its failure. */
export interface Invocation {
  /** `fetch main of https://...`: stands after "could not". */
  readonly attempted: string
  /** What the failure names: the checkout, or the source of a clone. */
  readonly repository: string
  /** The checkout, where the command needs one. */
  readonly directory?: string
  readonly args: ReadonlyArray<string>
  /** It may take as long as a network takes. */
  readonly network?: boolean
  /** Exit codes that are answers; default 0. */
  readonly answers?: ReadonlyArray<number>
}

/** Runs git commands; each gives its exit code and stdout. */
export const makeGit = (processes: Processes["Service"]) =>
  Effect.fn("git")(function* ({ answers = [0], args, attempted, directory, network = false, repository }: Invocation) {
    const failed = (reason: GitError["reason"], seen: string) => new GitError({ attempted, repository: masked(repository), seen, reason })
    const exited = yield* processes
      .run({
        command: "git",
        args: [...configured, ...(directory === undefined ? [] : ["-C", directory]), ...args],
        env: {
          LC_ALL: "C",
          GIT_TERMINAL_PROMPT: "0",
          GIT_OPTIONAL_LOCKS: "0",
          // A folder that is no repository must not pass for one because it lies inside another.
          ...(directory === undefined ? {} : { GIT_CEILING_DIRECTORIES: dirname(directory) })
        },
        outputLimit,
        timeLimit: network ? networkLimit : localLimit
      })
      .pipe(Effect.mapError((error) => failed("other", error.message)))
    if (exited.timedOut) return yield* failed(network ? "unreachable" : "other", `no end within ${network ? networkLimit : localLimit}`)
    if (exited.dropped > 0) return yield* failed("other", `more than ${outputLimit} bytes of output`)
    if (!answers.includes(exited.code)) return yield* failed(reasonOf(exited.stderr), lastWords(exited.stderr) || `exit code ${exited.code}`)
    return { code: exited.code, stdout: exited.stdout }
  })

/** The commit that a command printed. */
export const printedCommit = (invocation: Invocation, stdout: string) =>
  Effect.mapError(
    Schema.decodeUnknownEffect(CommitId)(stdout.trim()),
    () =>
      new GitError({ attempted: invocation.attempted, repository: invocation.repository, seen: `no commit id but ${stdout.slice(0, 100)}`, reason: "other" })
  )
