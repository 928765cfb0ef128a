/** Secrets that this process knows, and their removal from every text on its way out: values, and their base64 and URL-encoded forms. */
import { Context } from "effect"
import type { Effect } from "effect"

export class Redaction extends Context.Service<
  Redaction,
  {
    /** From now on the value is replaced by `[redacted]`. Values shorter than 4 characters are ignored: they would redact ordinary words. */
    readonly register: (value: string) => Effect.Effect<void>
    readonly scrub: (text: string) => string
  }
>()("ccci/services/Redaction") {}
