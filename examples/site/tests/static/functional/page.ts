import type { FunctionalTest } from "ccci/recipe"

export default (async (context) => {
  const { status, body } = await context.http("/index.html")
  if (status !== 200 || !body.includes("<h1>static ")) throw new Error(`/index.html answers ${status}: ${body.slice(0, 200)}`)
}) satisfies FunctionalTest
