/** The helper that shows that nothing foreign is touched must itself see when something is. */
import { spawnSync } from "node:child_process"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit } from "effect"
import { stackLabel } from "../../src/services/Docker.ts"
import { Docker } from "../../src/services/Docker.ts"
import { eventually } from "../support/eventually.ts"
import { removeLabelled } from "../support/removal.ts"
import { runService, specOf } from "../support/stack.ts"
import { layerSwarm, withSwarm } from "../support/swarm.ts"
import { placeWitnesses } from "../support/witnesses.ts"

const stack = "wit-0a1b2c_ci_example_org"

withSwarm("Witnesses", (swarm) =>
  describe("Witnesses", () => {
    const cli = (...args: ReadonlyArray<string>) =>
      Effect.sync(() => {
        const { status, stderr } = spawnSync("docker", args, { env: { ...process.env, ...swarm.env }, encoding: "utf8" })
        assert.strictEqual(status, 0, stderr)
      })

    it.live("stay what they were while a stack of the name beside them comes, uses their network, is updated, and goes", () =>
      Effect.gen(function* () {
        const docker = yield* Docker
        const { unchanged, changed } = yield* placeWitnesses(swarm, stack)
        const external = (yield* docker.networks).find(({ name }) => name === `${stack}external`)?.id ?? ""
        const network = yield* docker.createNetwork(`${stack}_net`, { [stackLabel]: stack })
        const spec = specOf(stack, "web", {
          networks: [external, network],
          volumes: [{ source: `${stack}_data`, target: "/data", labels: { [stackLabel]: stack } }]
        })
        const id = yield* runService(spec)
        const [service] = yield* docker.services(stack)
        yield* docker.updateService(id, service?.version ?? 0, { ...spec, env: ["CHANGED=1"] })
        yield* eventually("an update state", docker.services(stack), ([one]) => one?.updateState._tag === "Some")
        yield* removeLabelled(stackLabel, stack)
        assert.deepStrictEqual(yield* changed, [])
        yield* unchanged
      }).pipe(Effect.scoped, Effect.provide(layerSwarm(swarm)))
    )

    it.live("show every kind of harm", () =>
      Effect.gen(function* () {
        const docker = yield* Docker
        const { changed, unchanged } = yield* placeWitnesses(swarm, stack)
        const container = (yield* docker.containers(`${stack}_more`))[0]?.id ?? ""
        const secret = (yield* docker.secrets).find(({ name }) => name === `my_${stack}_thing`)
        const harms: ReadonlyArray<readonly [shown: RegExp, Effect.Effect<unknown, unknown>]> = [
          [/^service /, cli("service", "update", "--detach", "--label-add", "harm=1", `${stack}x_web`)],
          [/^content of .*_more_data$/, cli("exec", container, "fixture", "write", "/data/other", "harm")],
          [/^secret /, Effect.andThen(docker.removeSecret(secret?.id ?? ""), docker.createSecret(secret?.name ?? "", "s3cret", secret?.labels ?? {}))],
          [/^network /, cli("network", "disconnect", `${stack}external`, `my_${stack}_helper`)],
          [/^volume .*_more_thing$/, docker.removeVolume(`${stack}_more_thing`)],
          [/^(task|container) /, docker.removeContainer(container)]
        ]
        const known = new Set<string>()
        for (const [shown, act] of harms) {
          assert.deepStrictEqual(
            (yield* changed).filter((name) => !known.has(name)),
            []
          )
          yield* act
          const fresh = (yield* changed).filter((name) => !known.has(name))
          assert.isTrue(
            fresh.some((name) => shown.test(name)),
            `${shown}: ${fresh.join(", ")}`
          )
          for (const name of fresh) known.add(name)
        }
        assert.isTrue(Exit.isFailure(yield* Effect.exit(unchanged)))
      }).pipe(Effect.scoped, Effect.provide(layerSwarm(swarm)))
    )
  })
)
