/** What the harness's child may say, decoded: its code is a recipe author's. */
import { Schema } from "effect"

const Text = Schema.String
const Words = Schema.Array(Text)
const Request = Schema.Union([
  Schema.Struct({ operation: Schema.Literal("exec"), service: Text, argv: Words }),
  Schema.Struct({
    operation: Schema.Literal("http"),
    path: Text,
    host: Schema.optionalKey(Text),
    method: Schema.optionalKey(Text),
    headers: Schema.optionalKey(Schema.Record(Text, Text)),
    body: Schema.optionalKey(Text)
  }),
  Schema.Struct({ operation: Schema.Literal("env"), name: Text }),
  Schema.Struct({ operation: Schema.Literal("secret"), name: Text })
])
export type Request = typeof Request.Type

/** What a child may say; anything else is not heard. */
const ToParent = Schema.Union([
  Schema.Struct({ kind: Schema.Literal("request"), id: Schema.Number, request: Request }),
  Schema.Struct({ kind: Schema.Literal("described"), functions: Words, requires: Words }),
  Schema.Struct({ kind: Schema.Literal("returned"), value: Schema.optionalKey(Schema.Unknown) }),
  Schema.Struct({ kind: Schema.Literal("threw"), message: Text }),
  Schema.Struct({ kind: Schema.Literal("skipped"), reason: Text }),
  Schema.Struct({ kind: Schema.Literal("unloadable"), message: Text })
])
/** A child's message; none for what is not one. */
export const decodeFromChild = Schema.decodeUnknownOption(ToParent)
