/** A shell for simulated images: words, quotes, `&&`, and nothing else. */
import type { Image, Inside, Ran } from "./images.ts"

type Exec = NonNullable<Image["exec"]>

const wordsOf = (command: string): ReadonlyArray<string> =>
  [...command.matchAll(/(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|(\S+?)(?=["'\s]|$))/g)].map(
    ([, double, single, plain]) => double?.replaceAll(/\\(.)/g, "$1") ?? single ?? plain ?? ""
  )

/** `sh -c SCRIPT`, and the form in which backup hooks are run: `sh -c '... eval "$1"' NAME HOOK`. */
const scriptOf = ([shell = "", flag, script, , first]: ReadonlyArray<string>): string | undefined => {
  if (!/^(\/bin\/)?(sh|ash|bash)$/.test(shell) || flag !== "-c" || script === undefined) return undefined
  return script.includes('eval "$1"') ? first : script
}

/** An image's programs with a shell before them. A command that no program knows ends with 127, as in every shell. */
export const withShell =
  (exec: Exec): Exec =>
  (argv, inside) => {
    const script = scriptOf(argv)
    return script === undefined ? exec(argv, inside) : inOrder(exec, script.split("&&"), inside)
  }

const inOrder = (exec: Exec, commands: ReadonlyArray<string>, inside: Inside): Ran => {
  let all: Extract<Ran, { readonly _tag: "Ran" }> = { _tag: "Ran", code: 0, stdout: "", stderr: "" }
  for (const command of commands) {
    const argv = wordsOf(command.trim())
    const ran = exec(argv, inside) ?? { _tag: "Ran", code: 127, stderr: `sh: ${argv[0] ?? ""}: not found\n` }
    if (ran._tag === "Never") return ran
    all = { ...ran, stdout: `${all.stdout ?? ""}${ran.stdout ?? ""}`, stderr: `${all.stderr ?? ""}${ran.stderr ?? ""}` }
    if (ran.code !== 0) return all
  }
  return all
}
