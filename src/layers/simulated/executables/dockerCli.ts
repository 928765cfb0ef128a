/** The docker client of the simulated machine: `docker --version` and `docker stack deploy`, in processes of their own. */
import { Effect, Result } from "effect"
import type { Program } from "../kernel/programs.ts"
import { filesLayer } from "../views/Files.ts"
import { deployStack } from "./stackDeploy.ts"
import type { Deploy } from "./stackDeploy.ts"

/** The arguments of `stack deploy`, or what the client says of those that it does not know. */
const parse = (args: ReadonlyArray<string>): Result.Result<Deploy, string> => {
  const files: Array<string> = []
  const words: Array<string> = []
  let prune = false
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? ""
    const [flag = "", inline] = arg.startsWith("--") ? arg.split("=", 2) : [arg]
    const valueOf = () => inline ?? args[++at] ?? ""
    if (flag === "-c" || flag === "--compose-file") files.push(valueOf())
    else if (flag === "--resolve-image") valueOf()
    else if (flag === "--prune") prune = true
    else if (flag === "--detach" || flag === "--with-registry-auth" || flag === "-d") continue
    else if (flag.startsWith("-")) return Result.fail(`unknown flag: ${flag}`)
    else words.push(arg)
  }
  const [stack, ...more] = words
  return stack === undefined || more.length > 0 || files.length === 0
    ? Result.fail('"docker stack deploy" requires exactly 1 argument.')
    : Result.succeed({ stack, files, prune })
}

/** `docker`. */
export const dockerCli: Program = (invocation) =>
  Effect.gen(function* () {
    const { args, output, world } = invocation
    if (args[0] === "--version" || args[0] === "-v") {
      output.write("stdout", `Docker version ${world.swarm.engineVersion}, build simulated\n`)
      return 0
    }
    if (args[0] !== "stack" || args[1] !== "deploy") return yield* Effect.fail({ message: `docker: '${args.join(" ")}' is not known to the simulated client.` })
    const asked = parse(args.slice(2))
    if (Result.isFailure(asked)) return yield* Effect.fail({ message: asked.failure })
    return yield* deployStack(invocation, asked.success)
  }).pipe(
    Effect.catch(({ message }) =>
      Effect.sync(() => {
        invocation.output.write("stderr", `${message}\n`)
        return 1
      })
    ),
    Effect.provide(filesLayer(invocation.world, invocation.process))
  )
