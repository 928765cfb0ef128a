import type { FunctionalTest } from "ccci/recipe"
import { api } from "../api.ts"

/** The API knows its user, and refuses who is none. */
export default (async (context) => {
  const me = await api(context, "GET", "/v1/me")
  if (me.status !== 200 || !me.body.includes('"is_admin":true')) throw new Error(`/v1/me answers ${me.status}: ${me.body.slice(0, 200)}`)
  const nobody = await context.http("/v1/me")
  if (nobody.status !== 401) throw new Error(`/v1/me answers ${nobody.status} without a password`)
}) satisfies FunctionalTest
