import { assert, describe, it } from "@effect/vitest"
import { CommitId } from "../../src/model/names.ts"
import { chooseBase, type Published } from "../../src/programs/base.ts"
import { planDeploy } from "../../src/programs/deploy.ts"
import { isCommit, moved } from "../../src/programs/deployed.ts"
import type { Deployed } from "../../src/programs/facts.ts"

const commit = (digit: string) => CommitId.make(digit.repeat(40))
const published = (version: string, digit: string, annotated = true): Published => ({ version, commit: commit(digit), annotated })
const one = published("1.0.0+1", "1")
const two = published("2.0.0+2", "2")
const three = published("3.0.0+3", "3")
const head = commit("f")

describe("UPG-1 the base", () => {
  const choose = (over: Partial<Parameters<typeof chooseBase>[0]>) =>
    chooseBase({ wanted: undefined, published: [one, two, three], head, ancestors: new Set(), ...over })
  const version = (base: ReturnType<typeof chooseBase>) => (base._tag === "Found" ? base.published.version : base._tag)

  it("what is asked for, before all", () => assert.strictEqual(version(choose({ wanted: "1.0.0+1", ancestors: new Set([commit("3")]) })), "1.0.0+1"))
  it("UPG-1b: what is asked for and not published is gone", () => assert.strictEqual(version(choose({ wanted: "9.0.0+9" })), "Gone"))
  it("the newest that the head descends from", () => assert.strictEqual(version(choose({ ancestors: new Set([commit("1"), commit("2")]) })), "2.0.0+2"))
  it("never the head itself", () => assert.strictEqual(version(choose({ head: commit("3"), ancestors: new Set([commit("2"), commit("3")]) })), "2.0.0+2"))
  it("else the second-newest", () => assert.strictEqual(version(choose({})), "2.0.0+2"))
  it("one unrelated version is no base", () => assert.strictEqual(version(choose({ published: [one] })), "None"))
  it("nothing published: no base", () => assert.strictEqual(version(choose({ published: [] })), "None"))
})

describe("DEP-4, DEP-5 how it is deployed", () => {
  const light = { _tag: "Version", published: one, lightweight: ["0.9.0+1"] } as const
  const pinned = { _tag: "Version", published: one, lightweight: [] } as const
  it.each([
    ["a published version is pinned: chaos would deploy the latest", pinned, false, "pinned"],
    ["a lightweight version tag of the recipe makes it chaos: the pinned deploy's lint is fatal", light, false, "chaos"],
    ["an overlay makes it chaos: a pinned deploy demands a clean tree", pinned, true, "chaos"],
    ["the head is chaos", { _tag: "Head" }, false, "chaos"]
  ] as const)("%s", (_why, wanted, overlay, mode) => assert.strictEqual(planDeploy(wanted, overlay).mode, mode))

  it("says which of the two it was", () => {
    assert.include(planDeploy(light, false).why, "lightweight")
    assert.include(planDeploy(pinned, true).why, "overlay")
  })
})

describe("UPG-4 what runs is the head", () => {
  const id = CommitId.make("0123456789abcdef0123456789abcdef01234567")
  it.each([
    ["01234567", true],
    ["01234567+U", true],
    ["0123456789abcdef0123456789abcdef01234567", true],
    ["76543210", false],
    ["76543210+U", false],
    ["", false],
    ["+U", false],
    ["012345", false],
    ["01234567+U+U", false]
  ] as const)("%s: %s", (label, expected) => assert.strictEqual(isCommit(label, id), expected))
})

describe("UPG-4b it moved", () => {
  const before: Deployed = { version: "1", chaosCommit: "aaaaaaaa", images: { app: "nginx:1", db: "pg:1" } }
  it.each([
    ["nothing", before, false],
    ["the version label", { ...before, version: "2" }, true],
    ["the commit", { ...before, chaosCommit: "bbbbbbbb" }, true],
    ["an image", { ...before, images: { app: "nginx:2", db: "pg:1" } }, true],
    ["a service more", { ...before, images: { ...before.images, cache: "redis" } }, true],
    ["a service less", { ...before, images: { app: "nginx:1" } }, true]
  ] as const)("%s changed: %s", (_what, after, expected) => assert.strictEqual(moved(before, after), expected))
})
