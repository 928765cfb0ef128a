/** {@link ModuleFiles} as TypeScript. */
import { Effect, Layer } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import type { Behaviour, Exports } from "./moduleFiles.ts"
import { ModuleFiles } from "./moduleFiles.ts"
import { Workspace } from "./workspace.ts"

const json = (value: unknown) => JSON.stringify(value)

const bodyOf = (behaviour: Behaviour): string => {
  switch (behaviour._tag) {
    case "returns":
      return `return ${json(behaviour.value)}`
    case "returnsFacts":
      return "const { domain, stack, recipe, stage, operation, baseUrl, gateway, deps } = context; return { domain, stack, recipe, stage, operation, baseUrl, gateway, deps }"
    case "throws":
      return `throw new Error(${json(behaviour.message)})`
    case "skips":
      return `context.skip(${json(behaviour.reason)})`
    case "logs":
      return behaviour.lines.map((line) => `context.log(${json(line)})`).join("; ")
    case "execs":
      return `return context.exec(${json(behaviour.service)}, ${json(behaviour.argv)})`
    case "requests":
      return `return context.http(${json(behaviour.path)}, ${json(behaviour.options)})`
    case "reads":
      return `return [await context.env(${json(behaviour.name)}) ?? null, await context.secret(${json(behaviour.name)}) ?? null]`
    case "waitsForAbort":
      return 'context.log("waiting"); setInterval(() => {}, 1000); await new Promise((resolve) => context.signal.addEventListener("abort", resolve)); context.log("aborted"); throw context.signal.reason'
    case "hangs":
      return 'context.log("hanging"); for (;;);'
    case "exits":
      return "process.exit(3)"
  }
}

const declaration = (name: string, members: ReadonlyArray<readonly [path: string, behaviour: Behaviour]>): string => {
  const functionOf = (behaviour: Behaviour) => `async (context: HookContext): Promise<unknown> => { ${bodyOf(behaviour)} }`
  const [first] = members
  const value =
    members.length === 1 && first !== undefined && first[0] === ""
      ? functionOf(first[1])
      : `{ ${members.map(([member, behaviour]) => `${member}: ${functionOf(behaviour)}`).join(", ")} }`
  return name === "default" ? `export default ${value}` : `export const ${name} = ${value}`
}

/** The text of a module with these exports. Types come from `ccci/recipe`, as an author would write them. */
export const sourceOf = (exports: Exports, requires?: ReadonlyArray<string>): string => {
  const groups = Map.groupBy(Object.entries(exports), ([name]) => name.split(".", 1)[0] ?? name)
  const declarations = [...groups].map(([name, members]) =>
    declaration(
      name,
      members.map(([whole, behaviour]) => [whole.slice(name.length + 1), behaviour])
    )
  )
  return [
    'import type { HookContext } from "ccci/recipe"',
    ...(requires === undefined ? [] : [`export const requires = ${json(requires)}`]),
    ...declarations,
    ""
  ].join("\n")
}

export const layerTypeScriptModules: Layer.Layer<ModuleFiles, never, Workspace> = Layer.effect(
  ModuleFiles,
  Effect.gen(function* () {
    const workspace = yield* Workspace
    const write = (name: string, text: string) =>
      Effect.sync(() => {
        const file = path.join(workspace.path, `${name}.ts`)
        fs.writeFileSync(file, text)
        return file
      })
    return {
      make: (name, exports, requires) => write(name, sourceOf(exports, requires)),
      broken: write("broken", "export default async (context => {\n"),
      missing: Effect.succeed(path.join(workspace.path, "missing.ts"))
    }
  })
)
