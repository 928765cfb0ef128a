/** The least that an Effect command line is: one command without flags, its help and its version. What `ccci --version` is held against. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Effect } from "effect"
import { Command } from "effect/cli"

const bare = Command.make("bare", {}, () => Effect.void)

Command.run(bare, { version: "0.1.0" }).pipe(Effect.provide(NodeServices.layer), NodeRuntime.runMain)
