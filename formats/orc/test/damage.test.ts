/**
 * Claim: a damaged or hostile file gives rows or a fault that names the file, and neither crashes, hangs nor fills the memory. Generator: bytes
 * of the corpus changed, cut off, and metadata that claims too much. A failure would mean that one bad file ends the process.
 */
import assert from "node:assert/strict"
import process from "node:process"
import { describe, it } from "node:test"
import type { LogicalType } from "@millrace/core/internal"
import { contextOf, memoryFile } from "../../conformance/src/bulk.ts"
import { decompress } from "../src/codec.ts"
import { factory } from "../src/mod.ts"
import { bytesOf, readExpected } from "./corpus-kit.ts"

const seed = Number(process.env["SEED"] ?? 20261122)
const rounds = Number(process.env["MILLRACE_DAMAGE_ROUNDS"] ?? 150)

/** xorshift32. */
function makeRandom(start: number): (limit: number) => number {
  let state = start | 1
  return (limit) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % limit
  }
}

/** Rows read, or the fault. Anything else is thrown. */
function outcome(
  name: string,
  physical: LogicalType.RowType,
  bytes: Uint8Array
): number | string {
  let rows = 0
  try {
    const file = memoryFile(name, bytes)
    const reader = factory.bulkReader!(contextOf(factory, physical, {}), file, 0, 100_000, [])
    for (let batch = reader.next(); batch !== undefined; batch = reader.next()) rows += batch.rows
    return rows
  } catch (error) {
    const { _tag, message } = error as { _tag?: string; message: string }
    if (_tag === undefined || !/^File(Column|Type)?Fault$/.test(_tag)) throw error
    assert.match(message, /ORC file/)
    return _tag
  }
}

describe("damaged files", () => {
  console.log(`orc damage SEED=${seed}`)
  for (const name of ["nested", "zone", "flat-v1-runs", "flat-snappy", "flat-zstd"]) {
    const { physical } = readExpected(name)
    it(`factory.bulkReader() survives changed bytes in ${name}.orc`, () => {
      const random = makeRandom(seed)
      const whole = bytesOf(name)
      let faults = 0
      for (let round = 0; round < rounds; round++) {
        const bytes = whole.slice()
        // half of the changes hit the metadata at the end
        for (let i = random(4); i >= 0; i--) {
          const at = random(2) === 0
            ? bytes.length - 1 - random(Math.min(bytes.length, 600))
            : random(bytes.length)
          bytes[at] = random(3) === 0 ? 255 : random(256)
        }
        if (typeof outcome(name, physical, bytes) === "string") faults++
      }
      assert.ok(faults > rounds / 20, `${faults} of ${rounds} were noticed`)
    })

    it(`factory.bulkReader() says what is wrong with a cut ${name}.orc`, () => {
      const whole = bytesOf(name)
      const random = makeRandom(seed)
      for (let round = 0; round < rounds / 5; round++) {
        assert.equal(outcome(name, physical, whole.slice(0, random(whole.length))), "FileFault")
      }
    })
  }

  it("decompress() undoes LZ4, and refuses blocks that are cut off, grow or reach before themselves", () => {
    const block = Uint8Array.of(0x32, 97, 98, 99, 3, 0, 0x50, 100, 101, 102, 103, 104)
    const text = new TextDecoder().decode(decompress("LZ4", block, 100))
    assert.equal(text, "abcabcabcdefgh")
    const long = Uint8Array.of(0x1f, 97, 1, 0, 255, 10, 0x50, 98, 98, 98, 98, 98)
    assert.equal(decompress("LZ4", long, 400).length, 1 + 4 + 15 + 265 + 5)
    const damage = { message: /LZ4/ }
    assert.throws(() => decompress("LZ4", long, 200), damage)
    assert.throws(() => decompress("LZ4", block.slice(0, 3), 100), damage)
    assert.throws(() => decompress("LZ4", Uint8Array.of(0x32, 97, 98, 99, 4, 0, 0x50), 100), damage)
    assert.throws(() => decompress("LZ4", Uint8Array.of(0xff, 255), 100), damage)
  })
})
