/** How a table's columns meet a file's: names, types, time zones, filters, what cannot be written. */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { type Expression, LogicalType, type RandomFile } from "@millrace/core/internal"
import {
  contextOf,
  memoryFile,
  readBatches,
  rowsOf,
  type Value,
  writeRows
} from "../../conformance/src/bulk.ts"
import { factory } from "../src/mod.ts"

const bigint = LogicalType.simple("BIGINT")

function fileOf(
  physical: LogicalType.RowType,
  rows: ReadonlyArray<ReadonlyArray<Value>>,
  given: Record<string, string> = {},
  zone = "UTC",
  batchRows = 1000
): RandomFile {
  const context = contextOf(factory, physical, given, [], zone)
  return memoryFile("data/t.parquet", writeRows(factory, context, rows, batchRows, "plain"))
}

function readAs(
  file: RandomFile,
  physical: LogicalType.RowType,
  zone = "UTC",
  given: Record<string, string> = {}
): ReadonlyArray<ReadonlyArray<Value>> {
  const projection = physical.map((_, i) => [i])
  return rowsOf(readBatches(factory, contextOf(factory, physical, given, projection, zone), file))
}

describe("a table and a file", () => {
  it("factory.bulkReader() names a column that the file does not have, with the nearest and with all", () => {
    const file = fileOf([{ name: "origin", type: bigint }, { name: "delay", type: bigint }], [[
      1n,
      2n
    ]])
    assert.throws(() => readAs(file, [{ name: "Delay", type: bigint }]), {
      _tag: "FileColumnFault",
      message:
        'Cannot find column "Delay" in Parquet file "data/t.parquet"; did you mean "delay"? The file has "origin", "delay". ' +
        "Declare the column by a name of the file (letter case counts)"
    })
    assert.throws(() => readAs(file, [{ name: "temperature", type: bigint }]), {
      message:
        /^Cannot find column "temperature" in Parquet file "data\/t\.parquet"\. The file has "origin", "delay"\. /
    })
  })

  it("factory.bulkReader() names a missing field of a ROW by its path", () => {
    const rowOf = (name: string): LogicalType.RowType => [
      { name: "r", type: { kind: "ROW", nullable: true, fields: [{ name, type: bigint }] } }
    ]
    const file = fileOf(rowOf("total"), [[[1n]]])
    assert.throws(() => readAs(file, rowOf("totals")), {
      message: /"r\.totals".*did you mean "total"\?/
    })
  })

  it("factory.bulkReader() refuses a type that does not fit, with both types", () => {
    const file = fileOf([{ name: "name", type: LogicalType.string }, { name: "n", type: bigint }], [
      ["a", 1n]
    ])
    assert.throws(() => readAs(file, [{ name: "name", type: bigint }]), {
      _tag: "FileTypeFault",
      message: 'Cannot read column "name" of Parquet file "data/t.parquet" as BIGINT: ' +
        "its type in the file is BYTE_ARRAY text. Declare a type that fits"
    })
    for (
      const type of [
        LogicalType.simple("INT"),
        LogicalType.simple("DOUBLE"),
        LogicalType.string,
        LogicalType.timestamp(3)
      ]
    ) {
      assert.throws(() => readAs(file, [{ name: "n", type }]), { _tag: "FileTypeFault" })
    }
  })

  it("factory.bulkReader() widens INT to BIGINT, FLOAT to DOUBLE and DECIMAL to more digits", () => {
    const decimal = (precision: number): LogicalType.LogicalType => ({
      kind: "DECIMAL",
      nullable: true,
      precision,
      scale: 2
    })
    const written = [
      { name: "i", type: LogicalType.simple("INT") },
      { name: "f", type: LogicalType.simple("FLOAT") },
      { name: "d", type: decimal(9) }
    ]
    const wanted = [
      { name: "i", type: bigint },
      { name: "f", type: LogicalType.simple("DOUBLE") },
      { name: "d", type: decimal(38) }
    ]
    assert.deepEqual(readAs(fileOf(written, [[-5, 0.5, -12345n]]), wanted), [[-5n, 0.5, -12345n]])
  })

  it("factory.bulkReader() reads any unit of timestamps at the declared precision, truncated towards the past", () => {
    const fine = [{ name: "t", type: LogicalType.timestamp(9) }]
    const rows = [[[-1, 123456]], [[1234, 987654]]]
    for (
      const given of [{}, {
        "parquet.write.int64.timestamp": "true",
        "parquet.timestamp.time.unit": "nanos"
      }]
    ) {
      const file = fileOf(fine, rows, given)
      assert.deepEqual(readAs(file, fine), rows)
      assert.deepEqual(readAs(file, [{ name: "t", type: LogicalType.timestamp(6) }]), [[[
        -1,
        123000
      ]], [[1234, 987000]]])
      assert.deepEqual(readAs(file, [{ name: "t", type: LogicalType.timestamp(3) }]), [[[-1, 0]], [[
        1234,
        0
      ]]])
      assert.deepEqual(readAs(file, [{ name: "t", type: LogicalType.timestamp(0) }]), [
        [[-1000, 0]],
        [[1000, 0]]
      ])
    }
  })

  it("factory.bulkReader() converts INT96 between instants and wall-clock time by the job's zone, INT64 never", () => {
    const physical = [
      { name: "t", type: LogicalType.timestamp(3) },
      { name: "l", type: { kind: "TIMESTAMP_LTZ", nullable: true, precision: 3 } as const }
    ]
    const summer = Date.UTC(2001, 6, 1, 12)
    const winter = Date.UTC(2001, 0, 1, 12)
    const rows = [[[summer, 0], [summer, 0]], [[winter, 0], [winter, 0]]]
    const file = fileOf(physical, rows, {}, "Europe/Berlin")
    assert.deepEqual(readAs(file, physical, "Europe/Berlin"), rows)
    assert.deepEqual(readAs(file, physical), [
      [[summer - 7200000, 0], [summer, 0]],
      [[winter - 3600000, 0], [winter, 0]]
    ])
    assert.deepEqual(
      readAs(file, physical, "Europe/Berlin", { "parquet.utc-timezone": "true" }),
      readAs(file, physical)
    )
    const wall = fileOf(
      physical,
      rows,
      { "parquet.write.int64.timestamp": "true" },
      "Europe/Berlin"
    )
    assert.deepEqual(readAs(wall, physical, "America/New_York"), rows)
  })

  it("factory.check() refuses intervals and empty ROWs by name", () => {
    const physical = [
      { name: "i", type: LogicalType.simple("INTERVAL_DAY_TIME") },
      { name: "ok", type: bigint },
      { name: "r", type: { kind: "ROW", nullable: true, fields: [] } as const }
    ]
    assert.deepEqual(factory.check!(contextOf(factory, physical, {}), "sink"), [
      "Column 'i' is INTERVAL DAY TO SECOND(3), which a Parquet file cannot hold: cast it to another type",
      "Column 'r' is a ROW without fields, which a Parquet file cannot hold"
    ])
  })

  it("factory.bulkWriter() refuses NULL in a NOT NULL column and as a map key, and nanos beyond 64 bits", () => {
    const required = [{ name: "n", type: LogicalType.simple("BIGINT", false) }]
    assert.throws(() => fileOf(required, [[null]]), {
      _tag: "FileValueFault",
      message: /^Cannot write column "n" as NOT NULL: /
    })
    const map = [{
      name: "m",
      type: { kind: "MAP", nullable: true, key: bigint, value: bigint } as const
    }]
    assert.throws(() => fileOf(map, [[[[null, 1n]]]]), {
      message: /column "m\.key_value\.key" as NOT NULL/
    })
    const nanos = {
      "parquet.write.int64.timestamp": "true",
      "parquet.timestamp.time.unit": "nanos"
    }
    const late = [{ name: "t", type: LogicalType.timestamp(9) }]
    assert.throws(() => fileOf(late, [[[Date.UTC(2300, 0), 0]]], nanos), {
      message: /beyond the years 1677 to 2262/
    })
  })

  it("factory.bulkWriter() writes a file without rows that reads as none", () => {
    const physical = [{ name: "n", type: bigint }]
    const file = fileOf(physical, [])
    assert.deepEqual(readAs(file, physical), [])
    assert.deepEqual(factory.bulkRanges!(file, 4), [])
  })
})

describe("filters", () => {
  const physical: LogicalType.RowType = [
    { name: "n", type: bigint },
    { name: "x", type: LogicalType.simple("DOUBLE") },
    { name: "t", type: LogicalType.timestamp(3) }
  ]
  const rows = Array.from(
    { length: 4000 },
    (_, i): ReadonlyArray<Value> => [i < 1000 ? null : BigInt(i), i / 2, [i, 0]]
  )
  const given = { "parquet.block.size": "1kb", "parquet.write.int64.timestamp": "true" }
  const file = fileOf(physical, rows, given)
  const context = contextOf(factory, physical, {})

  function read(
    filters: ReadonlyArray<Expression>
  ): { rows: ReadonlyArray<number>; position: number } {
    const reader = factory.bulkReader!(context, file, 0, Infinity, filters)
    const found: Array<number> = []
    for (let batch = reader.next(); batch !== undefined; batch = reader.next()) {
      for (let i = 0; i < batch.rows; i++) {
        found.push((batch.columns[1]!.values as Float64Array)[i]! * 2)
      }
    }
    return { rows: found, position: reader.position }
  }

  function compare(
    name: string,
    column: number,
    value: string,
    type: LogicalType.LogicalType,
    swapped = false
  ): Expression {
    const input: Expression = { op: "input", index: column, type: physical[column]!.type }
    const literal: Expression = { op: "literal", value, type }
    return {
      op: "call",
      name,
      args: swapped ? [literal, input] : [input, literal],
      type: LogicalType.simple("BOOLEAN")
    }
  }

  const group = (from: number, to: number): ReadonlyArray<number> =>
    Array.from({ length: to - from }, (_, i) => from + i)

  it("factory.bulkReader() skips the row groups that cannot match, and only those", () => {
    const int = LogicalType.simple("INT", false)
    const double = LogicalType.simple("DOUBLE", false)
    const cases: ReadonlyArray<readonly [Expression, number, number]> = [
      [compare("equals", 0, "2500", bigint), 2000, 3000],
      [compare("lessThan", 0, "2000", int), 1000, 2000],
      [compare("lessThanOrEqual", 0, "2000", int), 1000, 3000],
      [compare("greaterThan", 0, "2999", int), 3000, 4000],
      [compare("greaterThanOrEqual", 0, "2999", int), 2000, 4000],
      [compare("lessThan", 0, "2999", int, true), 3000, 4000],
      [compare("lessThan", 1, "500", double), 0, 1000],
      [compare("lessThan", 2, "1000", LogicalType.timestamp(3)), 0, 1000],
      [compare("lessThan", 2, "1000.000001", LogicalType.timestamp(9)), 0, 2000]
    ]
    for (const [filter, from, to] of cases) {
      assert.deepEqual(
        read([filter]),
        { rows: group(from, to), position: 4000 },
        JSON.stringify(filter)
      )
    }
  })

  it("factory.bulkReader() keeps what it cannot judge", () => {
    const cases: ReadonlyArray<Expression> = [
      compare("greaterThan", 1, "1e9", LogicalType.simple("DOUBLE")),
      compare("like", 0, "7", bigint),
      compare("equals", 0, "2500.5", { kind: "DECIMAL", nullable: false, precision: 5, scale: 1 }),
      {
        op: "call",
        name: "not",
        args: [compare("lessThan", 0, "0", bigint)],
        type: LogicalType.simple("BOOLEAN")
      }
    ]
    for (const filter of cases) {
      assert.equal(
        read([filter]).rows.length,
        filter.op === "call" && filter.name === "equals" ? 3000 : 4000
      )
    }
  })

  it("factory.bulkReader() takes conjuncts, AND and OR together", () => {
    const low = compare("lessThan", 2, "1000", LogicalType.timestamp(3))
    const high = compare("greaterThanOrEqual", 2, "3000", LogicalType.timestamp(3))
    const both = (name: string): Expression => ({
      op: "call",
      name,
      args: [low, high],
      type: LogicalType.simple("BOOLEAN")
    })
    assert.deepEqual(read([low, high]), { rows: [], position: 4000 })
    assert.deepEqual(read([both("and")]), { rows: [], position: 4000 })
    assert.deepEqual(read([both("or")]).rows, [...group(0, 1000), ...group(3000, 4000)])
  })
})
