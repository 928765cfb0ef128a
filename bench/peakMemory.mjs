/**
 * Loaded before a program (`--import`): at its exit the program's peak resident memory, in KiB, goes to descriptor 3. VmHWM, since the kernel's `maxrss` also counts what
 * the process was before its exec, a copy of the bench.
 */
import { readFileSync, writeSync } from "node:fs"

process.on("exit", () => {
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1]
  writeSync(3, peak ?? "")
})
