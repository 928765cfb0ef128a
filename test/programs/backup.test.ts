/** BAK and EXEC: a backup with something in it, data that comes back, and commands that are run once. */
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit } from "effect"
import type { SimulatedContext, SimulatedModule } from "../../src/layers/simulated/kernel/modules.ts"
import { updateService } from "../../src/layers/simulated/swarm/services.ts"
import { withShell } from "../../src/layers/simulated/swarm/shell.ts"
import type { Image } from "../../src/layers/simulated/swarm/images.ts"
import type { World } from "../../src/layers/simulated/World.ts"
import { Domain } from "../../src/model/names.ts"
import { exec } from "../../src/programs/exec.ts"
import { Docker, stackLabel } from "../../src/services/Docker.ts"
import { count, first, history, judgement, last, limits, onCall, rung, scenario, stage, statuses, told } from "./scenario.ts"
import type { ScenarioOptions } from "./scenario.ts"

const backedUp = { stages: ["install", "backup", "restore"] } as const
const run = (options: ScenarioOptions = {}, over: Parameters<ReturnType<typeof scenario>["run"]>[0] = backedUp) => scenario(options).run(over)

/** A canary in a file; `damage` may do less than it should. */
const canary = (file: string, damage = true): SimulatedModule => {
  const write = (context: SimulatedContext, text: string) => context.exec("app", ["sh", "-c", 'printf %s "$1" > "$2"', "sh", text, file])
  return {
    canary: {
      write: (context: SimulatedContext) => write(context, "as it was"),
      damage: (context: SimulatedContext) => (damage ? write(context, "damaged") : Effect.void),
      read: (context: SimulatedContext) => Effect.map(context.exec("app", ["cat", file]), ({ stdout }) => stdout)
    }
  }
}

const inVolume = "/usr/share/nginx/html/canary"

const appService = (world: World) => [...world.swarm.services.values()][0]

describe("backup and restore", () => {
  it("BAK-1: a backup waits until no service is being updated", () => {
    const { run: runIt, world } = scenario({
      ops: {
        preBackup: () =>
          Effect.sync(() => {
            const service = appService(world)
            if (service !== undefined)
              updateService(world.swarm, service.id, service.version, { ...service.spec, template: { ...service.spec.template, env: ["AGAIN=1"] } })
          }).pipe(Effect.andThen(Effect.sleep("1 second")))
      }
    })
    assert.deepStrictEqual(statuses(runIt(backedUp)), ["install pass", "backup pass", "restore pass"])
    const taken = world.seam.trace.find(({ call }) => call.operation.startsWith("copy "))
    const begun = world.seam.trace.find(({ call }) => call.subject.endsWith("preBackup"))
    assert.isAbove((taken?.at ?? 0) - (begun?.at ?? Infinity), 2_500, "a health check of the new task, and swarm's monitor")
  })

  it("BAK-1: at the bound it is made all the same, and that is said", () => {
    const result = scenario({
      settings: { limits: limits({ settle: 20 }) },
      driver: onCall((_call, world, text) => {
        if (!/Modules\.call .*preBackup/.test(text)) return undefined
        for (const service of world.swarm.services.values()) service.status = { state: "updating", message: "for ever" }
        return undefined
      }),
      ops: { preBackup: () => Effect.void, postBackup: () => Effect.void }
    }).run({ stages: ["install", "backup"] })
    assert.deepStrictEqual(statuses(result), ["install pass", "backup pass"])
    assert.match(told(result), /did not settle/)
  })

  it("BAK-2: backupVerify right at the second try: the whole backup was made twice", () => {
    let asked = 0
    const result = run({ definition: { backupVerify: true }, ops: { backupVerify: () => Effect.sync(() => ++asked === 2) } })
    assert.deepStrictEqual([stage(result, "backup")?.status, stage(result, "backup")?.attempts, result.facts.snapshots.length], ["pass", 2, 2])
  })

  it("BAK-2: three tries at most, then it is red", () => {
    let asked = 0
    const result = run({ definition: { backupVerify: true }, ops: { backupVerify: () => Effect.sync(() => ++asked < 0) } })
    assert.deepStrictEqual([statuses(result)[1], asked, ...judgement(result)], ["backup fail", 3, "red", 1])
    assert.deepStrictEqual(statuses(result)[2], "restore skip")
  })

  it("BAK-2: backupVerify in recipe.ts without one in ops.ts is an error of the tests folder", () => {
    assert.deepStrictEqual(judgement(run({ definition: { backupVerify: true }, ops: { postBackup: () => Effect.void } })), ["configuration", 2])
  })

  it("BAK-3: data that was in the backup comes back", () => {
    assert.deepStrictEqual(statuses(run({ ops: canary(inVolume) })), ["install pass", "backup pass", "restore pass"])
  })

  it("BAK-3: a restore that restores nothing is red, behind a front page that loads", () => {
    const result = run({ ops: canary("/tmp/not-in-the-backup") })
    assert.deepStrictEqual([statuses(result)[2], ...judgement(result)], ["restore fail", "red", 1])
    assert.match(told(result), /did not come back by the restore/)
  })

  it("BAK-3: a canary that cannot die proves nothing", () => {
    const result = run({ ops: canary(inVolume, false) })
    assert.deepStrictEqual([statuses(result)[2], rung(result, "backup_restore")], ["restore unverified", "unverified"])
  })

  it("BAK-3: data written before an upgrade that reads differently after it makes the upgrade red", () => {
    const forgets = canary("/tmp/in-the-container-only")
    assert.strictEqual(stage(run({ ops: forgets }, { stages: ["install", "upgrade"] }), "upgrade")?.status, "fail")
    assert.strictEqual(stage(run({ ops: canary(inVolume) }, { stages: ["install", "upgrade"] }), "upgrade")?.status, "pass")
  })

  it("BAK-4: labels that only the head has are enough: backup and restore run after the upgrade", () => {
    const { run: runIt, world } = scenario({ history: history({ base: { labels: [] } }), ops: canary(inVolume) })
    assert.deepStrictEqual(statuses(runIt({})).slice(1, 4), ["upgrade pass", "backup pass", "restore pass"])
    assert.isAbove(first(world, /Docker\.copy/), last(world, /Docker\.update service/))
  })

  it("no backup labels: the backup is skipped, and so is the restore", () => {
    const result = run({ history: history({ head: { labels: [] } }) })
    assert.deepStrictEqual(statuses(result), ["install pass", "backup skip", "restore skip"])
  })

  it("a backup whose hook fails is red, with the hook's words", () => {
    const failing = ["backupbot.backup=true", "backupbot.backup.pre-hook=no-such-program"]
    const result = run({ history: history({ head: { labels: failing } }) })
    assert.deepStrictEqual([statuses(result)[1], rung(result, "backup_restore")], ["backup fail", "fail"])
    assert.match(told(result), /no-such-program: not found/)
  })
})

const domain = Domain.make("shop-1a2b3c.ci.example.org")
const stack = domain.replaceAll(".", "_")

/** Runs a command in a service of one container, whose image counts its commands. */
const executed = (options: { readonly image?: Image; readonly driver?: ScenarioOptions["driver"]; readonly late?: boolean }) => {
  const ran: Array<string> = []
  const counting: Image = {
    exec: withShell(([program = "", code = "0"]) => {
      ran.push(program)
      return { _tag: "Ran", code: Number(code), stdout: "said\n" }
    })
  }
  const { play, world } = scenario({
    images: { "example/tool:1": options.image ?? counting },
    ...(options.driver === undefined ? {} : { driver: options.driver })
  })
  const service = {
    name: `${stack}_app`,
    image: "example/tool:1",
    labels: { [stackLabel]: stack },
    containerLabels: { [stackLabel]: stack },
    networks: [],
    replicas: 1
  }
  const exit = play(
    Effect.gen(function* () {
      const docker = yield* Docker
      const create = docker.createService(service)
      if (options.late === true) yield* Effect.forkChild(Effect.andThen(Effect.sleep("20 seconds"), create))
      else yield* create
      return yield* exec(domain, "app", ["insert", "1"])
    })
  )
  return { exit, ran, world, words: Exit.isFailure(exit) ? Cause.pretty(exit.cause) : "", code: Exit.isSuccess(exit) ? exit.value.exitCode : -1 }
}

const failing = (pattern: RegExp, code: string, times: number) => {
  let left = times
  return onCall((_call, _world, text) => (pattern.test(text) && left-- > 0 ? { _tag: "Fail", fault: { code } } : undefined))
}

describe("a command in the app", () => {
  it("EXEC-1: waits, within a bound, for a running container of the service", () => {
    const late = executed({ late: true })
    assert.deepStrictEqual([late.code, late.ran], [1, ["insert"]])
    const never = scenario({ settings: { limits: limits({ exec: 30 }) } }).play(exec(domain, "app", ["true"]))
    assert.match(Exit.isFailure(never) ? Cause.pretty(never.cause) : "", /waited 60 s for a running container of app; last seen: no running container/)
  })

  it("EXEC-2: the command's own exit code is its answer, once: it is not run twice, nor is its failure waited out", () => {
    const { code, ran, exit, world } = executed({})
    assert.deepStrictEqual([code, ran], [1, ["insert"]])
    assert.strictEqual(Exit.isSuccess(exit) ? exit.value.stdout : "", "said\n")
    assert.strictEqual(count(world, /Docker\.run command/), 1)
  })

  it.each(["notFound", "conflict", "server"])("EXEC-2: %s before it began shows a container in motion: tried again, run once", (code) => {
    const { ran, code: exitCode } = executed({ driver: failing(/Docker\.(prepare a command|run command)/, code, 4) })
    assert.deepStrictEqual([exitCode, ran], [1, ["insert"]])
  })

  it("EXEC-2: cut in the middle by its container's end: tried again in the next container, and never an empty answer", () => {
    let runs = 0
    const dies: Image = {
      start: ({ up }) => (up >= 0 && runs === 0 ? { _tag: "Ends", after: 2_000, code: 1 } : { _tag: "Serves" }),
      exec: () => (++runs === 1 ? { _tag: "Ran", code: 0, stdout: "", duration: 60_000 } : { _tag: "Ran", code: 0, stdout: "whole" })
    }
    const { exit } = executed({ image: dies })
    assert.deepStrictEqual(Exit.isSuccess(exit) ? exit.value.stdout : exit, "whole")
    assert.strictEqual(runs, 2)
  })

  it("EXEC-2: an engine that loses a command in mid-run is no reason to run it again", () => {
    const { ran, words } = executed({ driver: failing(/Docker\.look at command/, "unreachable", 1) })
    assert.deepStrictEqual(ran, ["insert"])
    assert.match(words, /Failed|look at command/)
  })
})
