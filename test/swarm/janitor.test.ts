/** The janitor (JAN) on the real kernel and engine: what it probes, what it leaves, what it reaps, and how it fails. */
import { assert } from "@effect/vitest"
import { Effect, Ref } from "effect"
import * as fs from "node:fs"
import { Docker, stackLabel } from "../../src/services/Docker.ts"
import { accepted } from "../support/engineApi.ts"
import { isAlive } from "../support/races/bins.ts"
import { ends, orphan, program, RaceSite, races } from "../support/races/raceSite.ts"
import { spawned } from "../support/spawned.ts"
import { fixtureImage, runService, specOf } from "../support/stack.ts"
import { pass, outcomes, lockDirId, marked } from "../support/races/janitorWorld.ts"

const stackName = (domain: string) => domain.replaceAll(".", "_")

races("Janitor", (race) => {
  race(
    "JAN-1: whatever tells of a run app makes a candidate: .env, service, volume, secret (labelled or not), config, network, live mark",
    Effect.gen(function* () {
      const { baseDomain, lockDir, settings } = yield* RaceSite
      const docker = yield* Docker
      const told = (name: string) => `${name}-0a1b2c.${baseDomain}`
      const [env, service, volume, network, mark] = [told("env"), told("svc"), told("vol"), told("net"), told("0")] as const
      const [secret, external, config] = [told("sec"), told("x"), told("conf")] as const
      const labels = (domain: string) => ({ [stackLabel]: stackName(domain) })
      fs.writeFileSync(`${settings["abraDir"]}/servers/default/${env}.env`, "TYPE=blog\n")
      yield* runService(specOf(stackName(service), "app"))
      yield* docker.createVolume(`${stackName(volume)}_data`, labels(volume))
      yield* docker.createSecret(`${stackName(secret)}_key`, "s3cret", labels(secret))
      yield* docker.createSecret(`${stackName(external)}_key`, "s3cret", {})
      yield* docker.createConfig(`${stackName(config)}_conf`, "text", labels(config))
      yield* docker.createNetwork(`${stackName(network)}_net`, labels(network))
      const child = yield* marked(mark)
      const report = yield* pass()
      const all = [env, service, volume, network, mark, secret, external, config]
      assert.deepStrictEqual(outcomes(report), all.map((domain) => `reaped ${domain}`).sort())
      assert.deepStrictEqual((yield* child.ended).signal, "SIGKILL")
      assert.deepStrictEqual(fs.readdirSync(lockDir), [])
      assert.deepStrictEqual(fs.readdirSync(`${settings["abraDir"]}/servers/default`), [])
    })
  )

  race(
    "JAN-1, ABRA-8: what has not the run shape is never probed, gets no lock file, and stays, and so does another server's app",
    Effect.gen(function* () {
      const { baseDomain, lockDir, settings, domain, stack } = yield* RaceSite
      const docker = yield* Docker
      const shapes = [
        `warms-0a1b2c.${baseDomain}`,
        `blog-0a1b2.${baseDomain}`,
        `blog-0a1b2c3.${baseDomain}`,
        `blog-0A1B2C.${baseDomain}`,
        `blog-0a1b2g.${baseDomain}`,
        `www.blog-0a1b2c.${baseDomain}`,
        `blog-0a1b2c.${baseDomain}.org`,
        `blog-0a1b2c.x${baseDomain}`,
        `-0a1b2c.${baseDomain}`,
        baseDomain
      ]
      const servers = `${settings["abraDir"]}/servers`
      fs.mkdirSync(`${servers}/other`, { recursive: true })
      yield* Effect.addFinalizer(() => Effect.sync(() => fs.rmSync(`${servers}/other`, { recursive: true })))
      fs.writeFileSync(`${servers}/other/${domain}.env`, "TYPE=blog\n")
      for (const shape of shapes) {
        fs.writeFileSync(`${servers}/default/${shape}.env`, "TYPE=blog\n")
        fs.writeFileSync(`${lockDir}/cc-ci-app-${shape}.lock`, "")
        if (!shape.startsWith("-")) yield* docker.createVolume(`${stackName(shape)}_data`, { [stackLabel]: stackName(shape) })
      }
      for (const file of ["notes", `cc-ci-app-${domain}.lock.old`, `x-cc-ci-app-${domain}.lock`]) fs.writeFileSync(`${lockDir}/${file}`, "")
      const state = Effect.map(docker.volumes, (volumes) => [
        fs.readdirSync(lockDir),
        fs.readdirSync(`${servers}/default`),
        fs.readdirSync(`${servers}/other`),
        volumes.flatMap(({ name }) => (name.includes(stackName(baseDomain)) ? [name] : [])).sort()
      ])
      const before = yield* state
      const opened = yield* Ref.make<ReadonlyArray<string>>([])
      const report = yield* pass({
        lock: ({ open }) => ({
          open: (path) =>
            Effect.andThen(
              Ref.update(opened, (paths) => [...paths, path]),
              open(path)
            )
        })
      })
      assert.deepStrictEqual([report.candidates, report.warnings, yield* Ref.get(opened)], [[], [], []])
      assert.deepStrictEqual(yield* state, before)
      assert.include(before.flat(), `${stack}_more_data`)
    })
  )

  race(
    "JAN-5: the lock is held through the whole reap, and its file goes only if nothing is left",
    Effect.gen(function* () {
      const site = yield* RaceSite
      yield* orphan
      const held = yield* Ref.make<ReadonlyArray<boolean>>([])
      const lie = (name: string) => Effect.flatMap(site.isHeld, (now) => Ref.update(held, (before) => [...before, now])).pipe(Effect.as(name), Effect.asVoid)
      const first = yield* pass({ docker: () => ({ removeVolume: lie }) })
      assert.deepStrictEqual(yield* Ref.get(held), [true])
      assert.deepStrictEqual(outcomes(first), [`failed ${site.domain}`])
      assert.includeMembers([...(yield* site.left)], [site.lockFile, site.envPath, `volume ${site.stack}_data`])
      assert.isFalse(yield* site.isHeld)
      assert.deepStrictEqual(outcomes(yield* pass()), [`reaped ${site.domain}`])
      assert.deepStrictEqual(yield* site.left, [])
    })
  )

  race(
    "JAN-6: an idle lock file goes; an app that comes between the listing and the lock is seen, and reaped with it",
    Effect.gen(function* () {
      const { left, domain, lockFile, stack } = yield* RaceSite
      const docker = yield* Docker
      fs.writeFileSync(lockFile, "")
      assert.deepStrictEqual(outcomes(yield* pass()), [`reaped ${domain}`])
      assert.deepStrictEqual(yield* left, [])
      fs.writeFileSync(lockFile, "")
      const late = docker.createVolume(`${stack}_data`, { [stackLabel]: stack }).pipe(Effect.orDie)
      assert.deepStrictEqual(outcomes(yield* pass({ lock: ({ open }) => ({ open: (path) => Effect.andThen(late, open(path)) }) })), [`reaped ${domain}`])
      assert.deepStrictEqual(yield* left, [])
    })
  )

  race(
    "JAN-7: --dry-run changes nothing: no object, no lock file, no process",
    Effect.gen(function* () {
      const { left, domain, baseDomain, lockDir } = yield* RaceSite
      yield* orphan
      fs.writeFileSync(`${lockDir}/cc-ci-app-idle-0a1b2c.${baseDomain}.lock`, "")
      const child = yield* marked(domain)
      const before = [yield* left, fs.readdirSync(lockDir)]
      assert.deepStrictEqual(outcomes(yield* pass({ dryRun: true })), [`wouldReap ${domain}`, `wouldReap idle-0a1b2c.${baseDomain}`])
      assert.deepStrictEqual([yield* left, fs.readdirSync(lockDir)], before)
      assert.isTrue(isAlive(child.pid))
    })
  )

  race(
    "JAN-7: one lock that cannot be opened and one volume that cannot be removed are reported, the rest is reaped, and the exit code is 4",
    Effect.gen(function* () {
      const { swarm, baseDomain, domain, stack, lockDir, ccci, left } = yield* RaceSite
      const docker = yield* Docker
      yield* orphan
      const body = { Image: fixtureImage, Cmd: ["fixture", "serve"], HostConfig: { NetworkMode: "none", Binds: [`${stack}_data:/data`] } }
      const created: { readonly Id: string } = JSON.parse((yield* accepted(swarm, "POST", "/containers/create", body)).toString())
      const letGo = yield* Effect.cached(accepted(swarm, "DELETE", `/containers/${created.Id}?force=1`))
      yield* Effect.addFinalizer(() => Effect.asVoid(letGo))
      const [locked, fine] = [`dir-0a1b2c.${baseDomain}`, `fine-0a1b2c.${baseDomain}`]
      fs.mkdirSync(`${lockDir}/cc-ci-app-${locked}.lock`)
      for (const one of [locked, fine]) yield* docker.createVolume(`${stackName(one)}_data`, { [stackLabel]: stackName(one) })
      const run = yield* ccci(["janitor"], { env: { CCCI_LIMIT_KILL_GRACE: "500ms" } })
      yield* ends(run, 4)
      yield* run.line(new RegExp(`^reaped +${fine}`))
      yield* run.line(new RegExp(`^FAILED +${domain}`))
      yield* run.line(new RegExp(`^FAILED +${locked}.*EISDIR`))
      const volumes = (yield* docker.volumes).map(({ name }) => name)
      assert.includeMembers([...volumes], [`${stack}_data`, `${stackName(locked)}_data`])
      assert.notInclude(volumes, `${stackName(fine)}_data`)
      yield* letGo
      assert.deepStrictEqual(outcomes(yield* pass()), [`failed ${locked}`, `reaped ${domain}`])
      assert.deepStrictEqual(yield* left, [])
    })
  )

  race(
    "JAN-7: an engine that is not there, or a lock directory that cannot be read: it reports, removes nothing, and its exit code is not 0",
    Effect.gen(function* () {
      const { left, root, ccci, lockFile, envPath } = yield* RaceSite
      fs.writeFileSync(lockFile, "")
      fs.writeFileSync(envPath, "TYPE=blog\n")
      const blind = yield* ccci(["janitor"], { env: { DOCKER_HOST: `unix://${root}/nobody.sock`, CCCI_LIMIT_KILL_GRACE: "500ms" } })
      assert.include([3, 4], (yield* blind.ended).code)
      yield* blind.line(/nobody\.sock/)
      assert.deepStrictEqual(yield* left, [envPath, lockFile])

      yield* orphan
      const before = yield* left
      const homeless = yield* ccci(["janitor"], { env: { CCCI_APP_LOCK_DIR: `${root}/nowhere` } })
      assert.include([3, 4], (yield* homeless.ended).code)
      yield* homeless.line(/ENOENT/)
      assert.deepStrictEqual(yield* left, before)
    })
  )

  race(
    "JAN-7: a janitor in trouble does not fail the run that called it",
    Effect.gen(function* () {
      const { baseDomain, lockDir, run } = yield* RaceSite
      fs.mkdirSync(`${lockDir}/cc-ci-app-dir-0a1b2c.${baseDomain}.lock`)
      const one = yield* run({ hold: ["abra.newApp"] })
      yield* one.line(/"Warning".*Janitor: .*EISDIR/)
      yield* one.line(/^at abra.newApp/)
      yield* one.signal("SIGTERM")
      yield* ends(one, 143)
    })
  )

  race(
    "JAN-7: SIGTERM: the reaps in hand are finished, no other is begun, exit 143",
    Effect.gen(function* () {
      const site = yield* RaceSite
      const docker = yield* Docker
      const domains = [1, 2, 3, 4, 5, 6].map((at) => `many-00000${at}.${site.baseDomain}`)
      for (const domain of domains) yield* docker.createVolume(`${stackName(domain)}_data`, { [stackLabel]: stackName(domain) })
      const run = yield* site.janitor({ hold: ["docker.removeVolume"] })
      for (const domain of domains.slice(0, 4)) yield* run.line(new RegExp(`^at docker.removeVolume ${stackName(domain)}_data`))
      yield* run.signal("SIGTERM")
      yield* run.send("ping")
      yield* run.line(/^pong$/)
      yield* run.send("free docker.removeVolume")
      yield* ends(run, 143)
      const left = (yield* docker.volumes).map(({ name }) => name).filter((name) => name.startsWith("many-"))
      assert.deepStrictEqual(
        left.sort(),
        domains.slice(4).map((domain) => `${stackName(domain)}_data`)
      )
      assert.deepStrictEqual(fs.readdirSync(site.lockDir), [])
    })
  )

  race(
    "JAN-9: marked processes of a dead run are ended, zombies count as gone; never the janitor itself or its ancestors, never another lock directory's",
    Effect.gen(function* () {
      const { domain, lockDir, env } = yield* RaceSite
      const mark = { CCCI_APP_LOCK: `${lockDirId(lockDir)}:${domain}`, CCCI_RUN_TOKEN: "dead" }
      const stranger = yield* marked(domain)
      const other = yield* spawned(["sleep", "600"], { env: { CCCI_APP_LOCK: `1:1:${domain}`, CCCI_RUN_TOKEN: "dead" } })
      // exec leaves the child that ended as a zombie, which nobody waits for.
      const zombie = yield* spawned(["sh", "-c", "true & exec sleep 600"], { env: mark })
      const [command, ...args] = program("stepped", "janitor")
      const janitor = yield* spawned(["sh", "-c", '"$@"; echo "survived $?"', "sh", command, ...args], { env: { ...env, ...mark } })
      yield* janitor.line(/^survived 0$/)
      yield* janitor.line(new RegExp(`^reaped +${domain}: with \\d processes`))
      assert.strictEqual((yield* stranger.ended).signal, "SIGKILL")
      assert.strictEqual((yield* zombie.ended).signal, "SIGKILL")
      assert.isTrue(isAlive(other.pid))
    })
  )

  race(
    "JAN-9: a process that cannot be ended: reported, nothing reaped",
    Effect.gen(function* () {
      const { domain, left } = yield* RaceSite
      yield* orphan
      const child = yield* marked(domain)
      const before = yield* left
      const report = yield* pass({ processes: () => ({ kill: () => Effect.succeed(false) }) })
      assert.deepStrictEqual(outcomes(report), [`failed ${domain}`])
      assert.include(report.candidates[0]?.detail, `pid ${child.pid}`)
      assert.deepStrictEqual(
        (yield* left).filter((one) => !one.endsWith(".lock")),
        before
      )
    })
  )

  race(
    "JAN-10: what appears after the first empty look is found by the second, and goes, before the lock file does",
    Effect.gen(function* () {
      const { domain, left, stack } = yield* RaceSite
      const docker = yield* Docker
      yield* orphan
      const late = yield* Effect.cached(docker.createVolume(`${stack}_late`, { [stackLabel]: stack }))
      const report = yield* pass({
        docker: (real) => ({
          // What a dead client has asked for takes effect right after the look that shows nothing of the app any more.
          volumes: Effect.tap(real.volumes, (volumes) => (volumes.some(({ name }) => name === `${stack}_data`) ? Effect.void : late))
        })
      })
      assert.deepStrictEqual(outcomes(report), [`reaped ${domain}`])
      assert.deepStrictEqual(yield* left, [])
    })
  )
})
