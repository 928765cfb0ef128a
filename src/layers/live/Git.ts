/** {@link Git} by the git command, through {@link Processes}. */
import { Effect, Layer, Option, Schema } from "effect"
import { dirname } from "node:path"
import type { Tag } from "../../services/Git.ts"
import { Git, GitError } from "../../services/Git.ts"
import { CommitId } from "../../model/names.ts"
import type { Exited } from "../../services/Processes.ts"
import { Processes } from "../../services/Processes.ts"

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
const serving = (source: string) => (source.startsWith("/") || source.startsWith("file://") ? ["--upload-pack", uploadPack] : [])

/** A URL may hold a password. */
const masked = (text: string) => text.replaceAll(/:\/\/[^/@\s]*@/g, "://")

const reasonOf = (words: string): GitError["reason"] =>
  /not a git repository|does not appear to be a git repository|repository .* (does not exist|not found)|Repository not found|cannot change to/.test(words)
    ? "notARepository"
    : /couldn't find remote ref|not our ref|unadvertised object|reference is not a tree|[Nn]ot a valid (commit|object)|unknown revision|bad (revision|object)|Needed a single revision/.test(words)
      ? "missing"
      : /unable to access|Could not read from remote|Could not resolve|Connection (refused|reset|closed|timed out)|Authentication failed|could not read Username|early EOF|hung up/.test(words)
        ? "unreachable"
        : "other"

interface Invocation {
  readonly attempted: string
  readonly repository: string
  /** The checkout, where the command needs one. */
  readonly directory?: string
  readonly args: ReadonlyArray<string>
  readonly network?: boolean
  /** Exit codes that are answers. */
  readonly answers?: ReadonlyArray<number>
}

const lastWords = (exited: Exited) => masked(exited.stderr.trim().split("\n").slice(-6).join("\n")).slice(-1500)

const make = Effect.gen(function* () {
  const processes = yield* Processes

  const git = Effect.fn("Git")(function* (invocation: Invocation) {
    const { args, attempted, directory } = invocation
    const failed = (reason: GitError["reason"], seen: string) => new GitError({ attempted, repository: masked(invocation.repository), seen, reason })
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
        timeLimit: invocation.network === true ? networkLimit : localLimit
      })
      .pipe(Effect.mapError((error) => failed("other", error.message)))
    if (exited.timedOut) return yield* failed(invocation.network === true ? "unreachable" : "other", "no answer within its time limit")
    if (exited.dropped > 0) return yield* failed("other", `more than ${outputLimit} bytes of output`)
    if (!(invocation.answers ?? [0]).includes(exited.code)) return yield* failed(reasonOf(exited.stderr), lastWords(exited) || `exit code ${exited.code}`)
    return exited
  })

  const commitOf = (invocation: Invocation) =>
    Effect.flatMap(git(invocation), ({ stdout }) =>
      Effect.mapError(
        Schema.decodeUnknownEffect(CommitId)(stdout.trim()),
        () => new GitError({ attempted: invocation.attempted, repository: invocation.repository, seen: `no commit id but ${stdout.slice(0, 100)}`, reason: "other" })
      )
    )

  const revision = (name: string) => ["rev-parse", "--quiet", "--verify", "--end-of-options", `${name}^{commit}`]

  const fetch = Effect.fnUntraced(function* (directory: string, source: string, ref: string) {
    const attempted = `fetch ${ref} of ${masked(source)}`
    // A colon would make it a refspec, which writes a ref.
    if (ref.includes(":")) return yield* new GitError({ attempted, repository: directory, seen: "a ref has no colon", reason: "missing" })
    yield* git({
      attempted, repository: directory, directory, network: true,
      args: ["fetch", "--no-tags", "--force", "--no-recurse-submodules", ...serving(source), "--end-of-options", source, ref]
    })
    return yield* commitOf({ attempted, repository: directory, directory, args: revision("FETCH_HEAD") })
  })

  const resolve = Effect.fnUntraced(function* (directory: string, ref: string) {
    const exited = yield* git({ attempted: `resolve ${ref}`, repository: directory, directory, args: revision(ref), answers: [0, 1] })
    return exited.code === 0 ? Schema.decodeUnknownOption(CommitId)(exited.stdout.trim()) : Option.none()
  })

  const tags = Effect.fnUntraced(function* (directory: string) {
    const format = "%(refname:strip=2)%00%(objecttype)%00%(objectname)%00%(*objecttype)%00%(*objectname)"
    const { stdout } = yield* git({ attempted: "list the tags", repository: directory, directory, args: ["for-each-ref", `--format=${format}`, "refs/tags"] })
    return stdout.split("\n").flatMap((row): ReadonlyArray<Tag> => {
      const [name = "", type, id, peeledType, peeledId] = row.split("\0")
      const annotated = type === "tag"
      const commit = (annotated ? peeledType : type) === "commit" ? Schema.decodeUnknownOption(CommitId)(annotated ? peeledId : id) : Option.none()
      return Option.match(commit, { onNone: () => [], onSome: (named) => [{ name, commit: named, annotated }] })
    })
  })

  const status = Effect.fnUntraced(function* (directory: string) {
    const { stdout } = yield* git({ attempted: "tell the status", repository: directory, directory, args: ["status", "--porcelain", "-z", "--no-renames", "--untracked-files=normal"] })
    return stdout.split("\0").filter((entry) => entry !== "").map((entry) => entry.slice(3))
  })

  return Git.of({
    clone: (source, directory) =>
      Effect.asVoid(
        git({
          attempted: `clone into ${directory}`, repository: source, network: true,
          args: ["clone", "--quiet", "--no-local", "--no-recurse-submodules", "--template=", ...serving(source), "--", source, directory]
        })
      ),
    fetch,
    fetchTags: (directory, source) =>
      Effect.asVoid(
        git({
          attempted: `fetch the tags of ${masked(source)}`, repository: directory, directory, network: true,
          args: ["fetch", "--no-tags", "--no-recurse-submodules", ...serving(source), "--end-of-options", source, "+refs/tags/*:refs/tags/*"]
        })
      ),
    resolve,
    head: (directory) => commitOf({ attempted: "tell the head", repository: directory, directory, args: revision("HEAD") }),
    tags,
    checkout: (directory, commit) =>
      Effect.asVoid(git({ attempted: `check out ${commit}`, repository: directory, directory, args: ["checkout", "--quiet", "--force", "--detach", commit, "--"] })),
    status,
    isAncestor: (directory, ancestor, descendant) =>
      Effect.map(
        git({ attempted: `compare ${ancestor} and ${descendant}`, repository: directory, directory, args: ["merge-base", "--is-ancestor", ancestor, descendant], answers: [0, 1] }),
        ({ code }) => code === 0
      )
  })
})

export const layer: Layer.Layer<Git, never, Processes> = Layer.effect(Git, make)
