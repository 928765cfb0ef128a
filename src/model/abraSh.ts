/**
 * What `abra.sh` exports: the versions of configs, above all. The file is a shell script from a pull request: its assignments are read, it is never sourced (ABRA-7).
 */
import { expand } from "./envFile.ts"

const assignment = /^export[ \t]+([A-Za-z_][A-Za-z0-9_]*)=(?:"([^"`]*)"|'([^']*)'|([^\s"'`;&|<>()#]*))[ \t]*(?:#.*|;[ \t]*)?\r?$/gm

/**
 * The exports at the start of a line whose value is plain, with `$NAME` of earlier exports and of `outer` expanded, in the order of the file. What would need a shell
 * (substitutions, commands, assignments inside functions) exports nothing, as abra exports nothing for it.
 */
export const parseAbraSh = (text: string, outer: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> => {
  const exported = new Map<string, string>()
  for (const [, name = "", double, single, plain] of text.matchAll(assignment)) {
    const raw = double ?? plain ?? ""
    if (single === undefined && /\$[^A-Z0-9_{]|\$$|\$\{[^}]*[^A-Z0-9_}]/.test(raw)) continue
    const value = single ?? expand(raw, (variable) => exported.get(variable) ?? outer[variable])
    if (value !== undefined) exported.set(name, value)
  }
  return Object.fromEntries(exported)
}
