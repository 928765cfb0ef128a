/** Reading the engine's JSON: by schemas that ignore what they do not name, since every version adds fields. */
import { Effect, Schema } from "effect"

/** Reads JSON text. */
export type Decode<A> = (text: string) => Effect.Effect<A, Schema.SchemaError>

/** Go leaves out, or writes as null, what is empty. */
export const maybe = <S extends Schema.Constraint>(schema: S) => Schema.optional(Schema.NullOr(schema))
export const list = <S extends Schema.Constraint>(schema: S) => maybe(Schema.Array(schema))
export const Text = maybe(Schema.String)
export const Count = maybe(Schema.Number)
export const Labels = maybe(Schema.Record(Schema.String, Schema.String))

/** A decoder by a schema, followed by what it means. */
export const reading = <A, I, B>(schema: Schema.Codec<A, I>, meaning: (wire: A) => B): Decode<B> => {
  const decode = Schema.decodeUnknownEffect(Schema.fromJsonString(schema))
  return (text) => Effect.map(decode(text), meaning)
}

/** The same for a list, which may be null when it is empty. */
export const many = <A, I, B>(schema: Schema.Codec<A, I>, meaning: (wire: A) => B) =>
  reading(Schema.NullOr(Schema.Array(schema)), (wire): ReadonlyArray<B> => (wire ?? []).map(meaning))
