/** Modules, where Node has more to say than the contract: each in a ccci-like process of its own. */
import { assert, describe } from "@effect/vitest"
import { Effect } from "effect"
import * as fs from "node:fs"
import { lawsOf } from "../support/contract.ts"
import { gone, program, spawned } from "../support/spawned.ts"
import { layerWorkspace } from "../support/temporary.ts"
import { Workspace } from "../support/workspace.ts"

const law = lawsOf(layerWorkspace)

/** Starts `programs/modules` on a module with this text; nothing else is in its folder. */
const on = Effect.fnUntraced(function* (verb: "load" | "call", text: string) {
  const { path } = yield* Workspace
  const file = `${path}/module.ts`
  yield* Effect.sync(() => fs.writeFileSync(file, text))
  return yield* spawned(program("modules", verb, file), { env: { CI_TOKEN: "of the CI server" } })
})

/** All its lines, once it has ended. */
const linesOf = (verb: "load" | "call", text: string) =>
  Effect.gen(function* () {
    const process = yield* on(verb, text)
    yield* process.ended
    return process.lines
  })

describe("Modules, live", () => {
  for (const verb of ["load", "call"] as const) {
    law(
      `${verb}: imports of ccci and ccci/recipe find the running copy from a folder where nothing is installed, and Node warns of nothing`,
      Effect.gen(function* () {
        const lines = yield* linesOf(
          verb,
          `import type { HookContext } from "ccci/recipe"
           import "ccci/recipe"
           import { Stop } from "ccci"
           export default (_: HookContext) => typeof Stop`
        )
        assert.lengthOf(lines, 1)
        assert.include(lines[0], '"function"')
      })
    )

    law(
      `${verb}: TypeScript that Node cannot strip is refused in its words`,
      Effect.gen(function* () {
        const [line] = yield* linesOf(verb, "export enum Colour { red }\nexport default () => Colour.red")
        assert.match(line ?? "", /module\.ts does not load: .*enum/i)
      })
    )
  }

  law(
    "everything that a call prints is logged, and what comes after it returned is not waited for",
    Effect.gen(function* () {
      const lines = yield* linesOf(
        "call",
        `export default async () => { console.log("to stdout"); console.error("to stderr"); setInterval(() => {}, 1000); return 1 }`
      )
      assert.deepStrictEqual([...lines].sort(), ["log: to stderr", "log: to stdout", '{"_tag":"Returned","value":1}'])
    })
  )

  law(
    "the environment is an allow list and what was given: nothing of the CI's",
    Effect.gen(function* () {
      const lines = yield* linesOf("call", "export default async () => Object.keys(process.env)")
      const { value } = JSON.parse(lines[0] ?? "{}")
      assert.include(value, "CCCI_GIVEN")
      assert.include(value, "PATH")
      assert.notInclude(value, "CI_TOKEN")
    })
  )

  law(
    "output past its limit is dropped, and that is said once",
    Effect.gen(function* () {
      const lines = yield* linesOf("call", 'export default async () => { for (let i = 0; i < 3000; i++) console.log("x".repeat(999)) }')
      assert.isBelow(lines.length, 1100)
      assert.lengthOf(
        lines.filter((line) => line.includes("the rest is dropped")),
        1
      )
      assert.include(lines.at(-1), "Returned")
    })
  )

  law(
    "an unhandled rejection crashes the call, and its words are told",
    Effect.gen(function* () {
      const lines = yield* linesOf(
        "call",
        'export default async () => { void Promise.reject(new Error("nobody waits for me")); await new Promise(() => setInterval(() => {}, 1000)) }'
      )
      assert.match(lines.at(-1) ?? "", /"Crashed".*nobody waits for me/)
    })
  )

  law(
    "LIFE-6: what a call leaves running in its group ends with it",
    Effect.gen(function* () {
      const lines = yield* linesOf(
        "call",
        `import { spawn } from "node:child_process"
         export default async () => spawn("sleep", ["1000"], { stdio: "inherit" }).pid`
      )
      const { value } = JSON.parse(lines.at(-1) ?? "{}")
      yield* gone(value)
    })
  )

  law(
    "LIFE-6b: a call ends when ccci is SIGKILLed",
    Effect.gen(function* () {
      const ccci = yield* on("call", "export default async () => { console.log(process.pid); for (;;); }")
      const pid = Number((yield* ccci.line(/^log: \d+$/)).slice(5))
      yield* ccci.signal("SIGKILL")
      yield* gone(pid)
    })
  )

  law(
    "a returned value that is no JSON is the function's failure",
    Effect.gen(function* () {
      const [line] = yield* linesOf("call", "export default async () => 1n")
      assert.match(line ?? "", /"Threw".*BigInt/)
    })
  )
})
