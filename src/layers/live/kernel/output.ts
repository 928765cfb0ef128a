/** A child's output on its way in: scrubbed before anything else sees it, cut into lines, and kept up to a limit. */

/** Characters held back from a line that has not ended: a secret that is cut by a read must not get through in two halves. */
const heldBack = 16_384
const lineLimit = 65_536

/** Where text goes, and where it ends. */
export interface Sink {
  readonly push: (text: string) => void
  readonly end: () => void
}

/**
 * Scrubs text that comes in pieces. Whole lines pass at once; of an unfinished line so much is held back that no secret shorter than 16 KiB can be
 * split. (A secret of several lines must be registered line by line.)
 */
export const scrubber = (scrub: (text: string) => string, next: (text: string) => void): Sink => {
  let held = ""
  return {
    push: (text) => {
      held = scrub(held + text)
      const cut = Math.max(held.lastIndexOf("\n") + 1, held.length - heldBack, 0)
      const safe = /[\ud800-\udbff]/.test(held.charAt(cut - 1)) ? cut - 1 : cut
      if (safe > 0) next(held.slice(0, safe))
      held = held.slice(safe)
    },
    end: () => {
      if (held !== "") next(held)
      held = ""
    }
  }
}

/** Cuts text into lines without their ends, each at most 64 Ki characters; what is longer is cut off. */
export const lineCutter = (next: (line: string) => void): Sink => {
  let line = ""
  return {
    push: (text) => {
      const parts = text.split("\n")
      parts.forEach((part, index) => {
        if (line.length < lineLimit) line += part.slice(0, lineLimit - line.length)
        if (index === parts.length - 1) return
        next(line.endsWith("\r") ? line.slice(0, -1) : line)
        line = ""
      })
    },
    end: () => {
      if (line !== "") next(line)
      line = ""
    }
  }
}

const lastBytes = (bytes: Buffer, count: number) => bytes.subarray(Math.max(0, bytes.length - count))

/** Keeps the head and the tail of a text, half of `limit` bytes each. */
export const keeper = (limit: number) => {
  const headLimit = Math.ceil(limit / 2)
  const tailLimit = limit - headLimit
  const head: Array<Buffer> = []
  let headSize = 0
  let tail: Array<Buffer> = []
  let tailSize = 0
  let total = 0
  return {
    push: (text: string) => {
      const bytes = Buffer.from(text)
      total += bytes.length
      const first = bytes.subarray(0, headLimit - headSize)
      if (first.length > 0) head.push(first)
      headSize += first.length
      const rest = bytes.subarray(first.length)
      if (rest.length === 0) return
      tail.push(rest)
      tailSize += rest.length
      if (tailSize <= 2 * tailLimit && tail.length <= 1000) return
      tail = [lastBytes(Buffer.concat(tail), tailLimit)]
      tailSize = tail[0]?.length ?? 0
    },
    /** What was kept, with a sentence between head and tail where something was dropped, and how many bytes were. */
    kept: () => {
      const shown = lastBytes(Buffer.concat(tail), tailLimit)
      const dropped = total - headSize - shown.length
      const gap = dropped === 0 ? "" : `\n[... ${dropped} bytes dropped ...]\n`
      return { text: `${Buffer.concat(head).toString()}${gap}${shown.toString()}`, dropped }
    }
  }
}
