import { dockerLayer } from "../../src/layers/simulated/views/Docker.ts"
import { fixture } from "../support/simulatedFixture.ts"
import { simulatedContract } from "../support/simulated.ts"
import { fixtureImage } from "../support/stack.ts"
import { dockerContract } from "./docker.ts"

dockerContract(
  "simulated swarm",
  simulatedContract((world, process) => dockerLayer(world, process), { swarm: { images: { [fixtureImage]: fixture } } })
)
