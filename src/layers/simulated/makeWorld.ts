/** A world with what every machine of ours has: a docker client, abra's directory, a runs directory. */
import { dockerCli } from "./executables/dockerCli.ts"
import { install } from "./kernel/programs.ts"
import { World } from "./World.ts"
import type { WorldOptions } from "./World.ts"

/** Where a machine of the world has what. */
export const places = { abraDir: "/root/.abra", runsDir: "/var/lib/ccci/runs", testsDir: "/srv/tests", recipes: "/srv/recipes" } as const

/** A world whose machine is ready for runs: nothing deployed, no recipe, no image but those given. */
export const makeWorld = (options: WorldOptions = {}): World => {
  const world = new World(options)
  install(world, "/usr/bin/docker", dockerCli)
  for (const path of [`${places.abraDir}/servers/default`, `${places.abraDir}/recipes`, places.runsDir, places.testsDir, places.recipes]) {
    world.tree.makeDirectories(path)
  }
  return world
}
