/** The example images: made by `examples/images/build.sh` into the cache, loaded into an engine. */
import { join } from "node:path"
import { Config, Effect, Option } from "effect"
import { ExampleError, call, examplesDirectory } from "./examples.ts"
import type { Say } from "./examples.ts"

/** An image as `docker load` takes it: its full name, and the path of the archive. */
export interface ImageArchive {
  readonly name: string
  readonly archive: string
}

/** The images that an example recipe needs, from its first version to its head; `gateway` is the one that stands before them all. */
export const imagesOf = {
  gateway: ["caddy:bookworm"],
  "custom-html": ["nginx:bookworm", "nginx:trixie"],
  static: ["static:0.23.1", "static:0.24.2"],
  miniflux: ["postgres:15-bookworm", "miniflux:trixie", "miniflux:sid"]
} as const

/** Makes those images that the cache (CCCI_CACHE_DIR) does not have. Needs no engine, so it may run while one is being started. */
export const buildImages = Effect.fn("examples.buildImages")(function* (names: ReadonlyArray<string>, say: Say) {
  const archives: Array<ImageArchive> = []
  const cache = yield* Config.option(Config.String("CCCI_CACHE_DIR")).pipe(
    Effect.mapError((error) => new ExampleError({ attempted: "reading CCCI_CACHE_DIR", seen: error.message }))
  )
  yield* call({
    command: "sh",
    args: [join(yield* examplesDirectory, "images", "build.sh"), ...names],
    attempted: `making the images ${names.join(", ")}`,
    env: Option.match(cache, { onNone: () => ({}), onSome: (directory) => ({ CCCI_CACHE_DIR: directory }) }),
    limit: "10 minutes",
    say: (line) => {
      const [name = "", archive] = line.split("\t")
      return archive === undefined ? say(line) : Effect.sync(() => void archives.push({ name, archive }))
    }
  })
  return archives
})

/** Loads images into the engine that `env` names, two at a time. */
export const loadImages = Effect.fn("examples.loadImages")(function* (
  engine: { readonly dockerCli: string; readonly env: Readonly<Record<string, string>> },
  images: ReadonlyArray<ImageArchive>
) {
  const load = ({ name, archive }: ImageArchive) =>
    call({ command: engine.dockerCli, args: ["load", "--input", archive], attempted: `loading ${name}`, env: engine.env, limit: "2 minutes" })
  yield* Effect.forEach(images, load, { concurrency: 2, discard: true })
})
