/**
 * What every row format must do, as a suite that a format's tests call: what is written is read back, whatever the stream is cut
 * into; any offset that a decoder gave is a place to go on from; bytes of any kind do no harm.
 */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import fc from "fast-check"
import {
  type BadRecord,
  Batch,
  batchRowsMax,
  type FormatContext,
  type FormatFactory,
  GrowingBytes,
  LogicalType,
  type RowDecoder
} from "@millrace/core/internal"
import { contextOf } from "./bulk.ts"
import { arbitraryValue, columnOf, type Value, valueAt } from "./bulk-values.ts"

type Type = LogicalType.LogicalType
type RowType = LogicalType.RowType
type Row = ReadonlyArray<Value>

/** One table and one set of options that a format must handle. */
export interface RowCase {
  readonly name: string
  readonly physical: RowType
  readonly given: Readonly<Record<string, string>>
  /** Values of a type, where the format cannot hold all of them; undefined: the usual ones. */
  readonly values?: (type: Type) => fc.Arbitrary<Value> | undefined
  /** Records, without a line feed, of which each is bad. */
  readonly bad: ReadonlyArray<string>
  /** Whether a line feed always ends a record, so that damage stays within its line. */
  readonly lines: boolean
}

const runs = 60
const encoder = new TextEncoder()

/** Values that text can hold: dates and times of years 1 to 9999, no key twice in a map. */
export function textValue(type: Type, values?: RowCase["values"]): fc.Arbitrary<Value> {
  const own = values?.(type)
  const present = own ?? presentValue(type, values)
  return type.nullable ? fc.option(present, { freq: 4 }) : present
}

function presentValue(type: Type, values: RowCase["values"]): fc.Arbitrary<Value> {
  switch (type.kind) {
    case "DATE":
      return fc.integer({ min: -719162, max: 2932896 })
    case "TIME":
      return fc.integer({ min: 0, max: 86399 }).map((second) => second * 1000)
    case "ARRAY":
      return fc.array(textValue(type.element, values), { maxLength: 4 })
    case "ROW":
      return fc.tuple(...type.fields.map((field) => textValue(field.type, values)))
    case "MAP":
    case "MULTISET": {
      const key = type.kind === "MAP" ? type.key : type.element
      const value = type.kind === "MAP" ? textValue(type.value, values) : fc.integer()
      const entry = fc.tuple(textValue(LogicalType.withNullable(key, false), values), value)
      return fc.uniqueArray(entry, { maxLength: 3, selector: ([name]) => String(name) })
    }
    default:
      return arbitraryValue(LogicalType.withNullable(type, false))
  }
}

/** What a decoder gave. */
interface Decoded {
  readonly rows: Array<Row>
  readonly bad: Array<BadRecord>
}

function rowsOf(batch: Batch, context: FormatContext): Array<Row> {
  assert.ok(batch.rows >= 1 && batch.rows <= batchRowsMax, `a batch has ${batch.rows} rows`)
  const types = context.projection.map((path) => typeAt(context.physical, path))
  for (const column of batch.columns) assert.equal(column.rows, batch.rows)
  return Array.from(
    { length: batch.rows },
    (_, row) => batch.columns.map((column, i) => valueAt(types[i]!, column, row))
  )
}

function typeAt(fields: RowType, path: ReadonlyArray<number>): Type {
  const { type } = fields[path[0]!]!
  return path.length === 1 ? type : typeAt((type as Type & { kind: "ROW" }).fields, path.slice(1))
}

function drain(decoder: RowDecoder, context: FormatContext, into: Decoded): void {
  while (decoder.rows > 0) into.rows.push(...rowsOf(decoder.take()!, context))
}

/** Decode a stream that arrives in `parts`, as a connector does: what was not used comes again before the next part. */
export function decodeParts(
  factory: FormatFactory,
  context: FormatContext,
  parts: ReadonlyArray<Uint8Array>,
  limit: number = batchRowsMax
): Decoded {
  const found: Decoded = { rows: [], bad: [] }
  const decoder = factory.decoder!(context, (record) => found.bad.push(record))
  let held = new Uint8Array(0)
  parts.forEach((part, i) => {
    const bytes = concatBytes([held, part])
    const last = i === parts.length - 1
    let at = 0
    for (;;) {
      const next = decoder.decodeStream(bytes, at, bytes.length, last, limit)
      assert.ok(next >= at && next <= bytes.length, "a decoder goes forward")
      drain(decoder, context, found)
      if (next === at) break
      at = next
    }
    if (last) assert.equal(at, bytes.length, "all bytes of the last part are used")
    held = bytes.slice(at)
  })
  return found
}

/** Encode rows as a stream. */
export function encodeRows(
  factory: FormatFactory,
  context: FormatContext,
  rows: ReadonlyArray<Row>,
  form: "plain" | "coded" = "plain"
): Uint8Array {
  const out = new GrowingBytes(16)
  const columns = context.physical.map((field, i) =>
    columnOf(field.type, rows.map((row) => row[i]!), form)
  )
  if (rows.length > 0) factory.encoder!(context).encodeStream(new Batch(rows.length, columns), out)
  return out.view().slice()
}

function concatBytes(parts: ReadonlyArray<Uint8Array>): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

function cutAt(bytes: Uint8Array, cuts: ReadonlyArray<number>): ReadonlyArray<Uint8Array> {
  const places = [
    0,
    ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b),
    bytes.length
  ]
  return places.slice(1).map((to, i) => bytes.slice(places[i]!, to))
}

/** Claim, model and generator stand at each property; a failure prints fast-check's seed and path. */
function roundTrips(factory: FormatFactory, shape: RowCase): void {
  const context = contextOf(factory, shape.physical, shape.given)
  const row = fc.tuple(...shape.physical.map((field) => textValue(field.type, shape.values)))
  const rows = fc.array(row, { maxLength: 8 })

  it("RowDecoder.decodeStream() reads back what RowEncoder.encodeStream() wrote, however it is cut", () => {
    // Claim: encode, cut anywhere, decode = the rows. Model: the rows. A failure would mean lost or changed data.
    fc.assert(
      fc.property(
        rows,
        fc.array(fc.nat(), { maxLength: 5 }),
        fc.constantFrom("plain", "coded"),
        (given, cuts, form) => {
          const bytes = encodeRows(factory, context, given, form as "plain" | "coded")
          const found = decodeParts(factory, context, cutAt(bytes, cuts))
          assert.deepEqual(found, { rows: given, bad: [] })
        }
      ),
      { numRuns: 3 * runs }
    )
  })

  it("RowDecoder.decodeMessage() reads back what RowEncoder.encodeRow() wrote", () => {
    // Claim: each message holds its row. Model: the rows. A failure would mean that messages and files differ.
    fc.assert(
      fc.property(rows, (given) => {
        const found: Decoded = { rows: [], bad: [] }
        const decoder = factory.decoder!(context, (record) => found.bad.push(record))
        const columns = shape.physical.map((field, i) =>
          columnOf(field.type, given.map((one) => one[i]!), "plain")
        )
        for (let i = 0; i < given.length; i++) {
          const out = new GrowingBytes(16)
          factory.encoder!(context).encodeRow(columns, i, out)
          decoder.decodeMessage(out.bytes, 0, out.length)
        }
        drain(decoder, context, found)
        assert.deepEqual(found, { rows: given, bad: [] })
      }),
      { numRuns: runs }
    )
  })

  it("RowDecoder with a projection gives the projected columns in its order", () => {
    // Claim: projecting before or after decoding is the same. Model: the rows, picked. A failure would mean swapped columns.
    const order = fc.shuffledSubarray(shape.physical.map((_, i) => i))
    fc.assert(
      fc.property(rows, order, (given, wanted) => {
        const narrow = contextOf(factory, shape.physical, shape.given, wanted.map((i) => [i]))
        const found = decodeParts(factory, narrow, [encodeRows(factory, context, given)])
        assert.deepEqual(found.rows, given.map((one) => wanted.map((i) => one[i]!)))
      }),
      { numRuns: runs }
    )
  })

  it("RowDecoder.decodeStream() stops at its limit, at a place from which another decoder goes on", () => {
    // Claim: rows before an offset and rows after it are all rows. Model: the rows. A failure would mean loss at a restore.
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 3 }), (given, limit) => {
        const bytes = encodeRows(factory, context, given)
        const all: Array<Row> = []
        for (let at = 0; at < bytes.length;) {
          const found: Decoded = { rows: [], bad: [] }
          const decoder = factory.decoder!(context, (record) => found.bad.push(record))
          const next = decoder.decodeStream(bytes, at, bytes.length, true, limit)
          assert.ok(decoder.rows <= limit && next > at)
          drain(decoder, context, found)
          all.push(...found.rows)
          at = next
        }
        assert.deepEqual(all, given)
      }),
      { numRuns: runs }
    )
  })
}

function damage(factory: FormatFactory, shape: RowCase): void {
  const context = contextOf(factory, shape.physical, shape.given)
  const row = fc.tuple(...shape.physical.map((field) => textValue(field.type, shape.values)))
  const rows = fc.array(row, { minLength: 1, maxLength: 6 })

  it("RowDecoder.decodeStream() of a truncated stream gives the whole records before the cut", () => {
    // Claim: a cut costs at most the record it hits. Model: a prefix of the rows. A failure would mean that one file's end harms others.
    fc.assert(
      fc.property(rows, fc.nat(), (given, cut) => {
        const records = given.map((one) => encodeRows(factory, context, [one]))
        const bytes = concatBytes(records)
        const end = cut % (bytes.length + 1)
        const found = decodeParts(factory, context, [bytes.slice(0, end)])
        let whole = 0
        for (let at = 0; whole < records.length; whole++) {
          at += records[whole]!.length
          if (at > end) break
        }
        assert.deepEqual(found.rows.slice(0, whole), given.slice(0, whole))
        if (!shape.lines) return
        assert.ok(found.rows.length <= whole + 1)
        assert.ok(found.bad.length <= 1)
      }),
      { numRuns: 2 * runs }
    )
  })

  it("RowDecoder.decodeStream() of damaged bytes throws nothing, ends, and harms no other line", () => {
    // Claim: any bytes give rows and bad records only. Model: the untouched lines. A failure would mean a crash by one bad file.
    const change = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }))
    fc.assert(
      fc.property(
        rows,
        fc.nat(),
        fc.array(change, { minLength: 1, maxLength: 4 }),
        (given, which, changes) => {
          const lines = given.map((one) => encodeRows(factory, context, [one]))
          const hit = which % lines.length
          const line = lines[hit]!
          for (const [place, byte] of changes) {
            if (byte !== 10 && line.length > 1) line[place % (line.length - 1)] = byte
          }
          const found = decodeParts(factory, context, [concatBytes(lines)])
          if (!shape.lines) return
          assert.deepEqual(found.rows.slice(0, hit), given.slice(0, hit))
          const after = given.slice(hit + 1)
          assert.deepEqual(found.rows.slice(found.rows.length - after.length), after)
          assert.ok(found.bad.length <= 1)
        }
      ),
      { numRuns: 4 * runs }
    )
  })

  it("RowDecoder.decodeMessage() of any bytes throws nothing", () => {
    // Claim: a message may hold anything. A failure would mean that a stranger's message stops the job.
    const decoder = factory.decoder!(context, () => {})
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        decoder.decodeMessage(bytes, 0, bytes.length)
        while (decoder.rows > 0) rowsOf(decoder.take()!, context)
      }),
      { numRuns: 4 * runs }
    )
  })
}

/** Run the suite for a format. Each case is a `describe`. */
export function rowFormatSuite(factory: FormatFactory, cases: ReadonlyArray<RowCase>): void {
  for (const shape of cases) {
    describe(`${factory.identifier} rows: ${shape.name}`, () => {
      it("FormatFactory.check() accepts the table", () => {
        const context = contextOf(factory, shape.physical, shape.given)
        assert.deepEqual(factory.check?.(context, "source") ?? [], [])
      })
      roundTrips(factory, shape)
      damage(factory, shape)
      for (const text of shape.bad) badRecord(factory, shape, text)
    })
  }
}

function badRecord(factory: FormatFactory, shape: RowCase, text: string): void {
  const context = contextOf(factory, shape.physical, shape.given)
  it(`OnBadRecord is called once for ${JSON.stringify(text)}, and the records around it are intact`, () => {
    const [good] = fc.sample(
      fc.tuple(...shape.physical.map((field) => textValue(field.type, shape.values))),
      { numRuns: 1, seed: 1 }
    )
    const around = encodeRows(factory, context, [good!])
    const bytes = concatBytes([around, encoder.encode(`${text}\n`), around])
    const found = decodeParts(factory, context, [bytes])
    assert.deepEqual(found.rows, [good, good])
    assert.equal(found.bad.length, 1)
    const [bad] = found.bad
    assert.equal(new TextDecoder().decode(bad!.bytes), text)
    assert.equal(bad!.offset, around.length)
    assert.equal(bad!.row, 2)
    assert.match(bad!.error, /^[A-Z].*[^.]$/)
  })
}
