/** Credentials that are part of a URL. */

/** The password of `https://user:password@host/`, or the lone `token` of `https://token@host/`, as written and decoded; nothing for ssh, whose user is no secret. */
export const secretsInUrl = (url: string): ReadonlyArray<string> => {
  const [, user = "", password] = /^https?:\/\/([^/?#@:]*)(?::([^/?#@]*))?@/iu.exec(url) ?? []
  const secret = password ?? user
  if (secret === "") return []
  // Not every `%` is an escape; what does not decode is no other form of the secret.
  const decoded = /^(?:[^%]|%[0-7][0-9a-f])*$/iu.test(secret) ? decodeURIComponent(secret) : secret
  return [...new Set([secret, decoded])]
}
