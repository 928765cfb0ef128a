/** HEALTH: is it up, told from whether it merely looks so. */
import { assert, describe, it } from "@effect/vitest"
import { Cause, Duration, Effect, Exit } from "effect"
import { webServer } from "../../src/layers/simulated/example/images.ts"
import type { Answer, Request } from "../../src/layers/simulated/swarm/images.ts"
import { Domain } from "../../src/model/names.ts"
import { answers, probes } from "../../src/programs/health.ts"
import type { ReadyProbe } from "../../src/recipe.ts"
import { count, history, images, judgement, limits, onCall, scenario, stage, statuses, told } from "./scenario.ts"

const domain = Domain.make("shop-1a2b3c.ci.example.org")
const gateway = { address: "192.0.2.10", port: 443 }

/** Waits for an answer of a gateway that answers like this. */
const check = (answer: (request: Request) => Answer, ok: ReadonlyArray<number> = [200], path = "/") => {
  const { world, play } = scenario()
  const asked: Array<string> = []
  const listener = (request: Request) => {
    asked.push(`${request.host}${request.path}`)
    return { _tag: "Answer", ...answer(request) } as const
  }
  world.network.listen(gateway, { speaks: "https", answer: listener })
  const exit = play(answers(domain, domain, { path, ok, bound: Duration.seconds(20) }))
  return { asked, up: Exit.isSuccess(exit), words: Exit.isSuccess(exit) ? "" : Cause.pretty(exit.cause) }
}

const to = (location: string): Answer => ({ status: 302, headers: { location } })

const job = (restart: string, image: string) => `  job:
    image: ${image}
    networks: [internal]
    deploy:
      restart_policy:
        condition: ${restart}
`
const ends = (code: number) => ({ "example/job:1": { start: () => ({ _tag: "Ends", after: 100, code }) as const } })

describe("health", () => {
  it("HEALTH-1: a one-shot that did its work is no deficit; zero of zero is there", () => {
    const zero = "  idle:\n    image: example/job:1\n    networks: [internal]\n    deploy:\n      replicas: 0\n"
    const { run } = scenario({ images: ends(0), history: history({ head: { services: job("none", "example/job:1") + zero } }) })
    assert.deepStrictEqual(statuses(run({ stages: ["install"] })), ["install pass"])
  })

  it("HEALTH-1: a one-shot that failed is a deficit, and its exit code is said", () => {
    const { run } = scenario({
      images: ends(3),
      settings: { limits: limits({ converged: 30 }) },
      history: history({ head: { services: job("none", "example/job:1") } })
    })
    const result = run({ stages: ["install"] })
    assert.deepStrictEqual(statuses(result), ["install fail"])
    assert.match(told(result), /_job: 0\/1 running.*exit code|_job: 0\/1 running.*non-zero/)
  })

  it("HEALTH-2: a paused flag from long ago does not block an install's wait", () => {
    const { run, world } = scenario({
      ops: {
        preBackup: () =>
          Effect.sync(() => {
            for (const service of world.swarm.services.values()) service.status = { state: "paused", message: "one flicker" }
          })
      }
    })
    assert.deepStrictEqual(statuses(run({ stages: ["install", "backup", "restore"] })), ["install pass", "backup pass", "restore pass"])
  })

  it("HEALTH-3: the domain is SNI and Host, at the recipe's path, with an accepted status from one request", () => {
    const seen = check(({ path }) => ({ status: path === "/health?deep" ? 418 : 200 }), [418], "/health?deep")
    assert.isTrue(seen.up)
    assert.deepStrictEqual(seen.asked, [`${domain}/health?deep`])
  })

  it("HEALTH-3: a redirect within the host is followed, five at most", () => {
    const chain = (length: number) => check(({ path }) => (path === `/${length}` ? { status: 200 } : to(`/${Number(path.slice(1)) + 1}`)))
    assert.isTrue(chain(5).up)
    assert.isFalse(chain(6).up)
    assert.isTrue(check(({ path }) => (path === "/in" ? { status: 200 } : to(`https://${domain}/in`))).up, "absolute, to the same host")
  })

  it("HEALTH-3: a redirect to elsewhere is judged by its own status", () => {
    const away = () => to("https://login.example.org/")
    const accepted = check(away, [200, 302])
    assert.deepStrictEqual([accepted.up, accepted.asked.length], [true, 1])
    const refused = check(away, [200])
    assert.isFalse(refused.up)
    assert.isTrue(refused.asked.every((url) => url === `${domain}/`))
  })

  it("HEALTH-3: defaults: path /, 200, 301, 302; healthPath, healthOk and httpTimeout are the recipe's", () => {
    const paths: Array<string> = []
    const answer = ({ path }: Request) => (paths.push(path), { status: path === "/up" ? 299 : 301, headers: { location: "https://elsewhere.example.org/" } })
    const image = { [images.new]: { ...webServer({ version: "2" }), http: answer } }
    assert.deepStrictEqual(statuses(scenario({ images: image }).run({ stages: ["install"] })), ["install pass"])
    const { run } = scenario({ images: image, definition: { healthPath: "/up", healthOk: [200], httpTimeout: 25 } })
    const result = run({ stages: ["install"] })
    assert.deepStrictEqual([...new Set(paths)], ["/", "/up"])
    assert.match(told(result), /waited 25 s for https:\/\/shop-\w+\.ci\.example\.org\/up to answer 200; last seen: HTTP 299/)
  })

  it("HEALTH-3: the certificate need not verify, unless the site says so", () => {
    const verified = scenario({ settings: { verifyCertificate: true, limits: limits({ healthy: 20 }) } }).run({ stages: ["install"] })
    assert.match(told(verified), /SELF_SIGNED/)
    assert.deepStrictEqual(statuses(scenario().run({ stages: ["install"] })), ["install pass"])
  })

  it("HEALTH-4: a TCP probe connects `stable` times in a row, and one failure starts over", () => {
    const plan = ["ok", "refused", "ok", "ok", "refused", "ok", "ok", "ok"]
    let at = 0
    const driver = onCall((_call, _world, text) =>
      !text.startsWith("Http.connect") || plan[at++] === "ok" ? undefined : { _tag: "Fail", fault: { code: "refused" } }
    )
    const { world, play } = scenario({ driver })
    world.network.listen({ address: "192.0.2.99", port: 5432 }, { speaks: "other", answer: () => ({ _tag: "Silent" }) })
    assert.isTrue(Exit.isSuccess(play(probes(domain, [{ kind: "tcp", host: "192.0.2.99", port: 5432, stable: 3 }]))))
    assert.strictEqual(at, 8)
    at = 2
    assert.isTrue(Exit.isSuccess(play(probes(domain, [{ kind: "tcp", host: "192.0.2.99", port: 5432 }]))))
    assert.strictEqual(at, 4, "twice unless the recipe says otherwise")
  })

  it("HEALTH-4: probes are used after install and after upgrade", () => {
    const readyProbes: ReadonlyArray<ReadyProbe> = [{ kind: "http", path: "/ready", ok: [200] }]
    const seen: Array<string> = []
    const answer =
      (version: string) =>
      ({ path }: Request) => (path === "/ready" && seen.push(version), { status: 200 })
    const { run } = scenario({
      definition: { readyProbes },
      images: { [images.old]: { ...webServer({ version: "1" }), http: answer("old") }, [images.new]: { ...webServer({ version: "2" }), http: answer("new") } }
    })
    assert.deepStrictEqual(statuses(run({ stages: ["install", "upgrade"] })), ["install pass", "upgrade pass"])
    assert.deepStrictEqual(seen, ["old", "new"])
  })

  it("HEALTH-5: a time-out names the domain, what was waited for, and the last thing seen", () => {
    const sick = { [images.new]: webServer({ version: "2", fault: "sick" }) }
    const { run, world } = scenario({ images: sick, settings: { limits: limits({ converged: 45 }) } })
    const result = run({ stages: ["install"] })
    const text = stage(result, "install")?.reason ?? ""
    assert.match(text, /^shop-\w+\.ci\.example\.org: waited 45 s for swarm to run what was deployed; last seen: .*_app: 0\/1 running/)
    assert.deepStrictEqual(judgement(result), ["red", 1])
    assert.isBelow(stage(result, "install")?.duration ?? Infinity, 60_000)
    assert.isAbove(count(world, /Docker\.list current tasks/), 5)
  })

  it("HEALTH-5: an engine that stopped answering is the machine's fault", () => {
    let deployed = false
    const driver = onCall((_call, world, text) => {
      deployed ||= world.swarm.services.size > 0
      return deployed && /Docker\.list services shop/.test(text) ? { _tag: "Fail", fault: { code: "unreachable" } } : undefined
    })
    assert.deepStrictEqual(judgement(scenario({ driver }).run({ stages: ["install"] })), ["infrastructure", 3])
  })
})
