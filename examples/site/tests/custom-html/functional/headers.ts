import type { FunctionalTest } from "ccci/recipe"

/** What the recipe's own configuration of nginx adds. */
export default (async (context) => {
  const { headers } = await context.http("/")
  const type = headers["content-type"]
  if (type !== "text/html; charset=utf-8") throw new Error(`the page comes as ${type}`)
  const options = headers["x-content-type-options"]
  if (options !== "nosniff") throw new Error(`X-Content-Type-Options is ${options}`)
}) satisfies FunctionalTest
