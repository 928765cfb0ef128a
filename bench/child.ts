/** A program run once, with the time of each line that it says. */
import { spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { Readable } from "node:stream"

/** A line of standard output, and how many ms after the start it came. */
export interface SaidAt {
  readonly text: string
  readonly at: number
}

export interface Ran {
  /** ms from start to exit. */
  readonly wall: number
  readonly said: ReadonlyArray<SaidAt>
  readonly stderr: string
  /** What came through descriptor 3. */
  readonly note: string
}

/** Runs it to its end; anything but exit code 0 is an error with its last words. It is ended after five minutes. */
export const run = (command: string, args: ReadonlyArray<string>, env: NodeJS.ProcessEnv): Promise<Ran> =>
  new Promise((resolve, reject) => {
    const started = performance.now()
    const since = () => performance.now() - started
    const child = spawn(command, args, { env, stdio: ["ignore", "pipe", "pipe", "pipe"], timeout: 300_000 })
    const [, stdout, stderr, third] = child.stdio
    if (stdout === null || stderr === null || !(third instanceof Readable)) throw new Error("pipes were asked for")
    const said: Array<SaidAt> = []
    const kept = { stderr: "", note: "", wall: 0 }
    createInterface({ input: stdout }).on("line", (text) => said.push({ text, at: since() }))
    stderr.on("data", (part: Buffer) => (kept.stderr += part.toString()))
    third.on("data", (part: Buffer) => (kept.note += part.toString()))
    child.on("error", reject)
    child.on("exit", () => (kept.wall = since()))
    child.on("close", (code, signal) => {
      if (code === 0) return resolve({ said, ...kept })
      reject(new Error(`${command} ended with ${code ?? signal}:\n${said.at(-1)?.text ?? ""}\n${kept.stderr.slice(-4000)}`))
    })
  })
