/** For `node --import`: `ccci` and `ccci/recipe` are the sources, as vitest's aliases have it. */
import { registerHooks } from "node:module"
import { join } from "node:path"
import { pathToFileURL } from "node:url"

const root = join(import.meta.dirname, "..", "..")
const sources: Readonly<Record<string, string>> = { ccci: "src/index.ts", "ccci/recipe": "src/recipe.ts" }

registerHooks({
  resolve: (specifier, context, next) => {
    const source = sources[specifier]
    return source === undefined ? next(specifier, context) : { url: pathToFileURL(join(root, source)).href, shortCircuit: true }
  }
})
