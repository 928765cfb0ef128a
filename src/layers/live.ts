/** The live backend: the real world, composed from settings. */
import { Effect, Layer, Option } from "effect"
import type { DecodedSettings } from "../model/settingsSources.ts"
import type { World, WorldOptions } from "../services/Backend.ts"
import { Screen } from "../services/Screen.ts"
import { Settings, SettingsError } from "../services/Settings.ts"
import { listener } from "./common/progress/listener.ts"
import * as Recipes from "./common/Recipes.ts"
import * as Redaction from "./common/Redaction.ts"
import * as RunStore from "./common/RunStore.ts"
import * as EmbeddedAbra from "./embedded/Abra.ts"
import * as Crypto from "./live/Crypto.ts"
import * as Docker from "./live/docker/Docker.ts"
import * as Files from "./live/Files.ts"
import * as Git from "./live/Git.ts"
import * as Guards from "./live/Guards.ts"
import * as Http from "./live/Http.ts"
import * as Lock from "./live/Lock.ts"
import * as Modules from "./live/Modules.ts"
import * as Processes from "./live/Processes.ts"
import * as LiveScreen from "./live/Screen.ts"
import { loadSettings } from "./live/Settings.ts"

/** ABRA-4: `cli` asked for and not there is an error, never a silent switch. */
const abra = ({ values }: DecodedSettings) =>
  values.abra === "cli"
    ? Layer.effectDiscard(
        Effect.fail(new SettingsError({ problems: ['Setting abra is "cli": this version has the embedded abra only; set abra to auto or embedded'] }))
      )
    : Layer.empty

/** Everything that programs ask of the outside, for settings that are there. */
const compose = (settings: DecodedSettings, progress: WorldOptions["progress"]): Layer.Layer<World, SettingsError, Screen> => {
  const { dockerHost, dockerCertPath, nodes, ciLimit: _, ...values } = settings.values
  const docker = Docker.layer({
    endpoint: dockerHost,
    others: nodes,
    ...Option.match(dockerCertPath, { onNone: () => ({}), onSome: (certificates) => ({ certificates }) })
  })
  const kernel = Layer.mergeAll(
    Crypto.layer,
    Files.layer,
    Guards.layer,
    Http.layer,
    Lock.layer,
    Redaction.layer,
    docker,
    Layer.succeed(Settings, { ...values, backend: "live" })
  )
  const processes = Processes.layer.pipe(Layer.provideMerge(kernel))
  const tools = Layer.mergeAll(Git.layer, Modules.layer).pipe(Layer.provideMerge(processes))
  return Layer.mergeAll(EmbeddedAbra.layer, Recipes.layer, RunStore.layer, listener(progress)).pipe(Layer.provideMerge(tools), Layer.merge(abra(settings)))
}

/** The live world for a command or an embedding program. Without a {@link Screen} of one's own it tells on the process's standard streams. */
export const world = (options: WorldOptions): Layer.Layer<World, SettingsError> =>
  Layer.unwrap(Effect.map(loadSettings(options), (settings) => compose(settings, options.progress))).pipe(Layer.provide(LiveScreen.layer))
