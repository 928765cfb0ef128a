import { dockerContract } from "../contracts/docker.ts"
import { layerSwarm, withSwarm } from "../support/swarm.ts"

withSwarm("Docker contract: live", (swarm) => dockerContract("live", layerSwarm(swarm)))
