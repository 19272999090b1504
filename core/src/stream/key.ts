/** Keys of user values: what may be one, when two are equal, and to which key group they belong. */
import { encodeUtf8 } from "../batch/utf8.ts"
import { Fault, type FaultClass } from "../fault.ts"
import { murmurBytes } from "../state/murmur.ts"

/** A key. Equal by value; −0 equals 0 and NaN equals NaN. */
export type Key = string | number | bigint | boolean | null | ReadonlyArray<Key>

const KeyFaultBase: FaultClass<"KeyFault", { given: string }> = Fault<{ given: string }>()(
  "KeyFault",
  "user",
  "never"
)

/** A key selector gave something that cannot be a key. */
export class KeyFault extends KeyFaultBase {
  override get message(): string {
    return `Cannot use ${this.given} as a key: wanted a string, number, bigint, boolean, null or an array of these`
  }
}

/**
 * The identity of a key: equal keys have one identity, others have different ones. A string, so that it can be hashed alike in all runtimes; its first
 * letter tells the kind, so `1`, `1n` and `"1"` differ.
 */
export function identityOf(key: Key): string {
  switch (typeof key) {
    case "string":
      return "s" + key
    case "number":
      return "n" + (key === 0 ? 0 : key)
    case "bigint":
      return "b" + key
    case "boolean":
      return key ? "t" : "f"
    default:
      if (key === null) return "0"
      if (Array.isArray(key)) {
        return "a" + (key as ReadonlyArray<Key>).map((part) => {
          const identity = identityOf(part)
          return `${identity.length}:${identity}`
        }).join("")
      }
      throw new KeyFault({
        given: key === undefined ? "undefined" : `a value of type ${typeof key}`
      })
  }
}

/** The 32-bit hash that decides a key's group. */
export function hashOf(identity: string): number {
  const bytes = encodeUtf8(identity)
  return murmurBytes(bytes, 0, bytes.length)
}
