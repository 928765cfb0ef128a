/** The tests folder of the example recipe, as examples/site has it: a canary in the volume, functional tests. */
import { Effect } from "effect"
import { HookThrew, installModule } from "../kernel/modules.ts"
import type { SimulatedContext, SimulatedModule } from "../kernel/modules.ts"
import { install } from "../kernel/programs.ts"
import type { World } from "../World.ts"

const file = "/usr/share/nginx/html/canary.txt"

const put = (context: SimulatedContext, text: string) =>
  Effect.flatMap(context.exec("app", ["sh", "-c", 'printf %s "$1" > "$2"', "sh", text, file]), ({ exitCode, stderr }) =>
    exitCode === 0 ? Effect.void : Effect.fail(new HookThrew({ message: `could not write ${file}: ${stderr}` }))
  )

const ops: SimulatedModule = {
  canary: {
    write: (context: SimulatedContext) => put(context, `written for ${context.domain}`),
    damage: (context: SimulatedContext) => put(context, "damaged"),
    read: (context: SimulatedContext) => Effect.map(context.http("/canary.txt"), ({ status, body }) => `${status} ${body}`)
  }
}

const definition: SimulatedModule = { default: { healthOk: [200], deployTimeout: 120, httpTimeout: 60 } }

const frontPage: SimulatedModule = {
  default: (context: SimulatedContext) =>
    Effect.gen(function* () {
      const { status, body } = yield* context.http("/")
      yield* context.log(`the front page answers ${status}`)
      if (status !== 200 || !body.includes("nginx")) return yield* Effect.fail(new HookThrew({ message: `the front page answers ${status}: ${body}` }))
    })
}

/** Puts the folder below `directory`. */
export const installSite = (world: World, directory: string): void => {
  const folder = `${directory}/custom-html`
  installModule(world, `${folder}/recipe.ts`, definition)
  installModule(world, `${folder}/ops.ts`, ops)
  installModule(world, `${folder}/functional/page.ts`, frontPage)
  install(world, `${folder}/functional/domain.sh`, ({ process, output }) =>
    Effect.sync(() => {
      const domain = process.environment["CCCI_APP_DOMAIN"] ?? ""
      output.write("stdout", `testing ${domain}\n`)
      return domain === "" ? 1 : 0
    })
  )
}
