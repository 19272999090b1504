/**
 * Digests of text as hexadecimal digits. The runtime's own module loads when a query first asks for one, as most never do and a start should
 * not wait for it.
 */
import type * as Crypto from "node:crypto"
import { createRequire } from "node:module"
import type { Boxed, ScalarFunction } from "./definition.ts"
import { scalar } from "./simple.ts"

type Hex = (algorithm: string, a: string | Uint8Array) => string

/** Takes text as UTF-8, and bytes as they are. */
function makeHex(): Hex {
  const { createHash } = createRequire(import.meta.url)("node:crypto") as typeof Crypto
  return (algorithm, a) => createHash(algorithm).update(a).digest("hex")
}

function digest(sql: string, algorithm: string, digits: number): ScalarFunction {
  return scalar({
    names: [sql.toLowerCase(), sql],
    args: ["sequence"],
    result: { kind: "CHAR", nullable: false, length: digits },
    description: `The ${sql} digest of the bytes; of text in UTF-8.`,
    evaluate: () => {
      const hex = makeHex()
      return (a: string | Uint8Array): Boxed => hex(algorithm, a)
    }
  })
}

/** Digests. */
export const hashes: ReadonlyArray<ScalarFunction> = [
  digest("MD5", "md5", 32),
  digest("SHA1", "sha1", 40),
  digest("SHA224", "sha224", 56),
  digest("SHA256", "sha256", 64),
  digest("SHA384", "sha384", 96),
  digest("SHA512", "sha512", 128),
  scalar({
    names: ["sha2", "SHA2"],
    args: ["sequence", "int"],
    result: { kind: "VARCHAR", nullable: true, length: 128 },
    description: "The SHA-2 digest of 224, 256, 384 or 512 bits.",
    evaluate: () => {
      const hex = makeHex()
      return (a: string | Uint8Array, bits: number): Boxed =>
        [224, 256, 384, 512].includes(bits) ? hex(`sha${bits}`, a) : null
    }
  })
]
