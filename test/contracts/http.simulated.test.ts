import { Layer } from "effect"
import type { Request } from "../../src/layers/simulated/swarm/images.ts"
import type { Reply } from "../../src/layers/simulated/swarm/network.ts"
import { httpLayer } from "../../src/layers/simulated/views/Http.ts"
import type { World } from "../../src/layers/simulated/World.ts"
import { simulatedContract } from "../support/simulated.ts"
import { httpContract, Origin } from "./http.ts"

const answer = (status: number, body = "", headers: Readonly<Record<string, string>> = {}): Reply => ({ _tag: "Answer", status, headers, body })

const origin = ({ method, host, path, headers, body }: Request): Reply => {
  switch (path.split("?")[0]) {
    case "/hello":
      return answer(200, "hello", { "X-Law": "one", "Set-Cookie": "a=1, b=2" })
    case "/echo":
      return answer(200, JSON.stringify({ method, host, sni: host, path, body, headers }))
    case "/redirect":
      return answer(302, "", { Location: "/hello" })
    case "/missing":
      return answer(404, "nothing here")
    case "/big":
      return answer(200, "x".repeat(3 * 2 ** 20))
    case "/silent":
      return { _tag: "Silent" }
    default:
      return { _tag: "Reset" }
  }
}

const address = "192.0.2.20"
const places = { gateway: { address, port: 443 }, plain: { address, port: 7 }, closed: { address, port: 9 } }

const prepare = ({ network }: World) => {
  network.listen(places.gateway, { speaks: "https", answer: origin })
  network.listen(places.plain, { speaks: "other", answer: origin })
}

httpContract(
  "simulated network",
  simulatedContract((world, process) => Layer.merge(httpLayer(world, process), Layer.succeed(Origin, places)), {}, prepare)
)
