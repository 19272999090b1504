/** Digests of text as hexadecimal digits. */
import { createHash } from "node:crypto"
import type { Boxed, ScalarFunction } from "./definition.ts"
import { scalar } from "./simple.ts"
import { textType } from "./type-rule.ts"

function digest(sql: string, algorithm: string): ScalarFunction {
  return scalar({
    names: [sql.toLowerCase(), sql],
    args: ["text"],
    result: textType(false),
    description: `The ${sql} digest of the UTF-8 bytes.`,
    evaluate: () => (a: string): Boxed => createHash(algorithm).update(a, "utf8").digest("hex")
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
    args: ["text", "int"],
    result: textType(true),
    description: "The SHA-2 digest of 224, 256, 384 or 512 bits.",
    evaluate: () => (a: string, bits: number): Boxed =>
      [224, 256, 384, 512].includes(bits)
        ? createHash(`sha${bits}`).update(a, "utf8").digest("hex")
        : null
  })
]
