import type { HookContext } from "ccci/recipe"

export interface Category {
  readonly id: number
  readonly title: string
}

/** A request to Miniflux's API as its administrator. */
export const api = async (context: HookContext, method: string, path: string, body?: object) => {
  const password = await context.secret("admin_password")
  const authorization = `Basic ${Buffer.from(`admin:${password}`).toString("base64")}`
  return context.http(path, {
    method,
    headers: { authorization, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) })
  })
}

export const categories = async (context: HookContext): Promise<ReadonlyArray<Category>> => {
  const { status, body } = await api(context, "GET", "/v1/categories")
  if (status !== 200) throw new Error(`/v1/categories answers ${status}: ${body.slice(0, 200)}`)
  const list: ReadonlyArray<Category> = JSON.parse(body)
  return list
}
