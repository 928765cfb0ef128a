/** DEP: one app deployed, in the order whose every step has its reason. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import { dockerCli } from "../../src/layers/simulated/executables/dockerCli.ts"
import { install } from "../../src/layers/simulated/kernel/programs.ts"
import { createFile, createVolume } from "../../src/layers/simulated/swarm/objects.ts"
import { stackLabel } from "../../src/services/Docker.ts"
import { compose, count, envFile, first, history, judgement, last, onCall, recipe, sample, scenario, stage, statuses, told, versions } from "./scenario.ts"

const installOnly = { stages: ["install"] } as const
const upgraded = { stages: ["install", "upgrade"] } as const

/** The domain that every run of the default request has. */
const domain = Option.getOrThrow(scenario().run({ stages: [] }).facts.domain)
const stack = domain.replaceAll(".", "_")

const secretSections = "secrets:\n  token:\n    external: true\n    name: ${STACK_NAME}_token_${SECRET_TOKEN_VERSION}\n"
const withSecret = { app: "    secrets: [token]\n", sections: secretSections }

describe("a deploy", () => {
  it("DEP-1: counted once, an upgrade in place included, in the facts and in CCCI_DEPLOY_COUNT_FILE", () => {
    const { run, read } = scenario({ settings: { deployCountFile: Option.some("/tmp/deploys") } })
    const { facts } = run(upgraded)
    assert.deepStrictEqual(facts.deploys, { count: 1, reasons: ["0.2.0+1"] })
    assert.strictEqual(read("/tmp/deploys"), `${domain}\n`)
  })

  it("DEP-2, LOCK-4: the lock, then the marked processes, then what is there, and only then anything is made", () => {
    const { run, world } = scenario()
    run(installOnly)
    const lock = first(world, /Lock\.flock .*cc-ci-app-/)
    const made = first(world, /Files\.write .*\.env$/)
    const order = [
      lock,
      world.seam.trace.findIndex(({ call }, at) => at > lock && call.service === "Processes" && call.operation === "list"),
      world.seam.trace.findIndex(({ call }, at) => at > lock && call.service === "Docker" && call.operation === "list volumes"),
      made
    ]
    assert.isTrue(order.every((at) => at >= 0))
    assert.deepStrictEqual(
      order,
      [...order].sort((one, other) => one - other)
    )
    assert.isAbove(first(world, /Docker\.create/), made)
    assert.isAbove(first(world, /Docker\.list tasks shop-/), lock, "nobody looks at this app before")
  })

  it("DEP-3: what a crashed run of this domain left is gone before app new: volume, secret, .env", () => {
    // After the janitor has looked, so that it is the run itself that has to clear it.
    const leftBehind = { yet: false }
    const driver = onCall((_call, _world, text) => {
      if (leftBehind.yet || !/Files\.make directory .*\/abra\/recipes/.test(text)) return undefined
      leftBehind.yet = true
      createVolume(world.swarm, world.swarm.manager.id, `${stack}_content`, { [stackLabel]: stack })
      createFile(world.swarm, { kind: "secret", objects: world.swarm.secrets }, `${stack}_token_v1`, "old", {})
      put(envFile(domain), "TYPE=shop\n")
      return undefined
    })
    const { run, world, put } = scenario({
      driver,
      history: history({ head: withSecret, headFiles: { ".env.sample": `${sample}SECRET_TOKEN_VERSION=v1\n` } })
    })
    assert.deepStrictEqual(judgement(run(installOnly)), ["green", 0])
    const made = first(world, /Files\.write .*\.env$/)
    for (const removal of [/Docker\.remove volume .*_content/, /Docker\.remove secret/, /Files\.remove .*\.env$/]) {
      assert.isBelow(first(world, removal), made)
      assert.isAbove(first(world, removal), -1)
    }
  })

  it("DEP-3: what cannot be cleared ends the run as a leak, and nothing is deployed on top of it", () => {
    const driver = onCall((_call, _world, text) =>
      /Docker\.remove volume/.test(text) ? { _tag: "Fail", fault: { code: "server", seen: "device busy" } } : undefined
    )
    const { run, world } = scenario({ driver })
    createVolume(world.swarm, world.swarm.manager.id, `${stack}_content`, { [stackLabel]: stack })
    const result = run(installOnly)
    assert.deepStrictEqual(judgement(result), ["leak", 4])
    assert.strictEqual(result.facts.deploys.count, 0)
    assert.strictEqual(first(world, /Docker\.create|Git\.check out/), -1)
  })

  it("DEP-4: the .env is that of the tree that is deployed: keys of its sample that app new did not write are added", () => {
    const seen: Array<string> = []
    const { run, read } = scenario({
      history: history({ headFiles: { ".env.sample": `${sample}NEW_IN_HEAD=yes\n` } }),
      ops: { postInstall: () => Effect.sync(() => void seen.push(read(envFile(domain)))) }
    })
    assert.deepStrictEqual(judgement(run(installOnly)), ["green", 0])
    assert.match(seen[0] ?? "", /^NEW_IN_HEAD=yes$/m)
  })

  it("DEP-4: a pinned version is deployed as such, not the latest, and not chaos", () => {
    const { run } = scenario()
    const { facts } = run({ ...upgraded, base: Option.some("0.1.0+1") })
    const { before } = Option.getOrThrow(facts.upgrade)
    assert.deepStrictEqual([before.version, before.chaosCommit], ["0.1.0+1", ""])
  })

  it("DEP-5: a lightweight tag, an overlay: a chaos deploy of that very version's checkout, and the log says which", () => {
    for (const [options, why] of [
      [{ history: history({ annotated: false }) }, /chaos: the tag 0\.2\.0\+1 is lightweight/],
      [{ overlay: "services:\n  app:\n    hostname: ci\n" }, /chaos: the overlay lies untracked/]
    ] as const) {
      const { run, commits, events } = scenario(options)
      const result = run(upgraded)
      assert.deepStrictEqual(statuses(result), ["install pass", "upgrade pass"])
      assert.match(Option.getOrThrow(result.facts.upgrade).before.chaosCommit, new RegExp(`^${commits[1]?.slice(0, 8)}`))
      assert.isTrue(events.some((event) => event._tag === "Step" && why.test(event.text)))
    }
  })

  it("DEP-6: DOMAIN is set though the sample leaves a template, LETS_ENCRYPT_ENV is empty, then comes the recipe's own", () => {
    const seen: Array<string> = []
    const { run, read, world } = scenario({
      history: history({ headFiles: { ".env.sample": sample.replace("shop.example.com", "{{ .Domain }}") } })
        .slice(-1)
        .map((step) => ({ ...step, files: { "compose.yml": compose(versions.head), ...step.files } })),
      definition: { extraEnv: { EXTRA: "given" } },
      ops: {
        postInstall: () =>
          Effect.sync(() => {
            const [service] = world.swarm.services.values()
            seen.push(read(envFile(domain)), service?.spec.labels[`traefik.http.routers.${stack}.tls.certresolver`] ?? "none")
          })
      }
    })
    assert.deepStrictEqual(judgement(run(installOnly)), ["green", 0])
    assert.match(seen[0] ?? "", new RegExp(`^DOMAIN=${domain}$`, "m"))
    assert.match(seen[0] ?? "", /^EXTRA=given$/m)
    assert.strictEqual(seen[1], "", "ACME never fires from a CI")
  })

  it("DEP-7, DEP-8: install_steps runs after env and secrets, before the deploy, and is told domain, recipe and .env", () => {
    const seen: Array<unknown> = []
    const { run, world, read } = scenario({
      history: history({ head: withSecret, headFiles: { ".env.sample": `${sample}SECRET_TOKEN_VERSION=v1\n` } }),
      installSteps: ({ process: { environment } }) =>
        Effect.sync(() => {
          seen.push(environment["CCCI_APP_DOMAIN"], environment["CCCI_RECIPE"], environment["CCCI_APP_ENV"])
          seen.push(
            /^LETS_ENCRYPT_ENV=$/m.test(read(envFile(domain))),
            [...world.swarm.secrets.values()].map(({ name }) => name),
            world.swarm.services.size
          )
          return 0
        })
    })
    assert.deepStrictEqual(judgement(run(installOnly)), ["green", 0])
    assert.deepStrictEqual(seen, [domain, recipe, envFile(domain), true, [`${stack}_token_v1`], 0])
  })

  it("DEP-7: skipSecrets: none are generated", () => {
    const { run, world } = scenario({
      definition: { skipSecrets: true },
      history: history({ head: withSecret, headFiles: { ".env.sample": `${sample}SECRET_TOKEN_VERSION=v1\n` } })
    })
    const result = run(installOnly)
    assert.match(told(result), /secret not generated: token/)
    assert.strictEqual(count(world, /Docker\.create secret/), 0)
  })

  it("DEP-8: an install_steps that fails makes install red, and nothing is deployed", () => {
    const { run, world } = scenario({ installSteps: ({ output }) => Effect.sync(() => (output.write("stderr", "no such realm\n"), 3)) })
    const result = run(installOnly)
    assert.deepStrictEqual(judgement(result), ["red", 1])
    assert.match(told(result), /install_steps failed: exit code 3: no such realm/)
    assert.strictEqual(count(world, /Docker\.create service/), 0)
  })

  it("DEP-9: the overlay lies in this run's checkout only, and stands last in COMPOSE_FILE, once", () => {
    const overlay = "services:\n  app:\n    environment: {FROM_OVERLAY: ci}\n"
    for (const named of ["compose.yml", "compose.yml:compose.ccci.yml"]) {
      const seen: Array<string> = []
      const { run, world, read, commits } = scenario({
        overlay,
        definition: { extraEnv: { COMPOSE_FILE: named } },
        ops: {
          postInstall: () =>
            Effect.sync(() => {
              const [service] = world.swarm.services.values()
              seen.push(
                /^COMPOSE_FILE=(.*)$/m.exec(read(envFile(domain)))?.[1] ?? "",
                service?.spec.template.env.find((line) => line.startsWith("FROM")) ?? "none"
              )
            })
        }
      })
      const result = run(installOnly)
      assert.deepStrictEqual(judgement(result), ["green", 0])
      assert.deepStrictEqual(
        seen.map((text) => text.replaceAll(/["']/g, "")),
        ["compose.yml:compose.ccci.yml", "FROM_OVERLAY=ci"]
      )
      assert.isAbove(first(world, new RegExp(`Git\\.check out ${commits[2]}`)), -1)
      assert.strictEqual(read(`/srv/recipes/${recipe}/compose.ccci.yml`), "")
    }
  })

  it("DEP-9: a checkout that is gone is a clear error", () => {
    const { run, world } = scenario({
      overlay: "services: {}\n",
      installSteps: ({ process }) =>
        Effect.sync(() => {
          const found = world.tree.find(process.environment["ABRA_DIR"] + "/recipes/shop", false)
          if (found._tag === "Success") world.tree.unlink(found.success.directory, found.success.name)
          return 0
        })
    })
    const result = run(installOnly)
    assert.deepStrictEqual(judgement(result), ["infrastructure", 3])
    assert.match(told(result), /checkout .*\/abra\/recipes\/shop is gone/)
  })

  it("DEP-10: what is absent is pulled before the deploy, what is there is not", () => {
    const { run, world } = scenario({
      history: history({ head: { services: "  db:\n    image: example/db:1\n    networks: [internal]\n" } }),
      swarm: { registry: { "example/db:1": { _tag: "Image", image: {}, time: 300 } } }
    })
    assert.deepStrictEqual(judgement(run(installOnly)), ["green", 0])
    assert.strictEqual(count(world, /Docker\.pull image/), 1)
    assert.isBelow(last(world, /Docker\.pull image example\/db:1/), first(world, /Docker\.create/))
  })

  it("DEP-10: a pull that fails fails here, by its name, and nothing is deployed", () => {
    const { run, world } = scenario({
      history: history({ head: { image: "example/typo:1" } }),
      swarm: { registry: { "example/typo:1": { _tag: "Refuses", reason: "missing", seen: "manifest unknown" } } }
    })
    const result = run(installOnly)
    assert.deepStrictEqual(judgement(result), ["red", 1])
    assert.match(told(result), /example\/typo:1[^]*manifest unknown/)
    assert.strictEqual(count(world, /Docker\.create service/), 0)
    const unreachable = scenario({ history: history({ head: { image: "example/nowhere:1" } }) }).run(installOnly)
    assert.deepStrictEqual(judgement(unreachable), ["infrastructure", 3], "the machine's fault")
  })

  it("DEP-10: images that cannot be resolved are said, and the deploy goes on", () => {
    const { run } = scenario({ definition: { skipSecrets: true, extraEnv: { COMPOSE_FILE: "compose.yml:absent.yml" } } })
    const result = run(installOnly)
    assert.match(told(result), /images to pull cannot be told .*absent\.yml[^]*the deploy will pull/)
    assert.match(stage(result, "install")?.reason ?? "", /absent\.yml/, "and the deploy itself says what is wrong")
  })

  it("DEP-11: deployTimeout is the limit of the deploy's child", () => {
    const { run, world } = scenario({ definition: { deployTimeout: 40 } })
    install(world, "/usr/bin/docker", (invocation) => (invocation.args[0] === "stack" ? Effect.forever(Effect.sleep("1 second")) : dockerCli(invocation)))
    const result = run(installOnly)
    const { status, duration = 0 } = stage(result, "install") ?? {}
    assert.strictEqual(status, "fail")
    assert.isTrue(duration >= 40_000 && duration < 55_000, `${duration}`)
    assert.match(told(result), /timed out[^]*deployTimeout/)
  })

  it("DEP-11: a deploy that is cut off although its spec was applied is judged by HEALTH", () => {
    const { run, world } = scenario({ definition: { deployTimeout: 40 } })
    install(world, "/usr/bin/docker", (invocation) =>
      Effect.flatMap(dockerCli(invocation), (code) => (invocation.args[0] === "stack" ? Effect.forever(Effect.sleep("1 second")) : Effect.succeed(code)))
    )
    const result = run(installOnly)
    assert.deepStrictEqual(statuses(result), ["install pass"])
    assert.match(told(result), /timed out[^]*was applied/)
  })
})
