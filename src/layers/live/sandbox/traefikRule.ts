/** The rules of traefik's routers, as far as a gateway for tests needs them: Host, Path and PathPrefix, joined by `||`, `&&` and parentheses. Pure. */

/** One way to match a request: one of the hosts and, where there are paths, one of them (`*` at the end of a path: anything may follow). */
export interface Match {
  readonly hosts: ReadonlyArray<string>
  readonly paths: ReadonlyArray<string>
}

/** A rule as alternatives, or why this gateway cannot serve it. */
export type Rule = { readonly matches: ReadonlyArray<Match> } | { readonly reason: string }

const longest = 2000
const mostMatches = 64

const hostName = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/
// Neither `*` nor `{`: both have a meaning of their own to the server that gets the path.
const pathText = /^\/[A-Za-z0-9._~\-/]*$/

const refuse = (reason: string) => ({ reason })
type Part = { readonly matches: ReadonlyArray<Match> } | { readonly reason: string }

const condition = (name: string, values: ReadonlyArray<string>): Part => {
  if (name === "Host") {
    const hosts = values.map((value) => value.toLowerCase())
    const wrong = hosts.find((host) => !hostName.test(host))
    return wrong === undefined ? { matches: [{ hosts, paths: [] }] } : refuse(`${JSON.stringify(wrong)} is no host name`)
  }
  if (name === "Path" || name === "PathPrefix") {
    const wrong = values.find((value) => !pathText.test(value))
    if (wrong !== undefined) return refuse(`${JSON.stringify(wrong)} is no plain path`)
    return { matches: [{ hosts: [], paths: name === "Path" ? values : values.map((value) => `${value}*`) }] }
  }
  return refuse(`${name}(...) is not known to this gateway`)
}

const both = (left: Match, right: Match): Match | undefined => {
  if (left.paths.length > 0 && right.paths.length > 0) return undefined
  const hosts = left.hosts.length === 0 || right.hosts.length === 0 ? [...left.hosts, ...right.hosts] : left.hosts.filter((host) => right.hosts.includes(host))
  return { hosts, paths: [...left.paths, ...right.paths] }
}

const and = (left: Part, right: Part): Part => {
  if ("reason" in left) return left
  if ("reason" in right) return right
  if (left.matches.length * right.matches.length > mostMatches) return refuse(`it has more than ${mostMatches} alternatives`)
  const matches: Array<Match> = []
  for (const one of left.matches) {
    for (const other of right.matches) {
      const match = both(one, other)
      if (match === undefined) return refuse("it joins two path conditions by &&")
      const contradiction = match.hosts.length === 0 && one.hosts.length > 0
      if (!contradiction) matches.push(match)
    }
  }
  return { matches }
}

const or = (left: Part, right: Part): Part => {
  if ("reason" in left) return left
  if ("reason" in right) return right
  if (left.matches.length + right.matches.length > mostMatches) return refuse(`it has more than ${mostMatches} alternatives`)
  return { matches: [...left.matches, ...right.matches] }
}

/** Reads a rule such as `` Host(`a.example.org`, `b.example.org`) && PathPrefix(`/api`) ``. */
export const parseRule = (text: string): Rule => {
  if (text.length > longest) return refuse(`it is longer than ${longest} characters`)
  const tokens = text.match(/`[^`]*`|"[^"\\]*"|[A-Za-z]+|\|\||&&|[(),]|\S/g) ?? []
  let at = 0
  const take = (token: string) => tokens[at] === token && at++ >= 0
  const unexpected = () => refuse(`${tokens[at] === undefined ? "its end" : JSON.stringify(tokens[at])} is not expected there`)

  const anyOf = (): Part => {
    let left = allOf()
    while (take("||")) left = or(left, allOf())
    return left
  }
  const allOf = (): Part => {
    let left = single()
    while (take("&&")) left = and(left, single())
    return left
  }
  const single = (): Part => {
    if (take("(")) {
      const inner = anyOf()
      return "reason" in inner || take(")") ? inner : unexpected()
    }
    const name = tokens[at]
    if (name === undefined || !/^[A-Za-z]+$/.test(name)) return unexpected()
    at++
    if (!take("(")) return unexpected()
    const values: Array<string> = []
    do {
      const value = tokens[at]
      if (value === undefined || !/^[`"]./.test(value)) return unexpected()
      at++
      values.push(value.slice(1, -1))
    } while (take(","))
    return take(")") ? condition(name, values) : unexpected()
  }

  const rule = anyOf()
  if ("reason" in rule) return rule
  if (at < tokens.length) return unexpected()
  return rule.matches.length > 0 && rule.matches.every(({ hosts }) => hosts.length > 0) ? rule : refuse("it does not say for which host")
}
