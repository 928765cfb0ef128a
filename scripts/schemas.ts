/** Writes the published JSON schemas from the Effect schemas: `node scripts/schemas.ts`. A test fails when they are not current. */
import { mkdirSync, writeFileSync } from "node:fs"
import { Schema } from "effect"
import { ConfigFile } from "../src/model/settings.ts"
import { Results } from "../src/programs/results.ts"

/** The text of `schemas/<name>.schema.json`. Results may grow within a version, so readers allow unknown keys there; the config file has none. */
export const jsonSchemaText = (name: "config" | "results", schema: Schema.Constraint): string => {
  const { schema: root, definitions } = Schema.toJsonSchemaDocument(schema, { onExcessProperty: name === "config" ? "error" : "ignore" })
  const $defs = Object.keys(definitions).length === 0 ? {} : { $defs: definitions }
  return `${JSON.stringify({ $schema: "https://json-schema.org/draft/2020-12/schema", ...root, ...$defs }, null, 2)}\n`
}

if (import.meta.main) {
  const folder = new URL("../schemas/", import.meta.url)
  mkdirSync(folder, { recursive: true })
  writeFileSync(new URL("config.schema.json", folder), jsonSchemaText("config", ConfigFile))
  writeFileSync(new URL("results.schema.json", folder), jsonSchemaText("results", Results))
}
