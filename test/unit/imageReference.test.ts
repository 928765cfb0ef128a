import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { formatImage, parseImage, sameImage } from "../../src/model/imageReference.ts"

const digest = `sha256:${"ab".repeat(32)}`
const other = `sha256:${"cd".repeat(32)}`

describe("imageReference (DEP-10, UPG-3)", () => {
  it.each([
    ["nginx", "docker.io/library/nginx:latest"],
    ["nginx:1.25", "docker.io/library/nginx:1.25"],
    ["ccci-example/nginx:trixie", "docker.io/ccci-example/nginx:trixie"],
    ["index.docker.io/library/nginx", "docker.io/library/nginx:latest"],
    ["localhost/a/b:c", "localhost/a/b:c"],
    ["localhost:5000/a", "localhost:5000/a:latest"],
    ["git.example.org/team/app_x.y--z:V1.0_b-c", "git.example.org/team/app_x.y--z:V1.0_b-c"],
    [`nginx@${digest}`, `docker.io/library/nginx@${digest}`],
    [`nginx:1.25@${digest}`, `docker.io/library/nginx:1.25@${digest}`]
  ])("%s is %s", (text, expected) => {
    const image = parseImage(text)
    assert.isDefined(image)
    if (image !== undefined) assert.strictEqual(formatImage(image), expected)
  })

  it.each(["", "Nginx", "a//b", "-x", "nginx:", "nginx:.x", "nginx@sha256:zz", "a b", "https://example.org/x", "--privileged", `x${"/a".repeat(400)}`])(
    "%j is none",
    (text) => {
      assert.isUndefined(parseImage(text))
    }
  )

  it.each([
    ["nginx:1.25", `docker.io/library/nginx:1.25@${digest}`, true],
    [`nginx:1.25@${digest}`, `nginx:1.25@${digest}`, true],
    [`nginx:1.25@${digest}`, `nginx:1.25@${other}`, false],
    [`nginx@${digest}`, "nginx:1.25", false],
    [`nginx:1.25@${digest}`, "nginx:1.25", false],
    ["nginx:1.25", "nginx:1.26", false],
    ["a/nginx:1", "b/nginx:1", false],
    ["registry.example.org/nginx:1", "nginx:1", false],
    ["Not An Image", "Not An Image", true]
  ])("UPG-3 asked %s, running %s: %s", (asked, running, expected) => {
    assert.strictEqual(sameImage(asked, running), expected)
  })

  it.prop("normalising is total, and done once", { text: Schema.String }, ({ text }) => {
    const image = parseImage(text)
    if (image !== undefined) assert.deepStrictEqual(parseImage(formatImage(image)), image)
  })
})
