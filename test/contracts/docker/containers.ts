/** Commands in containers, archives, logs (EXEC). */
import { assert } from "@effect/vitest"
import { Effect, Option } from "effect"
import { Docker } from "../../../src/services/Docker.ts"
import { errorOf } from "../../support/contract.ts"
import { eventually } from "../../support/eventually.ts"
import { containerOf, execIn, ownStack, runService, specOf } from "../../support/stack.ts"
import { Workspace } from "../../support/workspace.ts"
import type { Law } from "../docker.ts"

export const containerLaws = (law: Law) => {
  law(
    "EXEC-2: output of both streams, kept apart, and the command's own exit code",
    Effect.gen(function* () {
      const stack = yield* ownStack
      const container = yield* containerOf(yield* runService(specOf(stack, "web")))
      assert.deepStrictEqual(yield* execIn(container, "fixture", "exit", "0", "out\nmore", "err"), { stdout: "out\nmore", stderr: "err", exitCode: 0 })
      assert.deepStrictEqual(yield* execIn(container, "fixture", "exit", "3", "", "err"), { stdout: "", stderr: "err", exitCode: 3 })
      assert.deepStrictEqual(yield* execIn(container, "fixture", "exit", "0", 'grüße, $HOME `x` "q"'), {
        stdout: 'grüße, $HOME `x` "q"',
        stderr: "",
        exitCode: 0
      })
      const missing = yield* execIn(container, "no-such-program")
      assert.include([126, 127], missing.exitCode)
    })
  )

  law(
    "EXEC-2: while it runs there is no exit code, and the time limit ends the wait",
    Effect.gen(function* () {
      const docker = yield* Docker
      const stack = yield* ownStack
      const container = yield* containerOf(yield* runService(specOf(stack, "web")))
      const exec = yield* docker.execCreate(container, ["fixture", "serve"])
      const error = yield* errorOf(docker.execStart(exec, "1 second"))
      assert.strictEqual(error.reason, "timeout")
      assert.isTrue(Option.isNone(yield* docker.execExitCode(exec)))
    })
  )

  law(
    "EXEC-2: a container that is not there is notFound, one that has stopped a conflict",
    Effect.gen(function* () {
      const docker = yield* Docker
      const stack = yield* ownStack
      assert.strictEqual((yield* errorOf(docker.execCreate(`${stack}_none`, ["fixture", "exit", "0"]))).reason, "notFound")
      assert.strictEqual((yield* errorOf(docker.execStart("none", "5 seconds"))).reason, "notFound")
      assert.strictEqual((yield* errorOf(docker.execExitCode("none"))).reason, "notFound")
      yield* docker.createService(specOf(stack, "once", { command: ["fixture", "exit", "0"], restart: "none" }))
      const [stopped] = yield* eventually("a stopped container", docker.containers(stack), (seen) => seen.some(({ state }) => state === "exited"))
      assert.strictEqual((yield* errorOf(docker.execCreate(stopped?.id ?? "", ["fixture", "exit", "0"]))).reason, "conflict")
      assert.strictEqual((yield* errorOf(docker.killContainer(stopped?.id ?? ""))).reason, "conflict")
    })
  )

  law(
    "EXEC-2: a container that dies under a command never gives empty data with exit code 0",
    Effect.gen(function* () {
      const docker = yield* Docker
      const stack = yield* ownStack
      const container = yield* containerOf(yield* runService(specOf(stack, "web", { restart: "none" })))
      const exec = yield* docker.execCreate(container, ["fixture", "serve", "/begun"])
      const begun = eventually("the command to run", execIn(container, "fixture", "read", "/begun"), ({ exitCode }) => exitCode === 0)
      const [ended] = yield* Effect.all([Effect.exit(docker.execStart(exec, "20 seconds")), Effect.andThen(begun, docker.killContainer(container))], {
        concurrency: 2
      })
      const code = yield* Effect.exit(docker.execExitCode(exec))
      if (ended._tag === "Success" && code._tag === "Success") assert.notDeepEqual(code.value, Option.some(0))
    })
  )

  law(
    "an archive of one container's files is unpacked in another, and an existing file is never overwritten",
    Effect.gen(function* () {
      const docker = yield* Docker
      const { path } = yield* Workspace
      const stack = yield* ownStack
      const file = `${path}/note.tar`
      const [from, to] = yield* Effect.all(
        [Effect.flatMap(runService(specOf(stack, "one")), containerOf), Effect.flatMap(runService(specOf(stack, "two")), containerOf)],
        { concurrency: 2 }
      )
      yield* execIn(from, "fixture", "write", "/note", "carried over")
      yield* docker.archiveToFile(from, "/note", file)
      yield* docker.archiveFromFile(to, "/tmp", file)
      assert.deepStrictEqual(yield* execIn(to, "fixture", "read", "/tmp/note"), { stdout: "carried over", stderr: "", exitCode: 0 })
      assert.strictEqual((yield* errorOf(docker.archiveToFile(from, "/note", file))).reason, "file")
      assert.strictEqual((yield* errorOf(docker.archiveToFile(from, "/none", `${path}/none.tar`))).reason, "notFound")
      yield* docker.archiveToFile(from, "/note", `${path}/none.tar`)
      assert.strictEqual((yield* errorOf(docker.archiveFromFile(to, "/none", file))).reason, "notFound")
      assert.strictEqual((yield* errorOf(docker.archiveFromFile(to, "/tmp", `${path}/missing.tar`))).reason, "file")
      assert.strictEqual((yield* errorOf(docker.archiveFromFile(`${stack}_none`, "/tmp", file))).reason, "notFound")
    })
  )

  law(
    "a service's log has the last lines of both streams",
    Effect.gen(function* () {
      const docker = yield* Docker
      const stack = yield* ownStack
      const id = yield* docker.createService(specOf(stack, "once", { command: ["fixture", "exit", "1", "one\ntwo\n", "oops\n"], restart: "none" }))
      yield* eventually("the task to end", docker.tasks(stack), (tasks) => tasks.some(({ state }) => state === "failed"))
      const log = yield* docker.serviceLog(id, 10)
      for (const line of ["one", "two", "oops"]) assert.include(log.split("\n"), line)
      assert.strictEqual((yield* docker.serviceLog(id, 1)).trim().split("\n").length, 1)
      assert.strictEqual((yield* errorOf(docker.serviceLog(`${stack}_none`, 1))).reason, "notFound")
    })
  )
}
