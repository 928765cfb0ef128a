/** The machine goes down and comes up again: no process is left, the swarm and the disk are. */
import { Result } from "effect"
import type { World } from "../World.ts"

/** Ends every process where it stands. `emptyLockDir`: it is a tmpfs, as `/run` mostly is. */
export const reboot = (world: World, { emptyLockDir }: { readonly emptyLockDir: boolean }): void => {
  for (const process of [...world.processes.table.values()]) world.end(process, { code: 137, signal: "SIGKILL" })
  for (const process of [...world.processes.table.values()]) world.processes.reap(process)
  const locks = world.tree.directory(world.lockDir)
  if (!emptyLockDir || Result.isFailure(locks)) return
  for (const name of [...locks.success.entries.keys()]) world.tree.unlink(locks.success, name)
}
