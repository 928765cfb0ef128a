/** The image of the Docker contract's laws, as an image of the simulated world. */
import { withShell } from "../../src/layers/simulated/swarm/shell.ts"
import type { Image, Inside, Main, Ran } from "../../src/layers/simulated/swarm/images.ts"

const ran = (code: number, stdout = "", stderr = ""): Ran => ({ _tag: "Ran", code, stdout, stderr })

const exec = (argv: ReadonlyArray<string>, { files }: Inside): Ran | undefined => {
  const [program, command, one = "", two = "", three = ""] = argv
  if (program !== "fixture") return undefined
  if (command === "serve" || command === "stubborn") {
    if (one !== "") files.write(one, "")
    return { _tag: "Never" }
  }
  if (command === "exit") return ran(Number(one), two, three)
  if (command === "read") {
    const text = files.read(one)
    return text === undefined ? ran(1) : ran(0, text)
  }
  if (command === "write") files.write(one, two)
  if (command === "remove") files.remove(one)
  return ran(0)
}

const start = (inside: Inside): Main => {
  const [, command, code, ...output] = inside.command
  if (command !== "exit") return { _tag: "Serves", ignoresTerm: command === "stubborn" }
  for (const line of output.flatMap((text) => text.split("\n"))) if (line !== "") inside.log(line)
  return { _tag: "Ends", after: 20, code: Number(code) }
}

export const fixture: Image = { exec: withShell(exec), start }
