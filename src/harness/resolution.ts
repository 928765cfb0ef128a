/** How the modules of a site are found and read: nothing has to be installed beside them. */
import { existsSync } from "node:fs"
import { registerHooks } from "node:module"
import { fileURLToPath } from "node:url"

/** The first of these, relative to this file, that is there: this code runs from src/harness, from dist/harness, and bundled into dist/bin.js. */
const beside = (...candidates: ReadonlyArray<string>): URL | undefined =>
  candidates.map((candidate) => new URL(candidate, import.meta.url)).find((url) => existsSync(url))

/** The program that runs one function of a module, as an argument for node. */
export const hookProgram = (): string => fileURLToPath(beside("./hook.ts", "./harness/hook.js", "./hook.js") ?? new URL("./hook.ts", import.meta.url))

/**
 * Maps `ccci` and `ccci/recipe` to the copy that runs, and says of `.ts` files without a package.json that they are modules, which Node would find out too,
 * with a warning. Undone by what it returns.
 */
export const registerResolution = (): (() => void) => {
  const copies: ReadonlyMap<string, URL | undefined> = new Map([
    ["ccci", beside("../index.ts", "./index.js", "../index.js")],
    ["ccci/recipe", beside("../recipe.ts", "./recipe.js", "../recipe.js")]
  ])
  const hooks = registerHooks({
    resolve: (specifier, context, next) => {
      const found = next(copies.get(specifier)?.href ?? specifier, context)
      return found.url.endsWith(".ts") && !found.format ? { ...found, format: "module-typescript" } : found
    }
  })
  return () => hooks.deregister()
}

/** Why a module did not load: the place and the lines that Node shows for it, without its own frames. */
export const whyUnloadable = (thrown: unknown): string => {
  if (!(thrown instanceof Error)) return String(thrown)
  const [shown = ""] = (thrown.stack ?? "").split(/\n\s+at /, 1)
  return (shown.includes(thrown.message) ? shown : `${thrown.name}: ${thrown.message}`).trim().slice(0, 4000)
}
