/** The live {@link Workspace}: a directory below the system's own for such things. */
import { Effect, Layer } from "effect"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { Workspace } from "./workspace.ts"

/** A fresh directory, removed with the scope. */
export const temporaryDirectory = Effect.acquireRelease(
  Effect.sync(() => fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "ccci-test-")))),
  (directory) => Effect.sync(() => fs.rmSync(directory, { recursive: true, force: true }))
)

export const layerWorkspace: Layer.Layer<Workspace> = Layer.effect(
  Workspace,
  Effect.map(temporaryDirectory, (directory) => ({ path: directory }))
)
