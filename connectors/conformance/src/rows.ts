/**
 * Rows as the suites compare them: plain values, into columns and out again, and as texts that are equal when the rows are. The values
 * are those of the formats' suites.
 */
import assert from "node:assert/strict"
import { Batch, batchRowsMax, LogicalType } from "@millrace/core/internal"
import { columnOf, type Value, valueAt } from "@millrace/format-conformance"

/** One row: a value per column. */
export type Row = ReadonlyArray<Value>

/** A batch of rows. At least one. */
export function batchOf(schema: LogicalType.RowType, rows: ReadonlyArray<Row>): Batch {
  return new Batch(
    rows.length,
    schema.map((field, i) => columnOf(field.type, rows.map((row) => row[i]!), "plain"))
  )
}

/** The rows of a batch, which is checked against its schema. */
export function rowsOf(schema: LogicalType.RowType, batch: Batch): Array<Row> {
  assert.ok(batch.rows >= 1 && batch.rows <= batchRowsMax, `a batch has ${batch.rows} rows`)
  assert.equal(batch.columns.length, schema.length, "a batch has the columns that were asked for")
  batch.columns.forEach((column, i) => {
    assert.equal(column.rows, batch.rows, `column '${schema[i]!.name}' is as long as its batch`)
    assert.equal(column.layout, LogicalType.layoutOf(schema[i]!.type))
  })
  return Array.from(
    { length: batch.rows },
    (_, row) => batch.columns.map((column, i) => valueAt(schema[i]!.type, column, row))
  )
}

/** A text per row: equal texts, equal rows. */
export function keyOf(row: Row): string {
  return JSON.stringify(
    row,
    (_, value: unknown) =>
      typeof value === "bigint" ? `${value}n` : Object.is(value, -0) ? "-0" : value
  )
}

/** How often each row is there. */
export function countRows(rows: ReadonlyArray<Row>): Map<string, number> {
  const counts = new Map<string, number>()
  for (const row of rows) counts.set(keyOf(row), (counts.get(keyOf(row)) ?? 0) + 1)
  return counts
}
