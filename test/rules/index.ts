/** The rules of the specification that concern this version, and what holds each of them. */
import { healthRows } from "./health.ts"
import { lifeRows } from "./life.ts"
import { runRows } from "./run.ts"
import { teardownRows } from "./teardown.ts"
import { upgradeRows } from "./upgrade.ts"

const upTo = (family: string, last: number, first = 1): ReadonlyArray<string> => Array.from({ length: last - first + 1 }, (_, at) => `${family}-${first + at}`)

const ids = [
  ...upTo("RUN", 7),
  ...upTo("DEP", 11),
  ...upTo("HEALTH", 5),
  ...["1", "1b", "2", "3", "4", "4b", "5"].map((number) => `UPG-${number}`),
  ...upTo("BAK", 4),
  ...upTo("EXEC", 2),
  ...upTo("TEAR", 7, 0),
  ...upTo("LOCK", 6),
  ...upTo("JAN", 10),
  ...["1", "2", "3", "4", "5", "6", "6b", "6c", "7", "8", "8a"].map((number) => `LIFE-${number}`),
  ...upTo("ABRA", 8)
]

/** Rules of which this version has nothing that could be broken. */
const later = {
  "LIFE-8": "the CI step's snippet is not shipped yet",
  "ABRA-1": "the layer that drives the real abra comes with a later version",
  "ABRA-3": "the simulated world runs the embedded abra itself on simulated services: there is no view of its own that could differ",
  "ABRA-4": "there is one implementation to choose so far; asking for another is an error",
  "ABRA-5": "the stand-in executable comes with the layer of ABRA-1; the contract suite is there, and the embedded abra keeps it in both worlds"
}

export const rules = { ids, rows: [...runRows, ...healthRows, ...upgradeRows, ...teardownRows, ...lifeRows], later }
