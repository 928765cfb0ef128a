/** git as one process of the world runs it: each command one call. */
import { Layer, Result } from "effect"
import type { Effect } from "effect"
import { Git, GitError } from "../../../services/Git.ts"
import * as commands from "../git/commands.ts"
import type { Answer } from "../git/store.ts"
import type { Process } from "../kernel/processes.ts"
import type { World } from "../World.ts"

/** Git of one process. A driver's fault is an `unreachable` remote where its code says so, else git's own failure. */
export const gitLayer = (world: World, process: Process) => {
  const call = <A>(attempted: string, repository: string, step: () => Answer<A>): Effect.Effect<A, GitError> =>
    world.call(
      process,
      { service: "Git", operation: attempted, subject: repository },
      () => Result.mapError(step(), ({ reason, seen }) => new GitError({ attempted, repository, seen, reason })),
      ({ code, seen }) => new GitError({ attempted, repository, seen: seen ?? `injected: ${code}`, reason: code === "unreachable" ? "unreachable" : "other" })
    )
  return Layer.succeed(
    Git,
    Git.of({
      clone: (source, directory) => call(`clone into ${directory}`, source, () => commands.clone(world, source, directory)),
      fetch: (directory, source, ref) => call(`fetch ${ref} of ${source}`, directory, () => commands.fetch(world, directory, source, ref)),
      fetchTags: (directory, source) => call(`fetch the tags of ${source}`, directory, () => commands.fetchTags(world, directory, source)),
      resolve: (directory, ref) => call(`resolve ${ref}`, directory, () => commands.resolve(world, directory, ref)),
      head: (directory) => call("tell the head", directory, () => commands.head(world, directory)),
      tags: (directory) => call("list the tags", directory, () => commands.tags(world, directory)),
      checkout: (directory, commit) => call(`check out ${commit}`, directory, () => commands.checkout(world, directory, commit)),
      status: (directory) => call("tell the status", directory, () => commands.status(world, directory)),
      isAncestor: (directory, ancestor, descendant) =>
        call(`compare ${ancestor} and ${descendant}`, directory, () => commands.isAncestor(world, directory, ancestor, descendant))
    })
  )
}
