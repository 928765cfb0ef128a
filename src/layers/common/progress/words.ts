/** Events in words, one line each; shared by the plain lines and the live region. */
import { elapsed } from "../../../model/paint.ts"
import type { Tone } from "../../../model/paint.ts"
import type { RunEvent } from "../../../services/Progress.ts"

export interface Said {
  readonly tone: Tone
  readonly text: string
}

type Ended = Extract<RunEvent, { readonly _tag: "StageEnded" }>
type Waiting = Extract<RunEvent, { readonly _tag: "Waiting" }>

export const toneOf: Readonly<Record<Ended["outcome"], Tone>> = { pass: "good", fail: "bad", skip: "quiet", unverified: "doubt", done: "good" }

/** How long a wait has lasted and may last. A bound of 0 is one that nobody knows. */
export const waited = ({ elapsed: so, bound }: Pick<Waiting, "elapsed" | "bound">): string =>
  bound === 0 ? elapsed(so) : `${elapsed(so)} of at most ${elapsed(bound)}`

/** What an event says to people; nothing for what is for logs. */
export const wordsOf = (event: RunEvent): ReadonlyArray<Said> => {
  switch (event._tag) {
    case "RunStarted":
      return [
        { tone: "strong", text: `${event.recipe} on ${event.domain}` },
        { tone: "plain", text: `run ${event.runId}, ${event.backend} backend, abra ${event.abra}` },
        { tone: "plain", text: `results and logs in ${event.directory}` }
      ]
    case "StageStarted":
      return [{ tone: "strong", text: `${event.stage} begins` }]
    case "StageEnded":
      return [
        {
          tone: toneOf[event.outcome],
          text: `${event.stage}: ${event.outcome} after ${elapsed(event.elapsed)}${event.reason === "" ? "" : `: ${event.reason}`}`
        }
      ]
    case "Waiting":
      return [{ tone: "quiet", text: `waiting for ${event.what} (${waited(event)})${event.seen === "" ? "" : `; seen: ${event.seen}`}` }]
    case "Step":
      return [{ tone: "plain", text: event.text }]
    case "Warning":
      return [{ tone: "doubt", text: `warning: ${event.text}` }]
    case "Output":
      return []
    case "RunEnded":
      return [{ tone: event.exitCode === 0 ? "good" : "bad", text: event.headline }]
  }
}
