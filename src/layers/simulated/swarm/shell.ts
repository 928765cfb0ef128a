/** A shell for simulated images: words, quotes, positional parameters, `&&`, `> file`, and nothing else. */
import type { Image, Inside, Ran } from "./images.ts"

type Exec = NonNullable<Image["exec"]>

const word = /"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s"']+)/g

/** Words of a command; parameters are put into all but single quotes. */
const wordsOf = (command: string, parameters: ReadonlyArray<string>): ReadonlyArray<string> => {
  const put = (text: string) => text.replaceAll(/\$(\d)/g, (_, digit: string) => parameters[Number(digit)] ?? "")
  return [...command.matchAll(word)].map(([, double, single, plain]) => single ?? put(double?.replaceAll(/\\(.)/g, "$1") ?? plain ?? ""))
}

/** `sh -c SCRIPT`, and the form in which backup hooks are run: `sh -c '... eval "$1"' NAME HOOK`. */
const scriptOf = ([shell = "", flag, script, ...parameters]: ReadonlyArray<string>) => {
  if (!/^(\/bin\/)?(sh|ash|bash)$/.test(shell) || flag !== "-c" || script === undefined) return undefined
  return script.includes('eval "$1"') ? { script: parameters[1] ?? "", parameters: [] } : { script, parameters }
}

/** An image's programs with a shell before them. A command that no program knows ends with 127, as in every shell. */
export const withShell =
  (exec: Exec): Exec =>
  (argv, inside) => {
    const asked = scriptOf(argv)
    return asked === undefined ? exec(argv, inside) : inOrder(exec, asked.script.split("&&"), asked.parameters, inside)
  }

const inOrder = (exec: Exec, commands: ReadonlyArray<string>, parameters: ReadonlyArray<string>, inside: Inside): Ran => {
  let stdout = ""
  let stderr = ""
  for (const command of commands) {
    const words = wordsOf(command, parameters)
    const redirect = words.indexOf(">")
    const argv = redirect < 0 ? words : words.slice(0, redirect)
    const ran = exec(argv, inside) ?? { _tag: "Ran", code: 127, stderr: `sh: ${argv[0] ?? ""}: not found\n` }
    if (ran._tag === "Never") return ran
    stderr += ran.stderr ?? ""
    if (redirect < 0) stdout += ran.stdout ?? ""
    else inside.files.write(words[redirect + 1] ?? "", ran.stdout ?? "")
    if (ran.code !== 0) return { _tag: "Ran", code: ran.code, stdout, stderr }
  }
  return { _tag: "Ran", code: 0, stdout, stderr }
}
