/** The list of rules holds together: every rule has a test that is there, and a line that can still be broken. */
import { assert, describe, it } from "@effect/vitest"
import { join } from "node:path"
import { problems } from "../../scripts/rules/check.ts"
import { render } from "../../scripts/rules/render.ts"
import { row } from "../rules/row.ts"
import { rules } from "../rules/index.ts"

const project = join(import.meta.dirname, "../..")
const here = "test/unit/rules.test.ts"

describe("the table of rules", () => {
  it("each line to be broken stands once, each test is there and names its rule, each rule is there, and the page is current", () => {
    assert.deepStrictEqual(problems(project, rules), [])
  })

  it("says what is wrong with a row", () => {
    const wrong = (broken: readonly [string, string, string], name = "X-1: it holds") =>
      problems(project, { ids: ["X-1", "X-2", "X-3"], rows: [row("X-1", "", [here, name], broken)], later: { "X-3": "not yet" } }).slice(0, -1)
    const missing = "X-2: neither a row nor a reason why there is none yet"
    assert.deepStrictEqual(wrong(["package.json", '"name": "ccci"', ""]), [missing])
    assert.match(wrong(["package.json", "no such line", ""])[0] ?? "", /stands 0 times in package\.json/)
    assert.match(wrong(["package.json", '"', ""])[0] ?? "", /stands \d+ times/)
    assert.match(wrong(["package.json", '"name": "ccci"', '"name": "ccci"'])[0] ?? "", /nothing is broken/)
    assert.match(wrong(["package.json", '"name": "ccci"', ""], `X-1: ${"not"} there`)[0] ?? "", /no test/)
    assert.match(wrong(["package.json", '"name": "ccci"', ""], "it holds")[0] ?? "", /does not name the rule/)
  })

  it("the page's cells keep to their columns", () => {
    const page = render({ ids: ["X-1"], rows: [row("X-1", "a | b", [here, "X-1"], ["f", "x | `y`\nz", ""])], later: {} })
    assert.include(page, "| X-1 | a \\| b | `test/unit/rules.test.ts`: X-1 | `f`: `` x \\| `y` z `` became nothing |")
  })
})
