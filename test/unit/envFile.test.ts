import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Result, Schema } from "effect"
import { addMissing, expand, parseEnv, setKey } from "../../src/model/envFile.ts"

const set = (text: string, key: string, value: string) => Result.getOrThrow(setKey(text, key, value))

describe("envFile (ABRA-7: .env is parsed, never sourced)", () => {
  it.each([
    ["A=1", { A: "1" }],
    ["export A=1\nB = two words \n", { A: "1", B: "two words" }],
    ["\uFEFFA=1\r\nB=2\r\n", { A: "1", B: "2" }],
    ["A=", { A: "" }],
    ["A=x # a comment", { A: "x" }],
    ["A=x#y", { A: "x#y" }],
    ["A='x # y' # z", { A: "x # y" }],
    ['A="x \\"y\\" \\$HOME\\n"', { A: 'x "y" $HOME\n' }],
    ["A=1\nB='$A'\nC=\"$A$A\"\nD=${A}b$NONE.", { A: "1", B: "$A", C: "11", D: "1b." }],
    ["A=pa$sword$", { A: "pa$sword$" }],
    ["A={{ .Domain }}", { A: "{{ .Domain }}" }],
    ["X=', `www.example.com`'", { X: ", `www.example.com`" }],
    ["A=$(touch /tmp/x)`id`", { A: "$(touch /tmp/x)`id`" }],
    [
      'COMPOSE_FILE="compose.yml"\nCOMPOSE_FILE="$COMPOSE_FILE:compose.postgres.yml"\nCOMPOSE_FILE="${COMPOSE_FILE}:c.yml"',
      { COMPOSE_FILE: "compose.yml:compose.postgres.yml:c.yml" }
    ],
    ["#A=1\n# B=2\n\n", {}],
    ["A='two\nlines' # ok\nB=1", { A: "two\nlines", B: "1" }]
  ])("reads %j", (text, expected) => {
    const file = parseEnv(text)
    assert.deepStrictEqual(file.values, expected)
    assert.deepStrictEqual(file.problems, [])
  })

  it.each([
    ["SECRET_A_VERSION=v1 # length=128", { length: "128" }],
    ["SECRET_A_VERSION=v1  #length=12 charset=hex", { length: "12", charset: "hex" }],
    ["SECRET_A_VERSION='v1' # generate=false", { generate: "false" }],
    ["SECRET_A_VERSION=v1 # see https://a.example/?b=c, length=7", { length: "7" }],
    ["SECRET_A_VERSION=v1#length=7", {}]
  ])("modifiers of %j", (text, expected) => {
    assert.deepStrictEqual(parseEnv(text).entries[0]?.modifiers, expected)
  })

  it("lists what is no assignment, with its line, and reads on", () => {
    const file = parseEnv('A=1\nnonsense here\nB=\'never closed\nC="x" tail\nD=4')
    assert.deepStrictEqual(
      file.problems.map((problem) => problem.line),
      [2, 3, 4]
    )
    assert.deepStrictEqual(file.values, { A: "1", D: "4" })
  })

  it("a pull request cannot keep the reader busy: a mebibyte is read within a test's time, where a quadratic reader takes minutes", () => {
    const texts = [
      "x\n".repeat(500_000),
      "A=$A\n".repeat(200_000),
      Array.from({ length: 60_000 }, (_, index) => `K${index}=$K1`).join("\n"),
      `A="${"x\\n".repeat(350_000)}"`
    ]
    assert.deepStrictEqual(
      texts.map((text) => parseEnv(text).problems.length > 0),
      [true, false, false, true]
    )
  })

  it("a value that doubles line by line is a problem, not an end of memory", () => {
    const file = parseEnv(`A=0123456789\n${"A=$A$A$A$A\n".repeat(60)}B=1`)
    assert.isAtLeast(file.problems.length, 1)
    assert.strictEqual(file.values["B"], "1")
    assert.isUndefined(expand("$A".repeat(100_000), () => "x".repeat(100_000)))
  })

  it("expands from outside what the file does not say", () => {
    assert.deepStrictEqual(parseEnv("B=$A", { A: "out" }).values, { B: "out" })
    assert.strictEqual(
      expand("$A\\$A", () => "1"),
      "1$A"
    )
  })

  it("a name of Object.prototype is no variable", () => {
    assert.deepStrictEqual(parseEnv("A=$CONSTRUCTOR${__PROTO__}").values, { A: "" })
    assert.deepStrictEqual(Object.keys(parseEnv("__proto__=1").values), ["__proto__"])
  })
})

describe("setKey (DEP-6: DOMAIN, LETS_ENCRYPT_ENV, COMPOSE_FILE are set explicitly)", () => {
  it("keeps order, comments, line ends and modifiers", () => {
    assert.strictEqual(set("# top\r\nA=1\r\nS=v1 # length=12\r\nB=2\r\n", "S", "v2"), "# top\r\nA=1\r\nS=v2 # length=12\r\nB=2\r\n")
  })
  it("of several assignments the last one, which wins, is set", () => {
    assert.strictEqual(set('C="a"\nC="$C:b"\n', "C", "x"), 'C="a"\nC=x\n')
  })
  it("a missing key comes at the end, or behind its commented-out line, where later lines may refer to it", () => {
    assert.strictEqual(set("A=1", "B", ""), "A=1\nB=\n")
    assert.strictEqual(set("#B=old\nC=$B\n", "B", "new"), "#B=old\nB=new\nC=$B\n")
  })
  it.each(["a\nB=evil", "a\rb", "a\0b"])("refuses %j", (value) => {
    assert.isTrue(Result.isFailure(setKey("A=1\n", "A", value)))
  })
  it.each(["", "A B", "A\nB", "1A", "A=B"])("refuses the key %j", (key) => {
    assert.isTrue(Result.isFailure(setKey("", key, "x")))
  })

  it.each(["it's $A", "it's ${A} \\$A", "'\\", '"', "$", "a b\\", "#x", " x ", "x # y", "`id`", "{{ .Domain }}"])("%j is read back as it was set", (value) => {
    const text = set("A=1\n", "B", value)
    assert.strictEqual(parseEnv(text).values["B"], value)
    assert.notMatch(text, /\\'\n$/, "abra's reader takes a backslash before the closing quote for an escape")
  })

  const value = Arbitrary.schema(Schema.String).pipe(Arbitrary.filter((text) => !/[\u0000-\u0008\u000a-\u001f\u007f]/.test(text)))
  it.prop("what is set is read back, and nothing else has changed", { value, first: value }, ({ value, first }) => {
    const before = set("A=0 # length=3\n#K=1\nZ='end'\n", "K", first)
    const after = parseEnv(set(before, "K", value))
    assert.strictEqual(after.values["K"], value)
    assert.deepStrictEqual([after.values["A"], after.values["Z"], after.entries.length, after.problems.length], ["0", "end", 3, 0])
  })
  it.prop("parsing is total, and no value is lost in a text of anything", { text: Schema.String }, ({ text }) => {
    const file = parseEnv(text)
    assert.isAtMost(file.entries.length + file.problems.length + file.commented.length, text.split("\n").length)
  })
})

describe("addMissing (DEP-4, UPG-2: the .env gets the keys of the tree's own sample)", () => {
  it("adds assignments as the sample writes them, and only those that are missing", () => {
    const { text, added } = addMissing("A=1\nDOMAIN=mine", "# sample\nA=other\n  SECRET_N_VERSION=v1 # length=7\n#OFF=1\nC=a\nC=$C:b\n")
    assert.strictEqual(text, "A=1\nDOMAIN=mine\nSECRET_N_VERSION=v1 # length=7\nC=a\nC=$C:b\n")
    assert.deepStrictEqual(added, ["SECRET_N_VERSION", "C"])
    assert.deepStrictEqual(addMissing(text, "A=9\nC=1").added, [])
  })
})
