import { Layer } from "effect"
import * as LiveFiles from "../../src/layers/live/Files.ts"
import * as LiveGit from "../../src/layers/live/Git.ts"
import * as LiveProcesses from "../../src/layers/live/Processes.ts"
import { gitContract } from "../contracts/git.ts"
import { layerGitRepositories } from "../support/gitRepositories.ts"
import { layerPlainRedaction } from "../support/plainRedaction.ts"
import { layerWorkspace } from "../support/temporary.ts"

const layerGit = LiveGit.layer.pipe(Layer.provide(LiveProcesses.layer), Layer.provide(layerPlainRedaction))

gitContract("live", Layer.mergeAll(layerGit, LiveFiles.layer, Layer.provideMerge(layerGitRepositories, layerWorkspace)))
