import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { parseAbraSh } from "../../src/model/abraSh.ts"

describe("abraSh (ABRA-7: parsed, never sourced)", () => {
  it.each([
    ["export DEFAULT_CONF_VERSION=v3", { DEFAULT_CONF_VERSION: "v3" }],
    ["#!/bin/bash\n\nexport A=1 # first\nexport B='2'\r\nexport C=\"x y\"\nexport D=4;\n", { A: "1", B: "2", C: "x y", D: "4" }],
    ["export A=v1\nexport B=$A-${A}\nexport C='$A'", { A: "v1", B: "v1-v1", C: "$A" }],
    ["export A=$OUTER", { A: "out" }],
    ["A=1\n  export B=2\nfoo() {\n  export C=3\n}\n#export D=4", {}],
    [
      'export A=$(id)\nexport B=`id`\nexport C="$(id)"\nexport D="`id`"\nexport E=1; id\nexport F=1 && id\nexport G=1|id\nexport H="${A:-$(id)}"\nexport I=${X:-y}',
      {}
    ],
    ["export A=1\nexport A=2", { A: "2" }],
    ["export A=", { A: "" }]
  ])("%j", (text, expected) => {
    assert.deepStrictEqual(parseAbraSh(text, { OUTER: "out" }), expected)
  })
  it.prop("total", { text: Schema.String }, ({ text }) => {
    assert.deepStrictEqual(parseAbraSh(`export A=1\n${text.replaceAll("export", "")}`)["A"], "1")
  })
})
