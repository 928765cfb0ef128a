/** The engine's framing of a container's two streams: 8 bytes (stream, 0, 0, 0, length as big-endian 32 bits), then so many bytes. */
import { Option } from "effect"

/** A piece of output, in the order in which it was written. */
export interface Frame {
  readonly stderr: boolean
  readonly bytes: Buffer
}

/** The frames of a whole body; None when it ends in the middle of one. A body that is not framed (a terminal's) is all stdout. */
export const framesOf = (body: Buffer): Option.Option<ReadonlyArray<Frame>> => {
  const frames: Array<Frame> = []
  let at = 0
  while (at < body.length) {
    const stream = body[at] ?? 0
    const framed = stream <= 2 && body[at + 1] === 0 && body[at + 2] === 0 && body[at + 3] === 0
    if (!framed && at === 0 && body.length >= 4) return Option.some([{ stderr: false, bytes: body }])
    if (!framed || at + 8 > body.length) return Option.none()
    const end = at + 8 + body.readUInt32BE(at + 4)
    if (end > body.length) return Option.none()
    frames.push({ stderr: stream === 2, bytes: body.subarray(at + 8, end) })
    at = end
  }
  return Option.some(frames)
}

/** What was written to the streams that `wanted` names, joined before it is decoded: a frame may end in the middle of a character. */
export const textOf = (frames: ReadonlyArray<Frame>, wanted: (frame: Frame) => boolean = () => true): string =>
  Buffer.concat(frames.filter(wanted).map(({ bytes }) => bytes)).toString()
