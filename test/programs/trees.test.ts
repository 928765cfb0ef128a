/** RUN: the run's own trees, its name, its domain. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Result } from "effect"
import { makeRepository } from "../../src/layers/simulated/git/build.ts"
import { GitRef } from "../../src/model/names.ts"
import { first, history, judgement, places, recipe, scenario, stage, told, versions, compose, words } from "./scenario.ts"

const installOnly = { stages: ["install"] } as const
const ref = (text: string) => Option.some(GitRef.make(text))
const headOf = ({ facts }: { readonly facts: { readonly head: Option.Option<{ readonly commit: string }> } }) =>
  Option.match(facts.head, { onNone: () => "", onSome: ({ commit }) => commit })

describe("the run's own trees", () => {
  it("RUN-1: the id is the build's number, else the pid's, and random hex: one build may do several runs", () => {
    const { run } = scenario()
    const none = { stages: [] }
    const build = scenario({ settings: { buildNumber: Option.some("417") } })
    const ids = [build.run(none), build.run(none)].map(({ facts }) => facts.runId)
    assert.match(ids[0] ?? "", /^417-[0-9a-f]{8}$/)
    assert.notStrictEqual(ids[0], ids[1])
    assert.match(run(none).facts.runId, /^manual-\d+-[0-9a-f]{8}$/)
  })

  it("RUN-2: an abra directory of its own, with the canonical servers and recipes of its own, told to children only", () => {
    const seen: Array<string | undefined> = []
    const { run, world, put } = scenario({
      installSteps: ({ process }) =>
        Effect.sync(() => {
          seen.push(process.environment["ABRA_DIR"], process.parent?.environment["ABRA_DIR"])
          const servers = world.tree.lookup(`${process.environment["ABRA_DIR"]}/servers`, false)
          seen.push(Result.isSuccess(servers) && servers.success.kind === "symlink" ? servers.success.target : "no symlink")
          return 0
        })
    })
    put(`${places.abraDir}/recipes/${recipe}/mine`, "staged")
    const { directory } = run(installOnly)
    assert.deepStrictEqual(seen, [`${directory}/abra`, undefined, `${places.abraDir}/servers`])
    const staged = world.tree.directory(`${places.abraDir}/recipes/${recipe}`)
    assert.deepStrictEqual(Result.isSuccess(staged) ? [...staged.success.entries.keys()] : [], ["mine"], "the canonical checkout is never touched")
    // A local source is looked at; everything else is done in the run's own tree.
    const commands = world.seam.trace.filter(({ call }) => call.service === "Git" && !call.operation.includes("status"))
    assert.isTrue(commands.every((entry) => words(entry).includes(`${directory}/abra/`)))
  })

  it("RUN-2: where the canonical abra directory has no servers, that is said, with what to set", () => {
    const { run } = scenario({ settings: { abraDir: "/home/runner/.abra" } })
    const result = run(installOnly)
    assert.deepStrictEqual(judgement(result), ["configuration", 2])
    assert.match(told(result), /\/home\/runner\/\.abra has no servers\/default[^]*ABRA_DIR/)
  })

  it("RUN-3: --src and --ref: a branch, a pull request, a commit that no branch has", () => {
    const steps = [...history(), { files: { a: "1" }, branch: "feature" }, { files: { b: "2" }, refs: ["refs/pull/7/head"] }, { files: { c: "3" } }]
    for (const [over, index] of [
      [{ ref: ref("feature") }, 3],
      [{ pr: Option.some(7) }, 4],
      ["commit", 5]
    ] as const) {
      const { run, commits } = scenario({ history: steps })
      const asked = over === "commit" ? { ref: ref(commits[5] ?? "") } : over
      assert.strictEqual(headOf(run({ stages: [], ...asked })), commits[index])
    }
  })

  it("RUN-3: a fork's branch has the tags of the recipe's own repository", () => {
    const { run, world } = scenario()
    const fork = "/srv/forks/shop"
    const [, head] = makeRepository(world, fork, [
      { files: { "compose.yml": compose(versions.second), ".env.sample": "TYPE=shop\nDOMAIN=x\n" } },
      { files: { "compose.yml": compose(versions.head) }, branch: "main" }
    ])
    const result = run({ src: Option.some(fork), ref: ref("main"), stages: ["install", "upgrade"] })
    assert.strictEqual(headOf(result), head)
    assert.strictEqual(Option.getOrThrow(result.facts.base).version, "0.1.0+1", "a published version, though the fork has none")
  })

  it("RUN-3: a local folder: its work tree as it is, and the results say that it was dirty", () => {
    const { run, put, commits, world } = scenario()
    put(`${places.recipes}/${recipe}/compose.yml`, compose({ ...versions.head, version: "9.9.9+dirty" }))
    const result = run({ ...installOnly, src: Option.some(`${places.recipes}/${recipe}`) })
    assert.deepStrictEqual(judgement(result), ["green", 0])
    assert.isTrue(Option.getOrThrow(result.facts.head).dirty)
    assert.strictEqual(headOf(result), commits[2])
    const committed = scenario()
    assert.isFalse(Option.getOrThrow(committed.run({ stages: [], src: Option.some(`${places.recipes}/${recipe}`) }).facts.head).dirty)
    assert.isAbove(first(world, /Files\.copy .*\/abra\/head/), -1, "the dirty tree comes back after app new has moved the checkout")
  })

  it("RUN-3: CCCI_SKIP_FETCH: what is staged in the canonical abra directory is what is tested", () => {
    const { run, world, commits } = scenario()
    const staged = makeRepository(world, `${places.abraDir}/recipes/${recipe}`, history({ head: { labels: [] } }))
    const result = run({ stages: [], skipFetch: true })
    assert.strictEqual(headOf(result), staged[2])
    assert.notStrictEqual(headOf(result), commits[2])
  })

  it("RUN-4, UPG-4: the head is what was fetched, whatever app new and the base have checked out since", () => {
    const { run, commits } = scenario()
    const result = run({ stages: ["install", "upgrade"] })
    assert.deepStrictEqual([headOf(result), stage(result, "upgrade")?.status], [commits[2], "pass"])
    assert.strictEqual(Option.getOrThrow(result.facts.upgrade).after.chaosCommit, commits[2]?.slice(0, 8))
  })

  it("RUN-5: back to the head by force: an untracked overlay may be a tracked file there", () => {
    const overlay = "services:\n  app:\n    hostname: ci\n"
    const { run } = scenario({ overlay, history: history({ headFiles: { "compose.ccci.yml": "services:\n  app:\n    hostname: theirs\n" } }) })
    assert.deepStrictEqual(judgement(run({ stages: ["install", "upgrade"] })), ["green", 0])
  })

  it("RUN-6: two pushes to one pull request have the same domain; other requests, refs, sources have others", () => {
    const steps = [...history(), { files: { a: "1" }, branch: "feature", refs: ["refs/pull/7/head", "refs/pull/8/head"] }]
    const { run, commits } = scenario({ history: steps })
    const domain = (over: Parameters<typeof run>[0]) => Option.getOrThrow(run({ stages: [], ...over }).facts.domain)
    const pushed = domain({ pr: Option.some(7), ref: ref(commits[2] ?? "") })
    assert.match(pushed, /^shop-[0-9a-f]{6}\.ci\.example\.org$/)
    assert.strictEqual(domain({ pr: Option.some(7), ref: ref(commits[3] ?? "") }), pushed)
    const others = [
      domain({ pr: Option.some(8) }),
      domain({}),
      domain({ ref: ref("feature") }),
      domain({ pr: Option.some(7), src: Option.some(`${places.recipes}/../recipes/${recipe}`) })
    ]
    assert.strictEqual(new Set([pushed, ...others]).size, 5)
  })

  it("RUN-7: a run's end removes its abra directory; the results stay", () => {
    const { run, world } = scenario()
    const { directory } = run(installOnly)
    const found = world.tree.directory(directory)
    const names = Result.isSuccess(found) ? [...found.success.entries.keys()] : []
    assert.include(names, "results.json")
    assert.notInclude(names, "abra")
    assert.isTrue(Result.isSuccess(world.tree.directory(`${places.abraDir}/servers/default`)), "the canonical servers are not followed into")
  })
})
