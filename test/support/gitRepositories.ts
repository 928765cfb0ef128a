/** {@link Repositories} by the git command. */
import { Effect, Layer } from "effect"
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { CommitId } from "../../src/model/names.ts"
import type { Step } from "./repositories.ts"
import { Repositories } from "./repositories.ts"
import { Workspace } from "./workspace.ts"

const identity = { GIT_AUTHOR_NAME: "Test", GIT_AUTHOR_EMAIL: "test@example.org", GIT_COMMITTER_NAME: "Test", GIT_COMMITTER_EMAIL: "test@example.org" }

/** Runs git in a folder; what it wrote to stdout, trimmed. */
export const git = (directory: string, ...args: ReadonlyArray<string>) =>
  execFileSync("git", ["-c", "advice.detachedHead=false", "-C", directory, ...args], {
    encoding: "utf8",
    env: { PATH: process.env["PATH"], ...identity, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" },
    stdio: ["ignore", "pipe", "pipe"]
  }).trim()

const commit = (directory: string, step: Step, parent: string | undefined) => {
  if (parent !== undefined) git(directory, "checkout", "--quiet", "--detach", parent)
  for (const [file, text] of Object.entries(step.files)) {
    fs.mkdirSync(path.dirname(path.join(directory, file)), { recursive: true })
    fs.writeFileSync(path.join(directory, file), text)
  }
  git(directory, "add", "--all")
  git(directory, "commit", "--quiet", "--allow-empty", "-m", "A step")
  const id = CommitId.make(git(directory, "rev-parse", "HEAD"))
  git(directory, "checkout", "--quiet", "--detach", id)
  if (step.branch !== undefined) git(directory, "branch", "--force", step.branch, id)
  for (const tag of step.tags ?? []) git(directory, "tag", ...(tag.annotated ? ["--annotate", "-m", tag.name] : []), tag.name, id)
  for (const ref of step.refs ?? []) git(directory, "update-ref", ref, id)
  return id
}

export const layerGitRepositories: Layer.Layer<Repositories, never, Workspace> = Layer.effect(
  Repositories,
  Effect.gen(function* () {
    const workspace = yield* Workspace
    return {
      make: (name, history) =>
        Effect.sync(() => {
          const source = path.join(workspace.path, name)
          fs.mkdirSync(source)
          git(source, "init", "--quiet", "--initial-branch", "unborn")
          const commits: Array<CommitId> = []
          for (const step of history) commits.push(commit(source, step, commits[step.parent ?? commits.length - 1]))
          git(source, "checkout", "--quiet", "main")
          return { source, commits }
        })
    }
  })
)
