/** Images of the example world: a web server like nginx, in versions that are good and bad. */
import type { Answer, Image, Inside, Ran, Request } from "../swarm/images.ts"
import { withShell } from "../swarm/shell.ts"

/** How a version of the web server behaves. */
export interface WebServer {
  readonly version: string
  /** Header `X-Content-Type-Options: nosniff`. */
  readonly strict?: boolean
  /** `sick`: its health check fails for ever; `crashes`: it ends right after its start. */
  readonly fault?: "sick" | "crashes"
}

const root = "/usr/share/nginx/html"

const pathOf = (path: string) => {
  const [plain = "/"] = path.split("?")
  return `${root}${plain.endsWith("/") ? `${plain}index.html` : plain}`
}

const serve =
  ({ version, strict = false, fault }: WebServer) =>
  ({ path }: Request, { files }: Inside): Answer => {
    const headers = { server: `nginx/${version}`, "content-type": "text/html; charset=utf-8", ...(strict ? { "x-content-type-options": "nosniff" } : {}) }
    if (path === "/healthz") return { status: fault === "sick" ? 500 : 204, headers }
    const body = files.read(pathOf(path))
    return body === undefined ? { status: 404, headers, body: "404 Not Found\n" } : { status: 200, headers, body }
  }

const ran = (code: number, stdout = "", stderr = ""): Ran => ({ _tag: "Ran", code, stdout, stderr })

const programs =
  (server: WebServer) =>
  ([program, ...args]: ReadonlyArray<string>, inside: Inside): Ran | undefined => {
    const last = args.at(-1) ?? ""
    switch (program) {
      case "cat": {
        const text = inside.files.read(last)
        return text === undefined ? ran(1, "", `cat: can't open '${last}': No such file or directory\n`) : ran(0, text)
      }
      case "printf":
        return ran(0, args.slice(1).join(""))
      case "rm":
        inside.files.remove(last)
        return ran(0)
      case "nginx":
        return ran(0, "", "nginx: configuration file /etc/nginx/nginx.conf test is successful\n")
      case "wget": {
        const { status } = serve(server)({ method: "GET", path: last.replace(/^http:\/\/[^/]+/, "") || "/", host: "127.0.0.1", headers: {}, body: "" }, inside)
        return status < 400 ? ran(0) : ran(8, "", `wget: server returned error: HTTP/1.1 ${status}\n`)
      }
      default:
        return undefined
    }
  }

/** A web server's image, with a page of its own. */
export const webServer = (server: WebServer): Image => ({
  files: { [`${root}/index.html`]: `<h1>Welcome to nginx ${server.version}</h1>\n` },
  exec: withShell(programs(server)),
  http: serve(server),
  start: ({ log }) => {
    log(`nginx/${server.version} starting`)
    return server.fault === "crashes" ? { _tag: "Ends", after: 200, code: 1 } : { _tag: "Serves", stopTime: 300 }
  }
})
