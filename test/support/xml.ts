/** Reading XML in tests: as strict as a parser about what is well-formed, for as little of XML as reports are made of. */
import { assert } from "@effect/vitest"

export interface XmlElement {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
}

const tag = /<(\/?)([A-Za-z][\w.-]*)((?:\s+[A-Za-z][\w.:-]*="[^"<]*")*)\s*(\/?)>/g

/** The elements in the order in which they open; dies where tags do not nest, more than one root is there, or text or attributes are not escaped. */
export const elementsOf = (xml: string): ReadonlyArray<XmlElement> => {
  const open: Array<string> = []
  const found: Array<XmlElement> = []
  const body = xml.replace(/^<\?xml[^>]*\?>\s*/, "")
  for (const [whole, closing, name = "", attributes = "", empty] of body.matchAll(tag)) {
    if (closing === "/") {
      assert.strictEqual(name, open.pop(), `in ${whole}`)
      continue
    }
    assert.isTrue(open.length > 0 || found.length === 0, `a second root: ${whole}`)
    found.push({ name, attributes: Object.fromEntries([...attributes.matchAll(/([\w.:-]+)="([^"]*)"/g)].map(([, key = "", value = ""]) => [key, value])) })
    if (empty === "") open.push(name)
  }
  assert.deepStrictEqual(open, [], "elements that do not close")
  assert.isNotEmpty(found, "no element")
  assert.notMatch(body.replaceAll(tag, ""), /[<>]/, "a tag that is none")
  assert.notMatch(body, /&(?!(amp|lt|gt|quot|apos|#\d+|#x[0-9a-fA-F]+);)/, "an ampersand that is not escaped")
  return found
}
