/** Key groups bind checkpoints: these vectors must hold for as long as the format version does. */
import { describe, it } from "node:test"
import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import * as fc from "fast-check"
import { Batch } from "../../src/batch/element.ts"
import { type Boxed, columnOfBoxed } from "../../src/state/boxed.ts"
import { ByteWriter } from "../../src/state/byte-io.ts"
import { readCanonical, writeCanonical } from "../../src/state/canonical.ts"
import { compileHash, hashColumns, keyGroup } from "../../src/state/key-group.ts"
import { murmurBytes } from "../../src/state/murmur.ts"
import type { LogicalType } from "../../src/type/logical-type.ts"
import { column, keyText, seed, types, value } from "./kit.ts"

interface Vector {
  readonly type: LogicalType
  readonly value: unknown
  readonly bytes: string
  readonly hash: number
}

interface Vectors {
  readonly single: ReadonlyArray<Vector>
  readonly composite: {
    readonly types: ReadonlyArray<LogicalType>
    readonly values: ReadonlyArray<unknown>
    readonly hash: number
  }
}

const vectors = JSON.parse(
  readFileSync(new URL("../state-vectors.json", import.meta.url), "utf8")
) as Vectors

function boxed(type: LogicalType, json: unknown): Boxed {
  if (json === null) return null
  if (type.kind === "BIGINT" || type.kind === "DECIMAL") return BigInt(json as string)
  if (type.kind === "DOUBLE") return Number(json)
  return type.kind === "VARCHAR" ? new TextEncoder().encode(json as string) : json
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")
}

function canonical(type: LogicalType, one: Boxed, form: "plain" | "other"): Uint8Array {
  const writer = new ByteWriter(1)
  writeCanonical(writer, type, column(type, [one], form), 0)
  return writer.take()
}

describe("key groups", () => {
  it("murmurBytes() gives the published values of murmur3_32", () => {
    const known: Record<string, number> = {
      "": 0,
      "test": 0xba6bd213,
      "hello": 0x248bfa47,
      "Hello, world!": 0xc0363e43,
      "The quick brown fox jumps over the lazy dog": 0x2e4ff723
    }
    for (const [text, hash] of Object.entries(known)) {
      const bytes = new TextEncoder().encode(text)
      assert.equal(murmurBytes(bytes, 0, bytes.length) >>> 0, hash, text)
    }
  })

  it("writeCanonical() and hashColumns() give the committed vectors", () => {
    for (const vector of vectors.single) {
      const one = boxed(vector.type, vector.value)
      assert.equal(hex(canonical(vector.type, one, "plain")), vector.bytes, String(vector.value))
      const hashes = hashColumns([vector.type], [columnOfBoxed(vector.type, [one])], 1)
      assert.equal(hashes[0], vector.hash, String(vector.value))
      const bytes = canonical(vector.type, one, "other")
      assert.equal(murmurBytes(bytes, 0, bytes.length), vector.hash, String(vector.value))
    }
    const { types: both, values, hash } = vectors.composite
    const columns = both.map((type, k) => columnOfBoxed(type, [boxed(type, values[k])]))
    assert.equal(hashColumns(both, columns, 1)[0], hash)
  })

  it("readCanonical() gives back what writeCanonical() took, whatever the form", () => {
    for (const type of types) {
      fc.assert(
        fc.property(value(type), fc.constantFrom("plain", "other"), (one, form) => {
          if (one === null || type.kind === "MAP") return
          assert.equal(
            keyText(readCanonical(type, canonical(type, one, form as "plain"))),
            keyText(one)
          )
        }),
        { seed, numRuns: 60 }
      )
    }
  })

  it("compileHash() gives one hash for every form of a key", () => {
    for (const type of types) {
      fc.assert(
        fc.property(fc.array(value(type), { minLength: 1, maxLength: 20 }), (values) => {
          const hash = compileHash([type, type], [0, 0])
          const [plain, other] = (["plain", "other"] as const).map((form) => {
            const into = new Int32Array(values.length)
            hash(new Batch(values.length, [column(type, values, form)]), into)
            return into
          })
          assert.deepEqual(other, plain)
        }),
        { seed, numRuns: 60 }
      )
    }
  })

  it("keyGroup() takes the hash as unsigned", () => {
    assert.equal(keyGroup(-1, 128), 127)
    assert.equal(keyGroup(0x7fffffff, 128), 127)
    assert.equal(keyGroup(-2147483648, 100), 2147483648 % 100)
  })
})
