/** The wire: checksums and hashes against published vectors, record batches against themselves and at every cut, names of transactions. */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import * as fc from "fast-check"
import { RecordBatchBuilder } from "../src/protocol/batch-builder.ts"
import { Codecs } from "../src/protocol/codec.ts"
import { crc32c } from "../src/protocol/crc32c.ts"
import { murmur2 } from "../src/protocol/murmur2.ts"
import { BrokenBatch, eachHeader, RecordCursor } from "../src/protocol/record-cursor.ts"
import { subtaskOf, TransactionPool } from "../src/sink/transaction-pool.ts"

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)

interface Record {
  readonly time: number
  readonly key: Uint8Array | undefined
  readonly value: Uint8Array | undefined
}

const anyRecord = fc.record({
  time: fc.integer({ min: 0, max: 4_000_000_000_000 }),
  key: fc.option(fc.uint8Array({ maxLength: 70 }), { nil: undefined }),
  value: fc.option(fc.uint8Array({ maxLength: 300 }), { nil: undefined })
}, { noNullPrototype: true })

function batchOf(
  records: ReadonlyArray<Record>,
  codec?: { number: number; codecs: Codecs }
): Uint8Array {
  const builder = new RecordBatchBuilder(64)
  const piece = (bytes: Uint8Array | undefined) => ({
    bytes: bytes ?? new Uint8Array(0),
    from: 0,
    length: bytes?.length ?? -1
  })
  for (const { time, key, value } of records) {
    builder.append(time, piece(key), piece(value), undefined)
  }
  return builder.finish({
    codec: codec === undefined
      ? undefined
      : { number: codec.number, codec: codec.codecs.get(codec.number)! },
    producer: { producerId: 7, epoch: 1 },
    baseSequence: 0,
    transactional: false
  })
}

function read(records: Uint8Array, codecs = new Codecs(), from = 0): Array<Record> {
  const cursor = new RecordCursor({
    records,
    from,
    aborted: [],
    committedOnly: true,
    checkCrcs: true,
    codecs
  })
  const found: Array<Record> = []
  const piece = (at: number, length: number): Uint8Array | undefined =>
    length < 0 ? undefined : new Uint8Array(cursor.bytes.subarray(at, at + length))
  while (cursor.next()) {
    found.push({
      time: cursor.timestampMillis,
      key: piece(cursor.keyFrom, cursor.keyLength),
      value: piece(cursor.valueFrom, cursor.valueLength)
    })
    eachHeader(cursor, () => assert.fail("there are no headers"))
  }
  return found
}

describe("Kafka's wire", () => {
  it("crc32c() gives the checksums of RFC 3720", () => {
    const of = (bytes: Uint8Array): number => crc32c(bytes, 0, bytes.length)
    assert.equal(of(encode("123456789")), 0xe3069283)
    assert.equal(of(new Uint8Array(32)), 0x8a9136aa)
    assert.equal(of(new Uint8Array(32).fill(255)), 0x62a8ab43)
  })

  it("murmur2() gives the hashes that Kafka's own tests list", () => {
    const known: ReadonlyArray<readonly [string, number]> = [
      ["21", -973932308],
      ["foobar", -790332482],
      ["a-little-bit-long-string", -985981536],
      ["a-little-bit-longer-string", -1486304829],
      ["lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971]
    ]
    for (const [text, hash] of known) {
      const bytes = encode(text)
      assert.equal(murmur2(bytes, 0, bytes.length), hash, text)
    }
  })

  it("RecordCursor gives the records of any batch, in every compression", async () => {
    const codecs = new Codecs()
    for (const number of [1, 2, 3, 4]) await codecs.load(number)
    fc.assert(
      fc.property(
        fc.array(anyRecord, { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 0, max: 4 }),
        (records, number) => {
          const codec = number === 0 ? undefined : { number, codecs }
          assert.deepEqual(read(batchOf(records, codec), codecs), records)
        }
      ),
      { numRuns: 200 }
    )
  })

  it("RecordCursor passes over a batch that is cut off, begins at any offset, and refuses changed bytes", () => {
    fc.assert(
      fc.property(
        fc.array(anyRecord, { minLength: 1, maxLength: 20 }),
        fc.nat(),
        (records, place) => {
          const batch = batchOf(records)
          assert.deepEqual(read(batch.subarray(0, place % batch.length)), [])
          const from = place % (records.length + 1)
          assert.deepEqual(read(batch, new Codecs(), from), records.slice(from))
          const changed = batch.slice()
          const at = 21 + place % (batch.length - 21)
          changed[at] = changed[at]! ^ (1 + place % 255)
          assert.throws(() => read(changed), BrokenBatch)
        }
      ),
      { numRuns: 200 }
    )
  })

  it("TransactionPool gives a name again only when no checkpoint that may be restored holds it", () => {
    // Model: names in the newest complete checkpoint, and those not yet committed. Generator: epochs whose checkpoint completes or not.
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.boolean()), { maxLength: 60 }), (epochs) => {
        const pool = new TransactionPool("p", 1, 3)
        let prepared: Array<string> = []
        let restorable: ReadonlyArray<string> = []
        epochs.forEach(([completes, twice], checkpoint) => {
          const name = pool.take()
          assert.equal(subtaskOf("p", name), 1)
          assert.ok(
            !prepared.includes(name) && !restorable.includes(name),
            `${name} is still needed`
          )
          pool.cut(checkpoint)
          prepared.push(name)
          if (!completes) return
          restorable = [...prepared]
          for (const one of prepared) pool.release(one)
          if (twice) { for (const one of prepared) pool.release(one) }
          pool.complete(checkpoint)
          prepared = []
        })
      }),
      { numRuns: 300 }
    )
    const pool = new TransactionPool("p", 0, 1)
    const used = new Set<string>()
    for (let checkpoint = 0; checkpoint < 100; checkpoint++) {
      const name = pool.take()
      used.add(name)
      pool.cut(checkpoint)
      pool.release(name)
      pool.complete(checkpoint)
    }
    assert.ok(used.size <= 5, `${used.size} names for 100 checkpoints`)
  })
})
