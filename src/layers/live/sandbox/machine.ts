/** Whether this machine can have a sandbox at all. */
import { Effect } from "effect"
import { SandboxUnavailable } from "../../../services/Sandbox.ts"
import { run } from "./command.ts"

/** Fails with the reason where no sandbox can be had, whatever would be fetched. */
export const checkMachine = Effect.fn("sandbox.checkMachine")(function* () {
  const no = (reason: string) => Effect.fail(new SandboxUnavailable({ reason }))
  if (process.platform !== "linux") return yield* no(`it needs Linux, and this is ${process.platform}`)
  if (process.getuid?.() !== 0) return yield* no("it needs root, to make namespaces and mounts")
  const tries: ReadonlyArray<readonly [string, ...ReadonlyArray<string>]> = [
    ["apt-get", "--version"],
    ["dpkg-deb", "--version"],
    ["flock", "--version"],
    ["nsenter", "--version"],
    ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--propagation", "private", "mount", "-t", "tmpfs", "tmpfs", "/run"]
  ]
  for (const [command, ...args] of tries) {
    const attempted = [command, ...args].join(" ")
    const { code, stderr } = yield* run({ command, args, attempted, limit: "10 seconds" }).pipe(Effect.catch((error) => no(error.message)))
    if (code !== 0) return yield* no(`\`${attempted}\` failed: ${stderr}`)
  }
})
