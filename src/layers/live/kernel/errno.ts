/** Names of what went wrong in a call of Node's. */
import { Predicate } from "effect"

/** errno's name (`ENOENT`) of what a `node:` call threw; Node's own code or the bare message where there is none. */
export const codeOf = (thrown: unknown): string => (Predicate.hasProperty(thrown, "code") && Predicate.isString(thrown.code) ? thrown.code : wordsOf(thrown))

/** The message of anything that can be thrown. */
export const wordsOf = (thrown: unknown): string =>
  Predicate.hasProperty(thrown, "message") && Predicate.isString(thrown.message) ? thrown.message : String(thrown)
