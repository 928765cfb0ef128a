/** A child's standard output and error on their way to whoever reads them. */

/** A piece of output. */
export interface Piece {
  readonly stream: "stdout" | "stderr"
  readonly text: string
}

/** Both pipes of a child: writers push, one reader takes. What nobody reads any more is lost. */
export interface Output {
  readonly write: (stream: Piece["stream"], text: string) => void
  readonly take: () => ReadonlyArray<Piece>
  readonly isEmpty: () => boolean
  /** Told at the next piece; replaces the one before. */
  onPiece: (() => void) | undefined
}

export const makeOutput = (): Output => {
  let pieces: Array<Piece> = []
  const output: Output = {
    write: (stream, text) => {
      pieces.push({ stream, text })
      output.onPiece?.()
    },
    take: () => {
      const taken = pieces
      pieces = []
      return taken
    },
    isEmpty: () => pieces.length === 0,
    onPiece: undefined
  }
  return output
}

const lineLimit = 65_536

/** Cuts what comes into lines, scrubbed of secrets, and keeps all of it. Of an unfinished line nothing passes before its end. */
export const makeReader = (scrub: (text: string) => string) => {
  let held = ""
  let whole = ""
  const tell = (line: string) => {
    const scrubbed = scrub(line)
    whole += scrubbed
    return scrubbed.replace(/\r?\n$/, "").slice(0, lineLimit)
  }
  return {
    push: (text: string): ReadonlyArray<string> => {
      const parts = (held + text).split("\n")
      held = parts.pop() ?? ""
      return parts.map((line) => tell(`${line}\n`))
    },
    end: (): ReadonlyArray<string> => {
      const rest = held
      held = ""
      return rest === "" ? [] : [tell(rest)]
    },
    /** Head and tail up to `limit` bytes, with a sentence in the gap. */
    kept: (limit: number): { readonly text: string; readonly dropped: number } => {
      const bytes = new TextEncoder().encode(whole)
      if (bytes.length <= limit) return { text: whole, dropped: 0 }
      const decode = (part: Uint8Array) => new TextDecoder().decode(part)
      const dropped = bytes.length - limit
      const head = Math.ceil(limit / 2)
      return { text: `${decode(bytes.subarray(0, head))}\n[... ${dropped} bytes dropped ...]\n${decode(bytes.subarray(head + dropped))}`, dropped }
    }
  }
}
