/** The example site, up and running: a private engine, the example recipes' images and repositories, and a gateway that finds apps by their labels. */
import { Context, Schema } from "effect"
import type { Effect, Scope } from "effect"
import type { SandboxError, SandboxUnavailable } from "./Sandbox.ts"

/** Something of the example site could not be set up. */
export class ExampleSiteError extends Schema.TaggedError<ExampleSiteError>()("ExampleSiteError", { attempted: Schema.String, seen: Schema.String }) {
  override get message() {
    return `Example site: ${this.attempted}: ${this.seen}`
  }
}

/** What a run on the example site has to be told; all of it lives in the sandbox's own folder and ends with it, except the results. */
export interface ExampleSiteInfo {
  readonly dockerHost: string
  readonly baseDomain: string
  readonly gateway: { readonly address: string; readonly port: number }
  readonly abraDir: string
  readonly lockDir: string
  readonly testsDir: string
  /** With `{recipe}` in it. */
  readonly recipeSource: string
  /** Folder that ends with the site. */
  readonly directory: string
  /** What children need besides: DOCKER_HOST, DOCKER_CONFIG, PATH with the docker client. */
  readonly env: Readonly<Record<string, string>>
  /** Process whose end takes the engine away. */
  readonly pid: number
}

export class ExampleSite extends Context.Service<
  ExampleSite,
  {
    /** Brings it all up for these recipes (`custom-html`, `miniflux`, `static`); gone when the scope closes, or when this process ends, however it ends. */
    readonly open: (options: {
      readonly recipes: ReadonlyArray<string>
      /** Base domains for which the gateway has a certificate besides the site's own. */
      readonly otherBaseDomains?: ReadonlyArray<string>
      readonly say: (line: string) => Effect.Effect<void>
    }) => Effect.Effect<ExampleSiteInfo, ExampleSiteError | SandboxError | SandboxUnavailable, Scope.Scope>
  }
>()("ccci/services/ExampleSite") {}
