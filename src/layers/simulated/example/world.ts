/** A world with everything that a run of the example recipe needs; its head may be good, or bad in some way. */
import { Result } from "effect"
import type { CommitId } from "../../../model/names.ts"
import { makeRepository } from "../git/build.ts"
import { makeWorld, places } from "../makeWorld.ts"
import type { Pull } from "../swarm/images.ts"
import { createNetwork } from "../swarm/objects.ts"
import type { World, WorldOptions } from "../World.ts"
import { webServer } from "./images.ts"
import type { WebServer } from "./images.ts"
import { history, imageNames } from "./recipe.ts"
import { installSite } from "./site.ts"

/** `missing`: no registry has the head's image; `sick`: its health check never passes; `crashes`: it ends right after its start. */
export interface ExampleOptions extends WorldOptions {
  readonly head?: "good" | "sick" | "crashes" | "missing"
}

/** The world, and the recipe's commits, oldest first. */
export interface Example {
  readonly world: World
  readonly recipe: "custom-html"
  readonly commits: ReadonlyArray<CommitId>
  /** Id of the site's network `proxy`. */
  readonly proxy: string
}

/** The recipe's repository, the site's tests of it, the images, the gateway's network. */
export const makeExample = ({ head = "good", ...options }: ExampleOptions = {}): Example => {
  const fault: Pick<WebServer, "fault"> = head === "sick" || head === "crashes" ? { fault: head } : {}
  const images = {
    [imageNames.old]: webServer({ version: "1.22.1" }),
    ...(head === "missing" ? {} : { [imageNames.new]: webServer({ version: "1.26.3", strict: true, ...fault }) })
  }
  const unknown: Pull = { _tag: "Refuses", reason: "missing", seen: `manifest for ${imageNames.new} not found: manifest unknown` }
  const swarm = { ...options.swarm, images: { ...images, ...options.swarm?.images }, registry: { [imageNames.new]: unknown, ...options.swarm?.registry } }
  const world = makeWorld({ ...options, swarm })
  const commits = makeRepository(world, `${places.recipes}/custom-html`, history)
  installSite(world, places.testsDir)
  const proxy = createNetwork(world.swarm, "proxy", {}, { subnet: "10.20.0.0/24", attachable: true })
  return { world, recipe: "custom-html", commits, proxy: Result.getOrElse(proxy, () => "") }
}
