/**
 * What every bulk format must do, as a suite that a format's tests call: what is written is read back, a reader that starts at any
 * position goes on with the same batches, ranges share out the rows without loss.
 */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import fc from "fast-check"
import {
  Batch,
  type ByteSink,
  type FormatContext,
  type FormatFactory,
  LogicalType,
  type RandomFile,
  readOptions
} from "@millrace/core/internal"
import {
  arbitraryType,
  arbitraryValue,
  columnOf,
  packed,
  type TextForm,
  type Value,
  valueAt
} from "./bulk-values.ts"

export {
  arbitraryType,
  arbitraryValue,
  columnOf,
  type TextForm,
  type Value,
  valueAt
} from "./bulk-values.ts"

type Type = LogicalType.LogicalType
type RowType = LogicalType.RowType

/** A file in memory. */
export function memoryFile(path: string, bytes: Uint8Array): RandomFile {
  return {
    path,
    sizeBytes: bytes.length,
    read: (at, length) => {
      assert.ok(
        at >= 0 && at + length <= bytes.length,
        `read of ${length} bytes at ${at} stays in the file`
      )
      return bytes.slice(at, at + length)
    }
  }
}

/** A sink that keeps everything; drained after each batch, as a connector would. */
class KeptBytes implements ByteSink {
  bytes: Uint8Array = new Uint8Array(64)
  length = 0
  private readonly parts: Array<Uint8Array> = []

  reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return
    const larger = new Uint8Array((this.length + more) * 2)
    larger.set(this.bytes.subarray(0, this.length))
    this.bytes = larger
  }

  drain(): void {
    this.parts.push(this.bytes.slice(0, this.length))
    this.length = 0
  }

  all(): Uint8Array {
    return packed(this.parts).bytes
  }
}

/** What a format is made with. Options stand under the format's identifier (`parquet.compression`). */
export function contextOf(
  factory: FormatFactory,
  physical: RowType,
  given: Readonly<Record<string, string>>,
  projection: ReadonlyArray<ReadonlyArray<number>> = physical.map((_, i) => [i]) as ReadonlyArray<
    ReadonlyArray<number>
  >,
  timeZone: string = "UTC"
): FormatContext {
  const problems: Array<unknown> = []
  const options = readOptions(
    factory.options,
    { given, prefix: `${factory.identifier}.` },
    new Set(),
    problems as never
  )
  assert.deepEqual(problems, [])
  return { options, physical, projection, timeZone, table: "default_catalog.default_database.t" }
}

/** Write rows as one file, in batches of `batchRows`. */
export function writeRows(
  factory: FormatFactory,
  context: FormatContext,
  rows: ReadonlyArray<ReadonlyArray<Value>>,
  batchRows: number,
  form: TextForm
): Uint8Array {
  const out = new KeptBytes()
  const writer = factory.bulkWriter!(context, out)
  for (let from = 0; from < rows.length; from += batchRows) {
    const some = rows.slice(from, from + batchRows)
    const columns = context.physical.map((field, i) =>
      columnOf(field.type, some.map((row) => row[i]!), form)
    )
    writer.write(new Batch(some.length, columns))
    out.drain()
  }
  writer.finish()
  out.drain()
  return out.all()
}

/** A batch as it was read. */
export interface ReadBatch {
  readonly from: number
  readonly rows: ReadonlyArray<ReadonlyArray<Value>>
}

/** Read rows `from … to)`, batch by batch. Checks the laws of batches. */
export function readBatches(
  factory: FormatFactory,
  context: FormatContext,
  file: RandomFile,
  from: number = 0,
  to: number = Infinity
): ReadonlyArray<ReadBatch> {
  const types = context.projection.map((path) => typeAt(context.physical, path))
  const reader = factory.bulkReader!(context, file, from, to, [])
  const batches: Array<ReadBatch> = []
  for (;;) {
    const at = reader.position
    const batch = reader.next()
    if (batch === undefined) break
    assert.ok(batch.rows >= 1 && batch.rows <= 1024)
    assert.equal(reader.position, at + batch.rows)
    const rows = Array.from(
      { length: batch.rows },
      (_, row) => types.map((type, i) => valueAt(type, batch.columns[i]!, row))
    )
    for (const column of batch.columns) {
      assert.ok(column.nulls === undefined || column.nulls.includes(1), "a mask marks a NULL")
    }
    batches.push({ from: at, rows })
  }
  reader.close()
  return batches
}

function typeAt(physical: RowType, path: ReadonlyArray<number>): Type {
  let type: Type = { kind: "ROW", nullable: false, fields: physical }
  for (const index of path) type = (type as Type & { readonly kind: "ROW" }).fields[index]!.type
  return type
}

/** All rows of batches. */
export function rowsOf(batches: ReadonlyArray<ReadBatch>): ReadonlyArray<ReadonlyArray<Value>> {
  return batches.flatMap((batch) => batch.rows)
}

/** A table: its columns and rows. */
export interface Table {
  readonly physical: RowType
  readonly rows: ReadonlyArray<ReadonlyArray<Value>>
}

/** Tables of up to `columns` columns and `rows` rows, of types that `holds` says a format can hold. */
export function arbitraryTable(
  columns: number,
  rows: number,
  depth: number,
  holds: (type: Type) => boolean = () => true
): fc.Arbitrary<Table> {
  return fc.array(arbitraryType(depth).filter(holds), { minLength: 1, maxLength: columns }).chain((
    types
  ) =>
    fc.record({
      physical: fc.constant(types.map((type, i) => ({ name: `c${i}`, type }))),
      rows: fc.array(fc.tuple(...types.map(arbitraryValue)), { maxLength: rows, size: "max" })
    })
  )
}

/**
 * Run the suite. `variants` are option sets to write with; `smallGroups` makes the format cut a file into several parts early; `holds` tells which
 * types the format has, all unless given.
 */
export function bulkSuite(
  factory: FormatFactory,
  variants: ReadonlyArray<Readonly<Record<string, string>>>,
  smallGroups: Readonly<Record<string, string>>,
  holds: (type: Type) => boolean = () => true
): void {
  const seed = Number(process.env["SEED"] ?? 20261122)
  const parameters = { seed, numRuns: 200 }
  describe(`${factory.identifier} as a bulk format (SEED=${seed})`, () => {
    for (const given of variants) {
      // Claim: what is written is read back, for every type, coded or plain, in batches of any size. Model: the rows
      // themselves. A failure means that a type, a NULL or a batch border changes values.
      it(`${factory.identifier}.bulkReader() reads what bulkWriter() wrote with ${JSON.stringify(given)}`, () => {
        const form = fc.constantFrom("plain" as const, "coded" as const)
        fc.assert(
          fc.property(
            arbitraryTable(5, 40, 2, holds),
            fc.integer({ min: 1, max: 50 }),
            form,
            (table, batchRows, text) => {
              const context = contextOf(factory, table.physical, given)
              const bytes = writeRows(factory, context, table.rows, batchRows, text)
              assert.deepEqual(
                rowsOf(readBatches(factory, context, memoryFile("t", bytes))),
                table.rows
              )
            }
          ),
          parameters
        )
      })
    }
    placesOf(factory, smallGroups)
  })
}

/** Positions, ranges and projections, on one table of several parts. */
function placesOf(factory: FormatFactory, smallGroups: Readonly<Record<string, string>>): void {
  const table = longTable()
  const context = contextOf(factory, table.physical, smallGroups)
  const file = memoryFile("long", writeRows(factory, context, table.rows, 900, "coded"))

  it(`${factory.identifier}.bulkReader() goes on from every position with the same batches`, () => {
    const all = readBatches(factory, context, file)
    assert.deepEqual(rowsOf(all), table.rows)
    for (let i = 0; i <= all.length; i++) {
      const position = all[i]?.from ?? table.rows.length
      assert.deepEqual(readBatches(factory, context, file, position), all.slice(i))
    }
    for (const from of [1, 899, 901, 1023, 1025, 2500]) {
      assert.deepEqual(rowsOf(readBatches(factory, context, file, from)), table.rows.slice(from))
    }
  })

  it(`${factory.identifier}.bulkRanges() shares out the rows without loss or overlap`, () => {
    for (let parts = 1; parts <= 9; parts++) {
      const ranges = factory.bulkRanges!(file, parts)
      assert.ok(ranges.length >= 1 && ranges.length <= parts)
      const read = ranges.flatMap(([from, to]) =>
        rowsOf(readBatches(factory, context, file, from, to))
      )
      assert.deepEqual(read, table.rows)
    }
  })

  it(`${factory.identifier}.bulkReader() reads only what is projected, in any order, and may project nothing`, () => {
    for (const projection of [[[2]], [[1], [0]], [[4, 1], [0], [4, 0]], []]) {
      const projected = contextOf(factory, table.physical, smallGroups, projection)
      const pick = (row: ReadonlyArray<Value>, path: ReadonlyArray<number>): Value =>
        path.reduce<Value>(
          (value, index) => value === null ? null : (value as ReadonlyArray<Value>)[index]!,
          row
        )
      const expected = table.rows.map((row) => projection.map((path) => pick(row, path)))
      assert.deepEqual(rowsOf(readBatches(factory, projected, file)), expected)
    }
  })
}

function longTable(): Table {
  const physical: RowType = [
    { name: "id", type: LogicalType.simple("BIGINT", false) },
    { name: "name", type: LogicalType.string },
    { name: "at", type: LogicalType.timestamp(6) },
    { name: "tags", type: { kind: "ARRAY", nullable: true, element: LogicalType.string } },
    {
      name: "pair",
      type: {
        kind: "ROW",
        nullable: true,
        fields: [{ name: "x", type: LogicalType.simple("DOUBLE") }, {
          name: "y",
          type: LogicalType.string
        }]
      }
    }
  ]
  const rows = Array.from({ length: 5000 }, (_, i): ReadonlyArray<Value> => [
    BigInt(i) * (i % 1000 === 7 ? 2n ** 45n : 1n),
    i % 11 === 0 ? null : i < 2500 ? `n${i % 17}` : `text ${i}`,
    i % 7 === 0 ? null : [i * 1000, i % 1000 * 1000],
    i % 5 === 0 ? null : Array.from({ length: i % 4 }, (_, k) => k === 2 ? null : `t${k}`),
    i % 3 === 0 ? null : [i % 4 === 0 ? null : i / 2, `y${i % 3}`]
  ])
  return { physical, rows }
}
