/** The live region: what a run looks like at one moment, as lines for a terminal of some width. Pure. */
import { elapsed, paint } from "../../../model/paint.ts"
import type { Tone } from "../../../model/paint.ts"
import type { RunEvent } from "../../../services/Progress.ts"
import { fit, widthOf } from "./fit.ts"
import { toneOf, waited } from "./words.ts"

interface Row {
  readonly name: string
  readonly began: number
  readonly outcome: "waits" | "runs" | Extract<RunEvent, { readonly _tag: "StageEnded" }>["outcome"]
  readonly elapsed: number
  readonly reason: string
}

/** Everything that the region shows. Texts are clean already: scrubbed, one line, no control characters. */
export interface View {
  readonly began: number
  readonly title: string
  readonly facts: ReadonlyArray<string>
  readonly rows: ReadonlyArray<Row>
  readonly step: string
  readonly wait: { readonly what: string; readonly seen: string; readonly began: number; readonly bound: number } | undefined
  readonly ended: boolean
}

export const emptyView = (now: number): View => ({ began: now, title: "", facts: [], rows: [], step: "", wait: undefined, ended: false })

const started = (rows: ReadonlyArray<Row>, name: string, now: number): ReadonlyArray<Row> => {
  const row: Row = { name, began: now, outcome: "runs", elapsed: 0, reason: "" }
  return rows.some((one) => one.name === name)
    ? rows.map((one) => (one.name === name ? row : one))
    : [...rows.filter((one) => one.outcome !== "waits"), row, ...rows.filter((one) => one.outcome === "waits")]
}

const ended = (
  rows: ReadonlyArray<Row>,
  { stage, outcome, reason, elapsed: so }: Extract<RunEvent, { readonly _tag: "StageEnded" }>,
  clean: (text: string) => string,
  now: number
) => started(rows, stage, now).map((one) => (one.name === stage ? { ...one, outcome, reason: clean(reason), elapsed: so } : one))

/** The view after an event; `clean` takes secrets and control characters out before anything is cut to a width. */
export const see = (view: View, event: RunEvent, now: number, clean: (text: string) => string): View => {
  switch (event._tag) {
    case "RunStarted":
      return {
        ...view,
        title: clean(`${event.recipe} on ${event.domain}`),
        facts: [clean(`${event.backend} backend, abra ${event.abra}`), clean(`results in ${event.directory}`)],
        rows: [...view.rows, ...(event.stages ?? []).map((name): Row => ({ name, began: now, outcome: "waits", elapsed: 0, reason: "" }))]
      }
    case "StageStarted":
      return { ...view, rows: started(view.rows, event.stage, now), step: "", wait: undefined }
    case "StageEnded":
      return { ...view, rows: ended(view.rows, event, clean, now), step: "", wait: undefined }
    case "Waiting":
      return { ...view, wait: { what: clean(event.what), seen: clean(event.seen), began: now - event.elapsed, bound: event.bound } }
    case "Step":
      return { ...view, step: clean(event.text), wait: undefined }
    case "RunEnded":
      return { ...view, step: "", wait: undefined, ended: true }
    case "Warning":
    case "Output":
      return view
  }
}

interface Cell {
  readonly text: string
  readonly tone: Tone
}

const line = (cells: ReadonlyArray<Cell>, columns: number, colors: boolean): string => {
  let left = columns
  return cells
    .map(({ text, tone }) => {
      const kept = fit(text, left)
      left = kept === text ? left - widthOf(text) : 0
      return paint(kept, tone, colors)
    })
    .join("")
    .trimEnd()
}

const rowLines = (row: Row, view: View, now: number, columns: number, colors: boolean): ReadonlyArray<string> => {
  const runs = row.outcome === "runs"
  const tone: Tone = row.outcome === "waits" ? "quiet" : row.outcome === "runs" ? "strong" : toneOf[row.outcome]
  const mark = row.outcome === "waits" ? (view.ended ? "not run" : "") : runs ? "..." : row.outcome
  const time = row.outcome === "waits" ? "" : elapsed(runs ? now - row.began : row.elapsed)
  const head = line(
    [
      { text: `  ${row.name.padEnd(10)}`, tone: runs ? "strong" : "plain" },
      { text: mark.padEnd(11), tone },
      { text: time.padEnd(13), tone: "plain" },
      { text: row.reason, tone: "quiet" }
    ],
    columns,
    colors
  )
  if (!runs || view.ended) return [head]
  const { step, wait } = view
  const inner = (text: string, tone: Tone) => line([{ text: `      ${text}`, tone }], columns, colors)
  return [
    head,
    ...(step === "" ? [] : [inner(step, "plain")]),
    ...(wait === undefined
      ? []
      : [
          inner(`waiting ${waited({ elapsed: now - wait.began, bound: wait.bound })} for ${wait.what}`, "plain"),
          ...(wait.seen === "" ? [] : [inner(`seen: ${wait.seen}`, "quiet")])
        ])
  ]
}

/** The region in at most `rows` lines of at most `columns` cells. Where there is too little room, finished stages go first. */
export const lines = (view: View, now: number, size: { readonly columns: number; readonly rows: number }, colors: boolean): ReadonlyArray<string> => {
  const { columns } = size
  const title = line(
    [
      { text: view.title === "" ? "ccci" : view.title, tone: "strong" },
      { text: `  ${elapsed(now - view.began)}`, tone: "quiet" }
    ],
    columns,
    colors
  )
  const facts = view.facts.map((text) => line([{ text: `  ${text}`, tone: "quiet" }], columns, colors))
  const blocks = view.rows.map((row) => ({ row, text: rowLines(row, view, now, columns, colors) }))
  const room = Math.max(1, size.rows - 1)
  const total = 1 + facts.length + blocks.reduce((sum, { text }) => sum + text.length, 0)
  if (total <= room) return [title, ...facts, ...blocks.flatMap(({ text }) => text)]
  const live = blocks.filter(({ row }) => row.outcome === "runs").flatMap(({ text }) => text)
  return [title, ...live].slice(0, room)
}
