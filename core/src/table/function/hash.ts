/** Digests of text as hexadecimal digits. */
import { createHash } from "node:crypto"
import type { Boxed, ScalarFunction } from "./definition.ts"
import { scalar } from "./simple.ts"
import { textType } from "./type-rule.ts"

/** `update` takes text as UTF-8, and bytes as they are. */
function hex(algorithm: string, a: string | Uint8Array): string {
  return createHash(algorithm).update(a).digest("hex")
}

function digest(sql: string, algorithm: string): ScalarFunction {
  return scalar({
    names: [sql.toLowerCase(), sql],
    args: ["sequence"],
    result: textType(false),
    description: `The ${sql} digest of the bytes; of text in UTF-8.`,
    evaluate: () => (a: string | Uint8Array): Boxed => hex(algorithm, a)
  })
}

/** Digests. */
export const hashes: ReadonlyArray<ScalarFunction> = [
  digest("MD5", "md5"),
  digest("SHA1", "sha1"),
  digest("SHA224", "sha224"),
  digest("SHA256", "sha256"),
  digest("SHA384", "sha384"),
  digest("SHA512", "sha512"),
  scalar({
    names: ["sha2", "SHA2"],
    args: ["sequence", "int"],
    result: textType(true),
    description: "The SHA-2 digest of 224, 256, 384 or 512 bits.",
    evaluate: () => (a: string | Uint8Array, bits: number): Boxed =>
      [224, 256, 384, 512].includes(bits) ? hex(`sha${bits}`, a) : null
  })
]
