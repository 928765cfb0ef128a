/** No value of a secret is told, whoever tells it and in whatever form; and the search that says so finds a value that is none. */
import { execFileSync } from "node:child_process"
import { appendFileSync, readFileSync, readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { baseDomains, directoryOf, resultsOf, startRun } from "../support/ccci.ts"
import { ownTests } from "../support/hanging.ts"
import { onLanes, type Lane } from "../support/lanes.ts"

/** As long as a generated secret, no secret, and so found wherever a secret might have been. Its characters look different in each form; none of them is JSON's or XML's own. */
const control = "planted/control+value=more?"

/** The middle of the base64 text of anything that holds these bytes at that place of a group: what stands around it does not matter. */
const base64Piece = (value: string, before: number) => {
  const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(value)])
  return bytes.toString("base64").slice(Math.ceil((before * 8) / 6), Math.floor((bytes.length * 8) / 6))
}

/** A value in every form that is searched for. */
const formsOf = (value: string): Readonly<Record<string, string>> => ({
  plain: value,
  "base64, first of three places": base64Piece(value, 0),
  "base64, second place": base64Piece(value, 1),
  "base64, third place": base64Piece(value, 2),
  "URL-encoded": encodeURIComponent(value)
})

/** Where a text is found: names of files, or of streams. */
const placesOf = (text: string, texts: ReadonlyMap<string, string>) => [...texts].flatMap(([name, content]) => (content.includes(text) ? [name] : []))

/** Code of hooks: a value in all forms, amid other words. */
const allForms = `
const allForms = (value: string | undefined): string =>
  value === undefined
    ? "no value"
    : ["", "x", "xx"].map((before) => Buffer.from(before + value + "and more").toString("base64")).join(" ") + " " + value + " " + encodeURIComponent(value) + "&"
`

/** Tests of the recipe's that tell what they should not: by log, console, the app's own log, a script, and the error that ends the tier. */
const indiscreet = (lane: Lane, path: string) => {
  const folder = ownTests(lane)
  const told = `allForms(${JSON.stringify(control)}), allForms(await context.secret("db_password")), allForms(await context.secret("admin_password"))`
  appendFileSync(
    join(folder, "ops.ts"),
    `${allForms}
export const postInstall: Hook = async (context) => {
  for (const line of [${told}]) {
    context.log(line)
    console.log(line)
    console.error(line)
    await context.exec("db", ["sh", "-c", 'printf "%s\\n" "$1" > /proc/1/fd/1', "sh", line])
  }
}
`
  )
  writeFileSync(
    join(folder, "functional", "indiscreet.ts"),
    `import type { HookContext } from "ccci/recipe"\n${allForms}
export default async (context: HookContext) => {
  throw new Error([${told}].join("\\n"))
}
`
  )
  const container = `$(docker ps --quiet --filter label=com.docker.swarm.service.name=${lane.domain.replaceAll(".", "_")}_db)`
  const script = `PATH='${path}'\nvalue=$(docker exec ${container} cat /run/secrets/db_password)`
  const say = ['"$value"', `'${control}'`].map((value) => `echo ${value}; printf %s ${value} | base64 -w 0; printf x%s ${value} | base64 -w 0 >&2; echo`)
  writeFileSync(join(folder, "setup_custom_tests.sh"), `#!/bin/sh\n${script}\n${say.join("\n")}\n`, { mode: 0o755 })
}

onLanes("Secrets", { baseDomain: baseDomains.secrets, recipes: ["miniflux"] }, (test) => {
  test("spec 03, 6.3: values of secrets are in no log, result or progress, in no form; a planted control is found in all of them", 1, ([lane]) =>
    Effect.gen(function* () {
      if (lane === undefined) return
      indiscreet(lane, lane.env["PATH"] ?? "")
      const run = yield* startRun([...lane.args, "--stages", "install,custom"], { ...lane.env, CCCI_TESTS_DIR: join(lane.folder, "tests") })
      yield* run.event("the custom tier", ({ _tag, stage }) => _tag === "StageStarted" && stage === "custom")
      // The values as the app has them, not as ccci knows them.
      const docker = (...args: ReadonlyArray<string>) => execFileSync("docker", args, { env: lane.env, encoding: "utf8" }).trim()
      const values = ["db", "app"].flatMap((service) => {
        const container = docker("ps", "--quiet", "--filter", `label=com.docker.swarm.service.name=${lane.domain.replaceAll(".", "_")}_${service}`)
        return docker("exec", container, "sh", "-c", "for file in /run/secrets/*; do cat $file; echo; done").split("\n")
      })
      const secrets = new Set(values.filter((value) => value !== ""))
      assert.strictEqual(secrets.size, 2, "db_password and admin_password")

      const { code, stdout, stderr } = yield* run.exit
      assert.deepStrictEqual([code, resultsOf(run)?.exit.class], [1, "red"], stderr)
      const directory = directoryOf(run)
      const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
      const texts = new Map(
        files.map((entry) => [join(entry.parentPath, entry.name).slice(directory.length + 1), readFileSync(join(entry.parentPath, entry.name), "utf8")])
      )
      texts.set("stdout", stdout).set("stderr", stderr)

      for (const [form, text] of Object.entries(formsOf(control))) {
        const where = placesOf(text, texts)
        for (const place of ["logs/hook-postInstall.log", "logs/run.log", "results.json", "junit.xml", "stdout"]) assert.include(where, place, form)
        assert.isTrue(
          where.some((place) => place.startsWith("evidence/")),
          `${form} in the app's own log, as evidence: ${where.join(", ")}`
        )
      }
      for (const secret of secrets) {
        for (const [form, text] of Object.entries(formsOf(secret))) assert.deepStrictEqual(placesOf(text, texts), [], form)
      }
    })
  )
})
