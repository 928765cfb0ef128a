import type { Canary, HookContext } from "ccci/recipe"

const file = "/usr/share/nginx/html/canary.txt"

const put = async (context: HookContext, text: string) => {
  const { exitCode, stderr } = await context.exec("app", ["sh", "-c", 'printf %s "$1" > "$2"', "sh", text, file])
  if (exitCode !== 0) throw new Error(`could not write ${file}: ${stderr}`)
}

/** A page in the volume: written into it, read as its visitors read it. */
export const canary: Canary = {
  write: (context) => put(context, `written for ${context.domain}`),
  damage: (context) => put(context, "damaged"),
  read: async (context) => {
    const { status, body } = await context.http("/canary.txt")
    return `${status} ${body}`
  }
}
