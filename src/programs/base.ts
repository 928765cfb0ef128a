/** Which published version a run upgrades from (UPG-1): a pure choice over what is published and what the head descends from. */
import type { CommitId } from "../model/names.ts"

/** A published version, in the order of publishing. */
export interface Published {
  readonly version: string
  readonly commit: CommitId
  readonly annotated: boolean
}

/** The base, or why there is none. `gone`: a version was asked for that is not published. */
export type Base =
  | { readonly _tag: "Found"; readonly published: Published; readonly why: string }
  | { readonly _tag: "None"; readonly why: string }
  | { readonly _tag: "Gone"; readonly version: string }

/**
 * `wanted` is the version that the user or the recipe names. Otherwise the newest published version that the head descends from and is not itself; else the
 * second-newest, since the newest is often a hollow base with the same image as the head.
 */
export const chooseBase = (options: {
  readonly wanted: string | undefined
  readonly published: ReadonlyArray<Published>
  readonly head: CommitId
  readonly ancestors: ReadonlySet<CommitId>
}): Base => {
  const { wanted, published, head, ancestors } = options
  if (wanted !== undefined) {
    const named = published.find(({ version }) => version === wanted)
    return named === undefined ? { _tag: "Gone", version: wanted } : { _tag: "Found", published: named, why: "asked for" }
  }
  const ancestor = published.findLast(({ commit }) => commit !== head && ancestors.has(commit))
  if (ancestor !== undefined) return { _tag: "Found", published: ancestor, why: "the newest published version that the head descends from" }
  const second = published.filter(({ commit }) => commit !== head).at(-2)
  if (second !== undefined) return { _tag: "Found", published: second, why: "the second-newest published version: the head descends from none" }
  return { _tag: "None", why: published.length === 0 ? "no version is published yet" : "no published version precedes the head" }
}
