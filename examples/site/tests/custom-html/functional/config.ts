import type { FunctionalTest } from "ccci/recipe"

/** nginx takes its configuration as a whole. */
export default (async (context) => {
  const { exitCode, stderr } = await context.exec("app", ["nginx", "-t", "-q"])
  if (exitCode !== 0) throw new Error(`nginx -t: ${stderr}`)
}) satisfies FunctionalTest
