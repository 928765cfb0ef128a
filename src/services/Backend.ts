/** The world that a command works in, made on demand from the command's settings: the live one, or the simulated one. */
import { Context } from "effect"
import type { Effect, Layer, Option } from "effect"
import type { Abra } from "./Abra.ts"
import type { Crypto } from "./Crypto.ts"
import type { Docker } from "./Docker.ts"
import type { ExampleSite } from "./ExampleSite.ts"
import type { Files } from "./Files.ts"
import type { Git } from "./Git.ts"
import type { Guards } from "./Guards.ts"
import type { Http } from "./Http.ts"
import type { Lock } from "./Lock.ts"
import type { Modules } from "./Modules.ts"
import type { Processes } from "./Processes.ts"
import type { Progress } from "./Progress.ts"
import type { Recipes } from "./Recipes.ts"
import type { Redaction } from "./Redaction.ts"
import type { RunStore } from "./RunStore.ts"
import type { Screen } from "./Screen.ts"
import type { Settings, SettingsError } from "./Settings.ts"
import type { Stop } from "./Stop.ts"

/** Everything that programs ask of the outside, but {@link Stop}: that belongs to whoever runs them. */
export type World = Abra | Crypto | Docker | Files | Git | Guards | Http | Lock | Modules | Processes | Progress | Recipes | Redaction | RunStore | Settings

/** What a command wants of its world. */
export interface WorldOptions {
  /** `run` needs every setting; `janitor` no gateway; `look` neither gateway nor base domain, and any lock directory will do. */
  readonly purpose: "run" | "janitor" | "look"
  /** The config file that `--config` names; else it is looked for. */
  readonly config: Option.Option<string>
  /** Settings from the command line, by key. */
  readonly flags: Readonly<Record<string, string>>
  /** How events are told: a live region at a terminal and else plain lines; plain lines; NDJSON; not at all. */
  readonly progress: "region" | "lines" | "json" | "silent"
}

/** Where a command was called: for relative paths, and defaults that depend on the user. */
export interface Place {
  readonly cwd: string
  readonly home: string
  readonly stateHome: string
  readonly root: boolean
}

export class Backend extends Context.Service<
  Backend,
  {
    readonly world: (options: WorldOptions) => Layer.Layer<World, SettingsError>
    /**
     * Runs a program as a process of the simulated example world, whose runs directory has the given path; the seed decides
     * everything that is left to chance there. Its progress is told in real time, some six
     * times as fast as the world's own.
     */
    readonly simulate: <A, E>(
      program: Effect.Effect<A, E, World | Stop | Screen>,
      options: { readonly runsDir: string; readonly seed: number }
    ) => Effect.Effect<A, E, Screen | Stop>
    /** The example site on a private engine, for the demo. */
    readonly exampleSite: Layer.Layer<ExampleSite>
    readonly place: Effect.Effect<Place>
  }
>()("ccci/services/Backend") {}
