import { assert, describe, it } from "@effect/vitest"
import { BaseDomain, Domain, stackOf, StackName } from "../../src/model/names.ts"
import { claim, knownStacks, runDomainOf, runDomainsAmong } from "../../src/programs/ownership.ts"

const stack = StackName.make("blog-1a2b3c_ci_example_org")
const base = BaseDomain.make("ci.example.org")
const labelled = (name: string, owner: string) => ({ name, labels: { "com.docker.stack.namespace": owner } })
const bare = (name: string) => ({ name, labels: {} })
const none: ReadonlySet<string> = new Set()

describe("TEAR-4 ownership", () => {
  it.each([
    ["the label decides", labelled("anything", stack), none, "ours"],
    ["another stack's label wins over our prefix", labelled(`${stack}_data`, `${stack}_two`), none, "foreign"],
    ["without a label, the exact prefix", bare(`${stack}_db_v1`), none, "ours"],
    ["a name that only begins alike is foreign", bare(`${stack}x_db_v1`), none, "foreign"],
    ["a name that contains ours is foreign", bare(`old_${stack}_db`), none, "foreign"],
    ["the stack's bare name is no prefix", bare(stack), none, "foreign"],
    ["a longer stack that exists claims it too", bare(`${stack}_two_db_v1`), new Set([`${stack}_two`]), "contested"],
    ["a longer stack that does not fit the name claims nothing", bare(`${stack}_db_v1`), new Set([`${stack}_two`]), "ours"],
    ["the label is ours though a longer stack exists", labelled(`${stack}_two_db`, stack), new Set([`${stack}_two`]), "ours"]
  ] as const)("%s", (_why, object, others, expected) => assert.strictEqual(claim(stack, object, others), expected))

  it("known stacks come from labels and from apps' domains", () =>
    assert.deepStrictEqual([...knownStacks([labelled("x", "a"), bare("y")], ["cloud.example.org"])].sort(), ["a", "cloud_example_org"]))
})

describe("JAN-1 run shape", () => {
  it.each([
    ["a run app's label", labelled("x", "blog-1a2b3c_ci_example_org"), "blog-1a2b3c.ci.example.org"],
    ["an external secret, by its name", bare("blog-1a2b3c_ci_example_org_db_v1"), "blog-1a2b3c.ci.example.org"],
    ["a warm app is not of the shape", labelled("x", "keycloak_ci_example_org"), undefined],
    ["five letters are too many", labelled("x", "blogs-1a2b3c_ci_example_org"), undefined],
    ["hex digits are lower case", labelled("x", "blog-1A2B3C_ci_example_org"), undefined],
    ["another base domain", labelled("x", "blog-1a2b3c_ci_example_com"), undefined],
    ["a longer stack's label is not the shape", labelled("x", "blog-1a2b3c_ci_example_org_two"), undefined],
    ["a prefix before the shape", bare("old_blog-1a2b3c_ci_example_org_db"), undefined],
    ["the label decides, not the name", labelled("blog-1a2b3c_ci_example_org_db", "warm_example_org"), undefined]
  ] as const)("%s", (_why, object, expected) => assert.strictEqual<string | undefined>(runDomainOf(object, base), expected))

  it("the whole string must be of the shape", () =>
    assert.deepStrictEqual(
      runDomainsAmong(
        ["blog-1a2b3c.ci.example.org", "x.blog-1a2b3c.ci.example.org", "blog-1a2b3c.ci.example.org.", "cloud.ci.example.org", "blog-1a2b3cxci.example.org"],
        base
      ),
      [Domain.make("blog-1a2b3c.ci.example.org")]
    ))

  it("a run domain survives its stack name", () => {
    const domain = Domain.make("blog-1a2b3c.ci.example.org")
    assert.strictEqual(runDomainOf(labelled("x", stackOf(domain)), base), domain)
  })
})
