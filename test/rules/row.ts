/** A rule of the specification, the test that holds it, and the line that was broken to see that test die. */
export interface Row {
  /** `LOCK-2` */
  readonly rule: string
  /** What the rule says, in a few words. */
  readonly says: string
  /** `name`: the test's title, or a part of it where a table writes the rest; it stands so in the file or in what it imports. */
  readonly test: { readonly file: string; readonly name: string }
  /** `from` stands exactly once in the file. */
  readonly broken: { readonly file: string; readonly from: string; readonly to: string }
  /** It needs the real swarm. */
  readonly swarm?: true
}

/** A row, in the order of the table's columns. */
export const row = (rule: string, says: string, [testFile, name]: readonly [string, string], [file, from, to]: readonly [string, string, string]): Row => ({
  rule,
  says,
  test: { file: testFile, name },
  broken: { file, from, to }
})
