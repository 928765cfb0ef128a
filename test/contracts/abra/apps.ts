/** app ls, app new, recipe versions. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { RecipeName } from "../../../src/model/names.ts"
import { parseEnv } from "../../../src/model/envFile.ts"
import { history, recipe, setup } from "../../support/blogRecipe.ts"
import { errorOf, present } from "../../support/contract.ts"
import type { Law } from "../abra.ts"

const lightweight = history().map((step) => ({ ...step, tags: (step.tags ?? []).map((tag) => ({ ...tag, annotated: false })) }))

export const appLaws = (law: Law) => {
  law(
    "UPG-1: versions are the tags of a version's shape, oldest first",
    Effect.gen(function* () {
      const { abra, at } = yield* setup()
      assert.deepStrictEqual(yield* abra.versions(recipe), [
        { version: "1.9.0+1", commit: at(0), annotated: true },
        { version: "1.10.0+1", commit: at(1), annotated: true }
      ])
    })
  )

  law(
    "DEP-5: lightweight version tags are told as such",
    Effect.gen(function* () {
      const { abra } = yield* setup(lightweight)
      assert.deepStrictEqual(
        (yield* abra.versions(recipe)).map(({ annotated }) => annotated),
        [false, false]
      )
    })
  )

  law(
    "DEP-3: app new writes the .env from the latest version's sample, and leaves the checkout there",
    Effect.gen(function* () {
      const { abra, at, domain, envPath, files, git, checkout } = yield* setup()
      assert.strictEqual(yield* git.head(checkout), at(2))
      yield* abra.newApp(recipe, domain)
      assert.strictEqual(yield* git.head(checkout), at(1), "app new moves the checkout")
      const text = yield* files.readText(envPath)
      const { values, entries } = parseEnv(text)
      assert.strictEqual(values["TYPE"], "blog:1.10.0+1")
      assert.strictEqual(values["DOMAIN"], domain)
      assert.strictEqual(values["EXTRA"], "{{ .Domain }}", "a template stays as it is (DEP-6)")
      assert.isUndefined(values["SECRET_GIVEN_VERSION"], "the head's sample was not used")
      assert.include(text, "# Where it answers\n")
      assert.strictEqual(entries.find(({ key }) => key === "SECRET_KEY_VERSION")?.modifiers["length"], "40")
      assert.strictEqual(present(yield* files.stat(envPath), "the .env").mode, 0o600)
    })
  )

  law(
    "an app is made once",
    Effect.gen(function* () {
      const { abra, domain, envPath, files } = yield* setup()
      yield* abra.newApp(recipe, domain)
      yield* files.append(envPath, "MINE=1\n")
      assert.include((yield* errorOf(abra.newApp(recipe, domain))).message, "exists")
      assert.include(yield* files.readText(envPath), "MINE=1")
    })
  )

  law(
    "a recipe that is not there is told by its name",
    Effect.gen(function* () {
      const { abra, domain } = yield* setup()
      const error = yield* errorOf(abra.newApp(RecipeName.make("nowhere"), domain))
      assert.deepStrictEqual([error._tag, error.reason], ["AbraError", "unknownRecipe"])
      assert.include(error.message, "nowhere")
    })
  )

  law(
    "ABRA-8: the configured server's apps are listed, and no others'",
    Effect.gen(function* () {
      const { abra, domain, files, root } = yield* setup()
      assert.deepStrictEqual(yield* abra.apps, [])
      yield* abra.newApp(recipe, domain)
      yield* files.makeDirectory(`${root}/servers/other`)
      yield* files.writeAtomic(`${root}/servers/other/blog-aaaaaa.ci.example.org.env`, "TYPE=blog\n")
      yield* files.writeAtomic(`${root}/servers/default/notes.txt`, "TYPE=blog\n")
      yield* files.writeAtomic(`${root}/servers/default/wiki.example.org.env`, "TYPE=dokuwiki:1.0.0+1\n")
      assert.deepStrictEqual(
        [...(yield* abra.apps)].sort((a, b) => (a.domain < b.domain ? -1 : 1)),
        [
          { domain, recipe: "blog" },
          { domain: "wiki.example.org", recipe: "dokuwiki" }
        ]
      )
    })
  )
}
