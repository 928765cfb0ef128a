/** Published versions of a recipe: git tags `X.Y.Z+<upstream>`, oldest first. */
import { Order } from "effect"

const shape = /^v?(\d+)\.(\d+)\.(\d+)(-[0-9A-Za-z.-]+)?\+(\S+)$/

/** Whether a tag is a published version: tags of other shapes are a recipe's own business. */
export const isVersion = (tag: string): boolean => shape.test(tag)

/** Runs of digits by value, of whatever length, anything else by its characters. */
const natural = (left: string, right: string): number => {
  const pieces = (text: string) => text.match(/\d+|\D+/g) ?? []
  const a = pieces(left)
  const b = pieces(right)
  for (const [index, x] of a.entries()) {
    const y = b[index]
    if (y === undefined) return 1
    const bothNumbers = /^\d/.test(x) && /^\d/.test(y)
    const difference = bothNumbers ? Number(BigInt(x) > BigInt(y)) - Number(BigInt(x) < BigInt(y)) : Number(x > y) - Number(x < y)
    if (difference !== 0) return difference
  }
  return a.length < b.length ? -1 : 0
}

const compare = (left: string, right: string): number => {
  const a = shape.exec(left)
  const b = shape.exec(right)
  if (a === null || b === null) return Number(a !== null) - Number(b !== null) || Number(left > right) - Number(left < right)
  for (const part of [1, 2, 3]) {
    const difference = natural(a[part] ?? "", b[part] ?? "")
    if (difference !== 0) return difference
  }
  const [before, after] = [a[4], b[4]]
  // 1.0.0-rc1 comes before 1.0.0.
  if ((before === undefined) !== (after === undefined)) return before === undefined ? 1 : -1
  return natural(before ?? "", after ?? "") || natural(a[5] ?? "", b[5] ?? "") || Number(left > right) - Number(left < right)
}

/** Oldest first: the recipe's own X.Y.Z, then the upstream part. Total, also for texts that are no version (those come first). */
export const byVersion: Order.Order<string> = Order.make((left, right) => {
  const difference = compare(left, right)
  return difference < 0 ? -1 : difference > 0 ? 1 : 0
})
