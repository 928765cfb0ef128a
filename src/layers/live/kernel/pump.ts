/** Reads a child's pipe to its end, at the pace of whoever takes its lines. */
import { Effect } from "effect"
import type { Readable } from "node:stream"
import { lineCutter, scrubber } from "./output.ts"

/** One piece of bytes; undefined at the end, and when the pipe was cut. */
const nextChunk = (iterator: AsyncIterator<unknown>) =>
  Effect.promise(() =>
    iterator.next().then(
      ({ done, value }) => (done !== true && Buffer.isBuffer(value) ? value : undefined),
      () => undefined
    )
  )

/**
 * Pumps a pipe until its end: the scrubbed text goes to `keep`, its lines to `onLine`, in order. The next piece is read when those are done with the last,
 * so memory stays flat whatever the volume.
 */
export const pump = Effect.fnUntraced(function* (options: {
  /** None where the child was started without it. */
  readonly pipe: Readable | null
  readonly scrub: (text: string) => string
  readonly keep: (text: string) => void
  readonly onLine: ((line: string) => Effect.Effect<void>) | undefined
}) {
  const { onLine, pipe } = options
  if (pipe === null) return
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true })
  let lines: Array<string> = []
  const cutter = lineCutter((line) => lines.push(line))
  const sink = scrubber(options.scrub, (text) => {
    options.keep(text)
    if (onLine !== undefined) cutter.push(text)
  })
  const tell = Effect.suspend(() => {
    const told = lines
    lines = []
    return onLine === undefined ? Effect.void : Effect.forEach(told, onLine, { discard: true })
  })
  const iterator = pipe[Symbol.asyncIterator]()
  for (let chunk = yield* nextChunk(iterator); chunk !== undefined; chunk = yield* nextChunk(iterator)) {
    sink.push(decoder.decode(chunk, { stream: true }))
    yield* tell
  }
  sink.push(decoder.decode())
  sink.end()
  cutter.end()
  yield* tell
})
