/** Errors of decoders that are not ours, as damage of the file. */
import { Damage } from "@millrace/core/internal"

/** Run a decoder that is not ours: whatever it throws on bad bytes is {@link Damage}. */
export function guarded<A>(action: string, decode: () => A): A {
  try {
    return decode()
  } catch (cause) {
    if (cause instanceof Damage) throw cause
    throw new Damage(`${action} failed: ${cause instanceof Error ? cause.message : String(cause)}`)
  }
}
