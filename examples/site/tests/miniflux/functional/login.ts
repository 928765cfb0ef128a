import type { FunctionalTest } from "ccci/recipe"

/** The administrator logs in with the generated password by the form, as a browser would. */
export default (async (context) => {
  const page = await context.http("/")
  const token = /name="csrf" value="([^"]+)"/.exec(page.body)?.[1]
  const cookie = page.headers["set-cookie"]?.split(";")[0]
  if (token === undefined || cookie === undefined) throw new Error(`no login form at /: ${page.status}`)
  const password = await context.secret("admin_password")
  const login = (password: string) =>
    context.http("/login", {
      method: "POST",
      headers: { cookie, "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({ csrf: token, username: "admin", password }).toString()
    })
  const wrong = await login("wrong")
  if (wrong.status === 302) throw new Error("a wrong password is let in")
  const right = await login(password ?? "")
  if (right.status !== 302) throw new Error(`the right password is refused: ${right.status}`)
}) satisfies FunctionalTest
