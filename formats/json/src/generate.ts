/**
 * Generates the loop over records of one shape. Whatever differs leaves the loop before the row is counted, and the exact reader
 * takes that record.
 *
 * The text of the program holds no text of the user: field names and what stands between values enter as the numbers that their bytes make, columns by index.
 */
import type { DecodedColumn } from "@millrace/core/internal"
import type { Shape, ShapeField } from "./shape.ts"
import type { RowTarget, Target } from "./target.ts"

/** The columns that a scanner writes to, in the order of the indexes in its text. */
export interface Generated {
  readonly text: string
  readonly columns: ReadonlyArray<DecodedColumn>
}

class Writer {
  readonly lines: Array<string> = []
  readonly columns: Array<DecodedColumn> = []
  /** Bytes that must come next and were not compared yet. */
  private pending: Array<number> = []

  expect(bytes: Iterable<number>): void {
    this.pending.push(...bytes)
  }

  /** Compare what is pending, four bytes at a time; the last word may overlap the one before. */
  flush(): void {
    const bytes = this.pending
    const size = bytes.length
    if (size === 0) return
    const tests: Array<string> = []
    if (size < 4) {
      for (let i = 0; i < size; i++) tests.push(`b[q + ${i}] !== ${bytes[i]}`)
    } else {
      for (let i = 0; i + 4 <= size; i += 4) tests.push(wordTest(bytes, i))
      if (size % 4 !== 0) tests.push(wordTest(bytes, size - 4))
    }
    this.lines.push(`if (${tests.join(" || ")}) break record`, `q += ${size}`)
    this.pending = []
  }

  add(...lines: ReadonlyArray<string>): void {
    this.flush()
    this.lines.push(...lines)
  }

  column(column: DecodedColumn): number {
    const found = this.columns.indexOf(column)
    return found >= 0 ? found : this.columns.push(column) - 1
  }
}

function wordTest(bytes: ReadonlyArray<number>, at: number): string {
  const word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
  return `v.getInt32(q${at === 0 ? "" : ` + ${at}`}, true) !== ${word}`
}

/** The program of a scanner: a function `(h)` that gives `run(b, v, p, end, n, limit, columns, other, places)`; `placed`: it notes where records stand. */
export function generate(row: RowTarget, shape: Shape, placed: boolean): Generated {
  const out = new Writer()
  writeObject(out, row, shape)
  out.add(
    "if (b[q] === 10) p = q + 1",
    "else if (b[q] === 13 && b[q + 1] === 10) p = q + 2",
    "else break record",
    ...placed ? ["places.starts[n] = o", "places.ends[n] = p"] : [],
    "n++",
    "continue"
  )
  const columns = out.columns.flatMap((_, i) => [
    `const c${i} = columns[${i}]`,
    `const v${i} = c${i}.values, n${i} = c${i}.nulls, s${i} = c${i}.starts, l${i} = c${i}.lengths`
  ])
  const text = `"use strict"
const { plainEnd, escapedEnd, scalarEnd, numberEnd, readBoolean, readBigint, readDouble, readDecimal, readTimestamp, readOther } = h
return function run(b, v, p, end, n, limit, columns, other, places) {
${columns.join("\n")}
let o = 0, q = 0, c = 0, x = 0, e = 0
while (n < limit && p < end) {
record: {
o = q = p
${out.lines.join("\n")}
}
break
}
places.rows = n
return p
}`
  return { text, columns: out.columns }
}

function writeObject(out: Writer, row: RowTarget, shape: Shape): void {
  for (const field of shape.fields) {
    out.expect(field.lead)
    const target = row.fields[field.index]
    if (target === undefined) writeSkip(out)
    else writeValue(out, target, field)
  }
  if (shape.fields.length === 0) out.expect([123])
  out.expect(shape.tail)
  const present = new Set(shape.fields.map((field) => field.index))
  const missing = row.fields.filter((_, index) => !present.has(index)).flatMap(wantedColumns)
  for (const column of missing) out.add(writeNull(out.column(column)))
}

function writeValue(out: Writer, target: Target, field: ShapeField): void {
  if (target.row === undefined || field.inner === undefined) {
    return target.column === undefined ? writeSkip(out) : writeColumn(out, target.column)
  }
  const nulls = wantedColumns(target).map((column) => writeNull(out.column(column)))
  out.add("if (v.getInt32(q, true) === 1819047278) {", "q += 4", ...nulls, "} else {")
  writeObject(out, target.row, field.inner)
  out.add("}")
}

function wantedColumns(target: Target): ReadonlyArray<DecodedColumn> {
  if (target.column !== undefined) return [target.column]
  return target.row === undefined ? [] : target.row.fields.flatMap(wantedColumns)
}

function writeNull(index: number): string {
  return `c${index}.setNull(n)`
}

function writeSkip(out: Writer): void {
  out.add(
    "c = b[q]",
    "if (c === 34) {",
    "q = plainEnd(v, q + 1)",
    "if (b[q] !== 34 && (q = escapedEnd(b, v, q)) < 0) break record",
    "q++",
    "} else if (c >= 49 && c <= 57) {",
    "e = q",
    "while ((c = b[++q]) >= 48 && c <= 57);",
    "if ((c === 46 || c === 101 || c === 69) && (q = numberEnd(b, e)) < 0) break record",
    "} else if (c === 123 || c === 91) {",
    "if ((q = other(-1, b, q, end, n)) < 0) break record",
    "} else if ((q = scalarEnd(b, v, q)) < 0) break record"
  )
}

function writeColumn(out: Writer, column: DecodedColumn): void {
  const i = out.column(column)
  out.add("if (v.getInt32(q, true) === 1819047278) {", "q += 4", writeNull(i), "} else {")
  switch (column.type.kind) {
    case "TINYINT":
    case "SMALLINT":
    case "INT":
    case "BIGINT":
      writeIntegerColumn(out, i, column)
      break
    case "BOOLEAN":
      out.add(`if ((q = readBoolean(v, q, c${i}, n)) < 0) break record`)
      break
    case "FLOAT":
    case "DOUBLE":
      out.add(
        `if ((q = readDouble(b, q, c${i}, n, ${column.type.kind === "FLOAT"})) < 0) break record`
      )
      break
    case "DECIMAL": {
      const { precision, scale } = column.type
      out.add(`if ((q = readDecimal(b, q, c${i}, n, ${precision}, ${scale})) < 0) break record`)
      break
    }
    case "CHAR":
    case "VARCHAR":
      writeTextColumn(out, i)
      break
    case "TIMESTAMP":
    case "TIMESTAMP_LTZ":
      out.add(
        `if (b[q] !== 34 || (e = plainEnd(v, q + 1), b[e] !== 34)) break record`,
        `if (!readTimestamp(b, q + 1, e, c${i}, n)) break record`,
        "q = e + 1"
      )
      break
    default:
      out.add(`if ((q = other(${i}, b, q, end, n)) < 0) break record`)
  }
  out.add("}")
}

function writeIntegerColumn(out: Writer, i: number, column: DecodedColumn): void {
  const { kind } = column.type
  const limit = kind === "TINYINT" ? 127 : kind === "SMALLINT" ? 32767 : 2147483647
  out.add(
    "e = (c = b[q]) === 45 ? q + 1 : q",
    "x = (c = b[q = e]) - 48",
    "if (c >= 48 && c <= 57) {",
    "while ((c = b[++q]) >= 48 && c <= 57) x = x * 10 + (c - 48)",
    "if (c === 46 || c === 101 || c === 69 || (b[e] === 48 && q > e + 1)) break record"
  )
  if (kind === "BIGINT") {
    out.add(
      "if (x > 4503599627370496) {",
      `if ((q = readBigint(b, b[e - 1] === 45 ? e - 1 : e, c${i}, n)) < 0) break record`,
      `} else v${i}[n] = b[e - 1] === 45 ? 0 - x : x`,
      "} else break record"
    )
    return
  }
  out.add(
    `if (x > ${limit}) break record`,
    `v${i}[n] = b[e - 1] === 45 ? 0 - x : x`,
    "} else break record"
  )
}

function writeTextColumn(out: Writer, i: number): void {
  out.add(
    "if (b[q] !== 34) break record",
    "e = plainEnd(v, q + 1)",
    `if (b[e] === 34 && c${i}.own === undefined) {`,
    `s${i}[n] = q + 1`,
    `l${i}[n] = e - q - 1`,
    "q = e + 1",
    `} else if ((q = other(${i}, b, q, end, n)) < 0) break record`
  )
}
