/** Writes the published JSON schemas from the Effect schemas: `node scripts/schemas.ts`. A test fails when they are not current. */
import { mkdirSync, writeFileSync } from "node:fs"
import { Schema } from "effect"
import { settingKeys } from "../src/model/settingKeys.ts"
import { ConfigFile } from "../src/model/settings.ts"
import { Results } from "../src/programs/results.ts"

type Json = Readonly<Record<string, unknown>>
const isJson = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value)

/** Gives the properties of a config schema the words of their settings, for editors to show. */
const described = (root: Json, prefix = ""): Json => {
  const properties = isJson(root["properties"]) ? root["properties"] : {}
  const entries = Object.entries(properties).map(([name, property]) => {
    const known = settingKeys.find(({ key }) => key === `${prefix}${name}`)
    if (!isJson(property)) return [name, property]
    if (known === undefined) return [name, described(property, `${name}.`)]
    return [name, { description: [known.doc, ...known.env.map((variable) => `env ${variable}`)].join("; "), ...property }]
  })
  return entries.length === 0 ? root : { ...root, properties: Object.fromEntries(entries) }
}

/** The text of `schemas/<name>.schema.json`. Results may grow within a version, so readers allow unknown keys there; the config file has none. */
export const jsonSchemaText = (name: "config" | "results", schema: Schema.Constraint): string => {
  const { schema: root, definitions } = Schema.toJsonSchemaDocument(schema, { onExcessProperty: name === "config" ? "error" : "ignore" })
  const $defs = Object.keys(definitions).length === 0 ? {} : { $defs: definitions }
  const whole = { $schema: "https://json-schema.org/draft/2020-12/schema", ...(name === "config" ? described(root) : root), ...$defs }
  return `${JSON.stringify(whole, null, 2)}\n`
}

if (import.meta.main) {
  const folder = new URL("../schemas/", import.meta.url)
  mkdirSync(folder, { recursive: true })
  writeFileSync(new URL("config.schema.json", folder), jsonSchemaText("config", ConfigFile))
  writeFileSync(new URL("results.schema.json", folder), jsonSchemaText("results", Results))
}
