/** A directory of a test's own, in whichever world the test runs. */
import { Context } from "effect"

/** An empty directory, made for one test and removed after it. */
export class Workspace extends Context.Service<Workspace, { readonly path: string }>()("ccci/test/Workspace") {}
