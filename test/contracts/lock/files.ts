/** Lock files of a test. */
import { Effect } from "effect"
import type { Identity } from "../../../src/services/Lock.ts"
import { Lock } from "../../../src/services/Lock.ts"
import { Workspace } from "../../support/workspace.ts"

/** Whether two identities are of one file. */
export const same = (one: Identity, other: Identity) => one.device === other.device && one.inode === other.inode

/** A path in the test's directory. */
export const at = (name: string) => Effect.map(Workspace, (workspace) => `${workspace.path}/${name}`)

/** Opens a lock file that is closed with the scope, whether or not the law closed it before. */
export const opened = (path: string) =>
  Effect.gen(function* () {
    const lock = yield* Lock
    return yield* Effect.acquireRelease(lock.open(path), (file) => Effect.ignore(lock.close(file)))
  })
