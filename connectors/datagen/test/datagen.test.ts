import assert from "node:assert/strict"
import { describe, it } from "node:test"
import * as Effect from "effect/Effect"
import {
  type Batch,
  type Column,
  type EnumeratorContext,
  LogicalType,
  type OperatorContext,
  OptionFault,
  Registry,
  render,
  resolveConnector,
  type Source,
  type SourceReader,
  type Split
} from "@millrace/core/internal"
import { factory } from "@millrace/connector-datagen"

const physical: LogicalType.RowType = [
  { name: "id", type: LogicalType.simple("BIGINT") },
  { name: "small", type: LogicalType.simple("INT") },
  { name: "big", type: LogicalType.simple("BIGINT") },
  { name: "price", type: { kind: "DECIMAL", nullable: true, precision: 10, scale: 2 } },
  { name: "huge", type: { kind: "DECIMAL", nullable: true, precision: 30, scale: 0 } },
  { name: "name", type: LogicalType.string },
  { name: "score", type: LogicalType.simple("DOUBLE") },
  { name: "tags", type: { kind: "ARRAY", nullable: true, element: LogicalType.simple("INT") } },
  {
    name: "r",
    type: {
      kind: "ROW",
      nullable: true,
      fields: [{ name: "x", type: LogicalType.simple("SMALLINT") }]
    }
  }
]

const given = {
  connector: "datagen",
  "number-of-rows": "5000",
  "rows-per-second": "1000000000",
  "millrace.datagen.seed": "7",
  "fields.id.kind": "sequence",
  "fields.id.start": "10",
  "fields.id.end": "1000000",
  "fields.small.min": "-5",
  "fields.small.max": "5",
  "fields.price.min": "1.50",
  "fields.price.max": "2.25",
  "fields.name.length": "4",
  "fields.name.null-rate": "0.25",
  "fields.r.x.min": "3",
  "fields.r.x.max": "3"
}

function resolve(options: Record<string, string>, columns = physical) {
  const table = {
    name: "t",
    options,
    physical: columns,
    metadata: [],
    partitionKeys: [],
    primaryKey: [],
    place: undefined
  }
  return resolveConnector(table, "source", {
    registry: Registry.make([factory]),
    timeZone: "UTC",
    parallelism: 1
  })
}

async function make(options: Record<string, string>, columns = physical): Promise<Source> {
  const { context } = await resolve(options, columns)
  const abilities = {
    projection: columns.map((_, i) => [i]),
    metadata: [],
    filters: [],
    limit: undefined
  }
  return factory.source!.make(context, abilities)
}

/** Only what a reader of datagen asks for. */
function context(nowMillis = 1_000_000_000_000): OperatorContext {
  const part = {
    job: { id: "j", run: "r-1", attempt: 1 },
    nowMillis: () => nowMillis,
    fork: () => {},
    notify: () => {}
  }
  return part as unknown as OperatorContext
}

function splits(source: Source, parallelism: number): Array<Split> {
  const enumerator = source.enumerator(
    { parallelism, restored: undefined } as unknown as EnumeratorContext
  )
  const found: Array<Split> = []
  for (let i = 0; i < parallelism; i++) found.push(enumerator.next(i) as Split)
  assert.equal(enumerator.next(0), "done")
  return found
}

function openReader(source: Source, split: Split, nowMillis?: number): SourceReader {
  const reader = source.reader()
  reader.open(context(0))
  reader.add(split)
  reader.open(context(nowMillis ?? 1e15))
  return reader
}

/** Rows as text, until the split is finished or `limit` batches are read. */
function read(reader: SourceReader, columns: LogicalType.RowType, limit = Infinity): Array<string> {
  const rows: Array<string> = []
  for (let n = 0; n < limit; n++) {
    const polled = reader.poll()
    if (polled.kind === "finished") break
    assert.equal(polled.kind, "batch")
    const batch = (polled as { batch: Batch }).batch
    assert.ok(batch.rows >= 1 && batch.rows <= 1024)
    for (let i = 0; i < batch.rows; i++) {
      rows.push(
        columns.map((column, k) => render(batch.columns[k] as Column, i, column.type, undefined))
          .join("|")
      )
    }
  }
  return rows
}

describe("datagen", () => {
  it("source() makes every type within its bounds", async () => {
    const source = await make(given)
    assert.equal(source.boundedness, "bounded")
    const rows = read(openReader(source, splits(source, 1)[0]!), physical).map((row) =>
      row.split("|")
    )
    assert.equal(rows.length, 5000)
    assert.deepEqual(
      rows.map((row) => Number(row[0])),
      Array.from({ length: 5000 }, (_, i) => i + 10)
    )
    assert.deepEqual([...new Set(rows.map((row) => Number(row[1])))].sort((a, b) => a - b), [
      -5,
      -4,
      -3,
      -2,
      -1,
      0,
      1,
      2,
      3,
      4,
      5
    ])
    assert.ok(
      rows.some((row) => BigInt(row[2]!) > 2n ** 60n) &&
        rows.some((row) => BigInt(row[2]!) < -(2n ** 60n))
    )
    assert.ok(rows.every((row) => Number(row[3]) >= 1.5 && Number(row[3]) <= 2.25))
    assert.ok(rows.some((row) => row[4]!.replace("-", "").length > 25))
    const nulls = rows.filter((row) => row[5] === "NULL").length
    assert.ok(nulls > 1000 && nulls < 1500, `${nulls} of 5000 rows are NULL`)
    assert.ok(rows.every((row) => row[5] === "NULL" || /^[0-9a-f]{4}$/.test(row[5]!)))
    assert.ok(rows.every((row) => Number(row[6]) > 0))
    assert.ok(rows.every((row) => /^\[(-?\d+, ){2}-?\d+\]$/.test(row[7]!)))
    assert.ok(rows.every((row) => row[8] === "(3)"))
  })

  it("snapshot() goes on with the same rows from any position", async () => {
    const source = await make(given)
    const split = splits(source, 1)[0]!
    const whole = read(openReader(source, split), physical)
    for (const batches of [0, 1, 3]) {
      const reader = openReader(source, split)
      const before = read(reader, physical, batches)
      const [position] = reader.snapshot()
      assert.deepEqual([...before, ...read(openReader(source, position!), physical)], whole)
    }
  })

  it("enumerator() deals the rows over subtasks without loss or repetition", async () => {
    const source = await make(given)
    const one = read(openReader(source, splits(source, 1)[0]!), physical)
    const three = splits(source, 3).flatMap((split) => read(openReader(source, split), physical))
    assert.deepEqual(three, one)
  })

  it("poll() keeps the pace", async () => {
    const source = await make({ ...given, "rows-per-second": "100" })
    const reader = source.reader()
    let now = 0
    let wakes = 0
    reader.open(
      {
        ...context(),
        nowMillis: () => now,
        fork: (effect: Effect.Effect<unknown>, done: () => void) => {
          assert.ok(Effect.isEffect(effect))
          wakes++
          done()
        }
      } as unknown as OperatorContext
    )
    reader.add(splits(source, 1)[0]!)
    let rows = 0
    for (now = 0; now <= 2000; now += 10) {
      const polled = reader.poll()
      if (polled.kind === "batch") rows += polled.batch.rows
    }
    assert.equal(rows, 200)
    assert.ok(wakes > 0)
  })

  it("check() reports all problems at once with what was wanted", async () => {
    const bad = {
      ...given,
      "fields.id.end": "1",
      "fields.small.min": "x",
      "fields.nope.min": "1",
      "fields.name.kind": "seq",
      "number-of-row": "5"
    }
    await assert.rejects(resolve(bad), (error) => {
      assert.ok(error instanceof OptionFault)
      assert.match(
        error.message,
        /Option 'number-of-row' is not known. Did you mean 'number-of-rows'\?/
      )
      return true
    })
    const { "number-of-row": _, ...rest } = bad
    await assert.rejects(resolve(rest), (error: Error) => {
      assert.match(error.message, /'fields.id.end' must be at least the start 10, but is '1'/)
      assert.match(error.message, /'fields.small.min' must be a whole number, but is 'x'/)
      assert.match(error.message, /'fields.nope.…' name a column that the table does not have/)
      assert.match(error.message, /'fields.name.kind' must be 'random' or 'sequence', but is 'seq'/)
      return true
    })
  })
})
