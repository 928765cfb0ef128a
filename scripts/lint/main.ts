/** `npm run lint`: prints a line for each finding; exit code 1 if there are any. */
import { join } from "node:path"
import { check } from "./check.ts"

const findings = check(join(import.meta.dirname, "../.."))
for (const { path, line, rule, message } of findings) console.error(`${path}:${line} ${rule}: ${message}`)
console.error(findings.length === 0 ? "lint: nothing found" : `lint: ${findings.length} found`)
process.exitCode = findings.length === 0 ? 0 : 1
