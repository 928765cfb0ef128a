/** {@link Git} by the git command, through {@link Processes}. */
import { Effect, Layer, Option, Schema } from "effect"
import { CommitId } from "../../model/names.ts"
import type { Tag } from "../../services/Git.ts"
import { Git, GitError } from "../../services/Git.ts"
import { Processes } from "../../services/Processes.ts"
import type { Invocation } from "./kernel/gitCommand.ts"
import { makeGit, masked, printedCommit, serving } from "./kernel/gitCommand.ts"

const tagFormat = "%(refname:strip=2)%00%(objecttype)%00%(objectname)%00%(*objecttype)%00%(*objectname)"

/** A row of {@link tagFormat}; none for a tag of something that is no commit. */
const tagOf = (row: string): Option.Option<Tag> => {
  const [name = "", type, id, peeledType, peeledId] = row.split("\0")
  const annotated = type === "tag"
  const commit = (annotated ? peeledType : type) === "commit" ? Schema.decodeUnknownOption(CommitId)(annotated ? peeledId : id) : Option.none()
  return Option.map(commit, (named) => ({ name, commit: named, annotated }))
}

const revision = (name: string) => ["rev-parse", "--quiet", "--verify", "--end-of-options", `${name}^{commit}`]

const make = Effect.gen(function* () {
  const git = makeGit(yield* Processes)
  /** In a checkout. */
  const at = (directory: string, attempted: string, args: ReadonlyArray<string>, more: Pick<Invocation, "answers" | "network"> = {}) =>
    git({ attempted, repository: directory, directory, args, ...more })
  const commitAt = (directory: string, attempted: string, name: string) =>
    Effect.flatMap(at(directory, attempted, revision(name)), ({ stdout }) => printedCommit({ attempted, repository: directory, args: [] }, stdout))

  const fetch = Effect.fnUntraced(function* (directory: string, source: string, ref: string) {
    const attempted = `fetch ${ref} of ${masked(source)}`
    // A colon would make it a refspec, which writes a ref.
    if (ref.includes(":")) return yield* new GitError({ attempted, repository: directory, seen: "a ref has no colon", reason: "missing" })
    const args = ["fetch", "--no-tags", "--force", "--no-recurse-submodules", ...serving(source), "--end-of-options", source, ref]
    yield* at(directory, attempted, args, { network: true })
    return yield* commitAt(directory, attempted, "FETCH_HEAD")
  })

  const fetchTags = (directory: string, source: string) => {
    const args = ["fetch", "--no-tags", "--no-recurse-submodules", ...serving(source), "--end-of-options", source, "+refs/tags/*:refs/tags/*"]
    return Effect.asVoid(at(directory, `fetch the tags of ${masked(source)}`, args, { network: true }))
  }

  const resolve = Effect.fnUntraced(function* (directory: string, ref: string) {
    const { code, stdout } = yield* at(directory, `resolve ${ref}`, revision(ref), { answers: [0, 1] })
    return code === 0 ? Schema.decodeUnknownOption(CommitId)(stdout.trim()) : Option.none()
  })

  return Git.of({
    clone: (source, directory) => {
      // Not by hard links: objects of a folder that somebody else owns would be shared with them.
      const args = ["clone", "--quiet", "--no-local", "--no-recurse-submodules", "--template=", ...serving(source), "--", source, directory]
      return Effect.asVoid(git({ attempted: `clone into ${directory}`, repository: source, args, network: true }))
    },
    fetch,
    fetchTags,
    resolve,
    head: (directory) => commitAt(directory, "tell the head", "HEAD"),
    tags: (directory) =>
      Effect.map(at(directory, "list the tags", ["for-each-ref", `--format=${tagFormat}`, "refs/tags"]), ({ stdout }) =>
        stdout.split("\n").flatMap((row) => Option.toArray(tagOf(row)))
      ),
    checkout: (directory, commit) => Effect.asVoid(at(directory, `check out ${commit}`, ["checkout", "--quiet", "--force", "--detach", commit, "--"])),
    status: (directory) =>
      Effect.map(
        at(directory, "tell the status", ["--no-optional-locks", "status", "--porcelain", "-z", "--no-renames", "--untracked-files=normal"]),
        ({ stdout }) =>
          stdout
            .split("\0")
            .filter((entry) => entry !== "")
            .map((entry) => entry.slice(3))
      ),
    isAncestor: (directory, ancestor, descendant) =>
      Effect.map(
        at(directory, `compare ${ancestor} and ${descendant}`, ["merge-base", "--is-ancestor", ancestor, descendant], { answers: [0, 1] }),
        ({ code }) => code === 0
      )
  })
})

export const layer: Layer.Layer<Git, never, Processes> = Layer.effect(Git, make)
