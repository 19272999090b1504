/** Files that are cut off or changed: a typed fault with path and byte, never a bug's error and never a hang. */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import fc from "fast-check"
import { readFileSync } from "node:fs"
import { isFault, LogicalType } from "@millrace/core/internal"
import {
  contextOf,
  memoryFile,
  readBatches,
  rowsOf,
  type Value,
  writeRows
} from "../../conformance/src/bulk.ts"
import { factory } from "../src/mod.ts"
import { readFooter } from "../src/footer.ts"

const seed = Number(process.env["SEED"] ?? 20261122)

const physical: LogicalType.RowType = [
  { name: "id", type: LogicalType.simple("BIGINT") },
  { name: "name", type: LogicalType.string },
  { name: "at", type: LogicalType.timestamp(3) },
  { name: "tags", type: { kind: "ARRAY", nullable: true, element: LogicalType.string } }
]
const rows = Array.from({ length: 200 }, (_, i): ReadonlyArray<Value> => [
  i % 5 === 0 ? null : BigInt(i),
  `name ${i % 10}`,
  [i * 1000, 0],
  i % 3 === 0 ? null : [`t${i % 4}`, null]
])

function small(compression: string): Uint8Array {
  return writeRows(
    factory,
    contextOf(factory, physical, { "parquet.compression": compression }),
    rows,
    64,
    "plain"
  )
}

/** The rows, or the fault; anything else that is thrown fails the test. */
function attempt(bytes: Uint8Array): ReadonlyArray<ReadonlyArray<Value>> | Error {
  try {
    return rowsOf(
      readBatches(factory, contextOf(factory, physical, {}), memoryFile("damaged.parquet", bytes))
    )
  } catch (cause) {
    if (!isFault(cause)) throw cause
    assert.match(cause._tag, /^File(Column|Type)?Fault$/)
    assert.match(cause.message, /"damaged\.parquet"/)
    return cause
  }
}

describe(`a damaged file (SEED=${seed})`, () => {
  it("factory.bulkReader() names path and byte when the file was cut off at any length", () => {
    for (const codec of ["SNAPPY", "UNCOMPRESSED"]) {
      const bytes = small(codec)
      for (let length = 0; length < bytes.length; length++) {
        const found = attempt(bytes.slice(0, length))
        assert.ok(found instanceof Error, `${length} of ${bytes.length} bytes`)
        assert.match(found.message, /^Cannot read Parquet file "damaged\.parquet" at byte \d+: /)
      }
    }
  })

  it("factory.bulkReader() names what is wrong with a file that is something else", () => {
    const csv = new TextEncoder().encode("a,b\n1,2\n".repeat(10))
    assert.match(
      String(attempt(csv)),
      /does not end in "PAR1": it is not a Parquet file or was cut off/
    )
  })

  it("factory.bulkReader() makes no room for what a footer only claims", () => {
    const claims = (bytes: ReadonlyArray<number>): Uint8Array => {
      const file = new Uint8Array(bytes.length + 12)
      file.set([80, 65, 82, 49])
      file.set(bytes, 4)
      new DataView(file.buffer).setUint32(file.length - 8, bytes.length, true)
      file.set([80, 65, 82, 49], file.length - 4)
      return file
    }
    // lists of 30,000,000 structures, each of which begins with such a list
    const lists = Array.from({ length: 40 }, () => [0x29, 0xfc, 0x80, 0x87, 0xa7, 0x0e]).flat()
    assert.match(String(attempt(claims(lists))), /a list of its metadata claims 30000000 elements/)
    const deep = Array.from({ length: 5000 }, () => 0x1c)
    assert.match(String(attempt(claims(deep))), /nested deeper than 64 levels/)
    const text = [0x18, 0xff, 0xff, 0xff, 0xff, 0x0f]
    assert.match(String(attempt(claims(text))), /a text of its metadata is longer/)
  })

  // Claim: a changed bit in a page is found by the page's checksum. Generator: every byte of the pages' bodies, one bit
  // each. A failure means that damaged data reaches a query.
  it("factory.bulkReader() notices every changed bit in the bodies of pages", () => {
    const bytes = small("UNCOMPRESSED")
    const { groups } = readFooter(memoryFile("t", bytes))
    const text = new TextEncoder().encode("name 3")
    const at = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(text)
    assert.ok(at > groups[0]!.chunks[1]!.at && at < groups[0]!.chunks[2]!.at)
    for (let i = 0; i < text.length; i++) {
      const changed = bytes.slice()
      changed[at + i] = changed[at + i]! ^ (1 << (i % 8))
      assert.match(String(attempt(changed)), /does not match its checksum/)
    }
  })

  // Claim: whatever bytes change, reading ends with rows or a typed fault. Model: none, only the kinds of outcome. Generator:
  // up to three changed bytes anywhere in files by us and by Arrow. A failure is an error of ours instead of the file's.
  it("factory.bulkReader() ends in rows or a typed fault whatever bytes are changed", () => {
    const own = ["SNAPPY", "GZIP", "ZSTD", "UNCOMPRESSED"].map(small)
    const change = fc.tuple(
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      fc.integer({ min: 0, max: 255 })
    )
    fc.assert(
      fc.property(
        fc.constantFrom(...own),
        fc.array(change, { minLength: 1, maxLength: 3 }),
        (bytes, changes) => {
          const changed = bytes.slice()
          for (const [place, value] of changes) changed[Math.floor(place * bytes.length)] = value
          attempt(changed)
        }
      ),
      { seed, numRuns: 4000 }
    )
  })

  it("factory.bulkReader() ends in rows or a typed fault for each flipped bit of a footer", () => {
    const bytes = small("SNAPPY")
    const from = bytes.length - 8 -
      new DataView(bytes.buffer, bytes.byteOffset).getUint32(bytes.length - 8, true)
    for (let at = from; at < bytes.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const changed = bytes.slice()
        changed[at] = changed[at]! ^ (1 << bit)
        attempt(changed)
      }
    }
  })

  it("factory.bulkReader() ends in rows or a typed fault for changed bytes in every encoding", () => {
    const folder = new URL("../corpus/", import.meta.url)
    for (const name of ["encodings", "flat-v2-zstd", "flat-plain-gzip", "nested-v1"]) {
      const bytes = new Uint8Array(readFileSync(new URL(`${name}.parquet`, folder)))
      const { root } = readFooter(memoryFile(name, bytes))
      const types: LogicalType.RowType = root.children.filter((node) => node.leaf >= 0).map((
        node
      ) => ({
        name: node.name,
        type: guess(node.element.type!)
      }))
      const known = types.filter((field, i) => {
        const context = contextOf(factory, types, {}, [[i]])
        try {
          readBatches(factory, context, memoryFile(name, bytes))
          return true
        } catch (cause) {
          if (!isFault(cause)) throw cause
          return false
        }
      })
      assert.ok(known.length > 0 || name.startsWith("nested"))
      fc.assert(
        fc.property(
          fc.integer({ min: 4, max: bytes.length - 9 }),
          fc.integer({ min: 0, max: 255 }),
          (at, value) => {
            const changed = bytes.slice()
            changed[at] = value
            try {
              readBatches(factory, contextOf(factory, known, {}), memoryFile(name, changed))
            } catch (cause) {
              if (!isFault(cause)) throw cause
            }
          }
        ),
        { seed, numRuns: 400 }
      )
    }
  })
})

function guess(type: string): LogicalType.LogicalType {
  switch (type) {
    case "INT32":
      return LogicalType.simple("INT")
    case "INT64":
      return LogicalType.simple("BIGINT")
    case "BOOLEAN":
      return LogicalType.simple("BOOLEAN")
    case "FLOAT":
    case "DOUBLE":
      return LogicalType.simple("DOUBLE")
    default:
      return LogicalType.bytes
  }
}
