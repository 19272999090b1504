/** Random tables, the same in files for Millrace and in DuckDB, and the relations that queries begin with: tables, VALUES, windows. */
import * as fc from "fast-check"
import { type Both, differences, type Kind, kinds, same, sql, typeOf } from "./dialect.ts"
import { type Field, leaf, listed, type Piece, type Shape, totalOrder } from "./shape.ts"

/** A value as text; null is NULL. */
export type Cell = string | null

/** A table: `id` and `ts`, which differ in each row, and columns of random kinds that may be NULL. */
export interface Table {
  readonly name: string
  readonly fields: ReadonlyArray<Field>
  readonly rows: ReadonlyArray<ReadonlyArray<Cell>>
}

const values: Readonly<Record<Kind, fc.Arbitrary<string>>> = {
  INT: fc.oneof(fc.integer({ min: -3, max: 4 }), fc.constantFrom(30000, -30000)).map(String),
  BIGINT: fc.oneof(fc.integer({ min: -5, max: 5 }), fc.constantFrom(2 ** 40, -(2 ** 41))).map(
    String
  ),
  DECIMAL: fc.oneof(fc.integer({ min: -300, max: 300 }), fc.constant(99999999999))
    .map((hundredths) => (hundredths / 100).toFixed(2)),
  STRING: fc.constantFrom("", "a", "A", "b", "ab", "é", "日本", "it's", 'q"', " x "),
  BOOLEAN: fc.constantFrom("true", "false"),
  TIMESTAMP: fc.integer({ min: 0, max: 400 }).map(moment),
  DOUBLE: fc.integer({ min: -20, max: 20 }).map((quarters) => String(quarters / 4))
}

function moment(minutes: number): string {
  return new Date(Date.UTC(2026, 0, 1) + minutes * 60000).toISOString().slice(0, 19)
    .replace("T", " ")
}

/** Tables of this name with up to `rowsMax` rows; about a quarter of what may be NULL is. */
export function table(name: string, rowsMax: number): fc.Arbitrary<Table> {
  return fc.array(fc.constantFrom(...kinds), { minLength: 3, maxLength: 6 }).chain((own) => {
    const fields: ReadonlyArray<Field> = [
      { name: "id", kind: "INT" },
      { name: "ts", kind: "TIMESTAMP" },
      ...own.map((kind, i): Field => ({ name: `k${i}`, kind }))
    ]
    const row = fc.tuple(...own.map((kind) => fc.option(values[kind], { freq: 3 })))
    const moments = fc.uniqueArray(fc.integer({ min: 0, max: 600 }), {
      minLength: Math.ceil(rowsMax / 3),
      maxLength: rowsMax
    })
    return moments.chain((minutes) =>
      fc.array(row, { minLength: minutes.length, maxLength: minutes.length }).map((rows) => ({
        name,
        fields,
        rows: rows.map((cells, i): ReadonlyArray<Cell> => [
          String(i),
          moment(minutes[i]!),
          ...cells
        ])
      }))
    )
  })
}

/** The rows as lines of JSON. */
export function jsonOf({ fields, rows }: Table): string {
  return rows.map((cells) => {
    const parts = cells.flatMap((cell, i) => {
      if (cell === null) return []
      const { name, kind } = fields[i]!
      const quoted = kind === "STRING" || kind === "TIMESTAMP"
      return [`"${name}":${quoted ? JSON.stringify(cell) : cell}`]
    })
    return `{${parts.join(",")}}\n`
  }).join("")
}

/** The DDL of Millrace. Event time is so far behind that no row is late. */
export function createFlink({ name, fields }: Table, path: string): string {
  const declared = fields.map((field) => `${field.name} ${typeOf(field.kind).flink}`).join(", ")
  return `CREATE TABLE ${name} (${declared}, WATERMARK FOR ts AS ts - INTERVAL '9' DAY) WITH (` +
    `'connector' = 'filesystem', 'path' = '${path}', 'format' = 'json');\n`
}

/** The DDL and rows of DuckDB. */
export function createDuck({ name, fields, rows }: Table): string {
  const declared = fields.map((field) => `${field.name} ${typeOf(field.kind).duck}`).join(", ")
  const literal = (cell: Cell): string => cell === null ? "NULL" : `'${cell.replaceAll("'", "''")}'`
  const inserted = rows.length === 0
    ? ""
    : `INSERT INTO ${name} VALUES ${
      rows.map((cells) => `(${cells.map(literal).join(", ")})`).join(", ")
    };`
  return `CREATE OR REPLACE TABLE ${name} (${declared}); ${inserted}`
}

/** All of a table. */
export function whole({ name, fields }: Table): Shape {
  const { text, fields: given } = listed(
    fields.map((field): Piece => ({ kind: field.kind, ...same(field.name) }))
  )
  return { ...sql`SELECT ${text} FROM ${name}`, fields: given }
}

/** A few rows written out. */
export const constants: fc.Arbitrary<Shape> = fc.array(
  fc.tuple(leaf("INT", []), leaf("STRING", [])),
  { minLength: 1, maxLength: 4 }
).map((rows) => {
  const cast = (one: Piece): Both => sql`CAST(${one} AS ${typeOf(one.kind)})`
  const lines = rows.map(([a, b]) => sql`(${cast(a)}, ${cast(b)})`)
  const all = lines.reduce((left, right) => sql`${left}, ${right}`)
  const fields: ReadonlyArray<Field> = [{ name: "c0", kind: "INT" }, { name: "c1", kind: "STRING" }]
  return { ...sql`SELECT c0, c1 FROM (VALUES ${all}) AS v (c0, c1)`, fields }
})

interface Window {
  readonly flink: string
  /** Starts and ends of the windows of a row of `t`. */
  readonly duck: string
}

const bucket = (size: string): string =>
  `time_bucket(INTERVAL '${size}', ts, TIMESTAMP '1970-01-01')`
const windows: ReadonlyArray<Window> = [
  {
    flink: "TUMBLE(TABLE T, DESCRIPTOR(ts), INTERVAL '1' HOUR)",
    duck: `SELECT *, ${bucket("1 hour")} AS ws, ${
      bucket("1 hour")
    } + INTERVAL '1 hour' AS we FROM T`
  },
  {
    flink: "HOP(TABLE T, DESCRIPTOR(ts), INTERVAL '30' MINUTE, INTERVAL '90' MINUTE)",
    duck: "SELECT *, ws + INTERVAL '90 minutes' AS we FROM (SELECT *, unnest(generate_series(" +
      `${bucket("30 minutes")} - INTERVAL '60 minutes', ${bucket("30 minutes")}, ` +
      "INTERVAL '30 minutes')) AS ws FROM T) AS h"
  },
  {
    flink: "CUMULATE(TABLE T, DESCRIPTOR(ts), INTERVAL '30' MINUTE, INTERVAL '2' HOUR)",
    duck: `SELECT *, ${bucket("2 hours")} AS ws, unnest(generate_series(` +
      `${bucket("30 minutes")} + INTERVAL '30 minutes', ${
        bucket("2 hours")
      } + INTERVAL '2 hours', ` +
      "INTERVAL '30 minutes')) AS we FROM T"
  }
]

/** Aggregates of windows, or the first rows of each. */
export function windowed(
  { name, fields }: Table,
  aggregates: (fields: ReadonlyArray<Field>) => fc.Arbitrary<ReadonlyArray<Piece>>
): fc.Arbitrary<Shape> {
  const keys = fields.slice(2)
  return fc.tuple(
    fc.constantFrom(...windows),
    fc.constantFrom(...keys),
    aggregates(keys),
    fc.integer({ min: 0, max: 3 })
  ).map(([window, key, all, limit]) => {
    const from: Both = {
      flink: `TABLE(${window.flink.replace("TABLE T", `TABLE ${name}`)})`,
      duck: `(${window.duck.replaceAll("FROM T", `FROM ${name}`)}) AS w`
    }
    const start: Both = { flink: "window_start", duck: "ws" }
    const end: Both = { flink: "window_end", duck: "we" }
    const time = (both: Both): Piece => ({ kind: "TIMESTAMP", flink: both.flink, duck: both.duck })
    if (limit === 0) {
      const { text, fields: given } = listed([
        time(start),
        time(end),
        { kind: key.kind, ...same(key.name) },
        ...all
      ])
      return {
        ...sql`SELECT ${text} FROM ${from} GROUP BY ${start}, ${end}, ${key.name}`,
        fields: given
      }
    }
    const { text, fields: given } = listed([
      time(start),
      { kind: "INT", ...same("id") },
      { kind: key.kind, ...same(key.name) },
      { kind: "BIGINT", ...same("rn") }
    ])
    const order = totalOrder(fields, key, limit === 2)
    return {
      ...sql`SELECT ${text} FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY ${start}, ${end} ORDER BY ${order}) AS rn FROM ${from}) AS r WHERE rn <= ${
        String(limit)
      }`,
      fields: given
    }
  })
}

/** Sessions of a key. */
export function sessions({ name, fields }: Table): fc.Arbitrary<Shape> {
  return fc.constantFrom(...fields.slice(2)).map((key) => {
    const { text, fields: given } = listed([
      { kind: "TIMESTAMP", flink: "window_start", duck: "min(ts)" },
      { kind: "TIMESTAMP", flink: "window_end", duck: "max(ts) + INTERVAL '20 minutes'" },
      { kind: key.kind, ...same(key.name) },
      { kind: "BIGINT", ...same("COUNT(*)") }
    ])
    const from: Both = {
      flink:
        `TABLE(SESSION(TABLE ${name} PARTITION BY ${key.name}, DESCRIPTOR(ts), INTERVAL '20' MINUTE))`,
      duck: `(SELECT *, SUM(CASE WHEN fresh THEN 1 ELSE 0 END) OVER (PARTITION BY ${key.name} ` +
        `ORDER BY ts) AS s FROM (SELECT *, ts - LAG(ts) OVER (PARTITION BY ${key.name} ORDER BY ts) ` +
        `> INTERVAL '20 minutes' AS fresh FROM ${name}) AS a) AS b`
    }
    const by: Both = { flink: `${key.name}, window_start, window_end`, duck: `${key.name}, s` }
    return { ...sql`SELECT ${text} FROM ${from} GROUP BY ${by}`, fields: given }
  })
}

const timedFrames = [
  "",
  " ROWS BETWEEN 2 PRECEDING AND CURRENT ROW",
  " RANGE BETWEEN INTERVAL '1' HOUR PRECEDING AND CURRENT ROW"
]

/** OVER in order of event time. */
export function overTime({ name, fields }: Table): fc.Arbitrary<Shape> {
  const numbers = fields.filter(({ kind }) => kind === "INT" || kind === "DECIMAL")
  return fc.tuple(
    fc.constantFrom(...fields.slice(2)),
    fc.constantFrom(...numbers),
    fc.constantFrom(...timedFrames)
  ).map(([part, of, frame]) => {
    const window = `OVER (PARTITION BY ${part.name} ORDER BY ts${frame})`
    const value: Piece = { kind: of.kind, ...same(of.name) }
    const sum = differences.sum(value, of.kind)
    const { text, fields: given } = listed([
      { kind: "INT", ...same("id") },
      { kind: "TIMESTAMP", ...same("ts") },
      {
        kind: of.kind,
        flink: `${sum.flink} ${window}`,
        duck: `CAST(SUM(${of.name}) ${window} AS ${typeOf(of.kind).duck})`
      },
      { kind: "BIGINT", ...same(`COUNT(${part.name}) ${window}`) },
      { kind: of.kind, ...same(`LAG(${of.name}) OVER (PARTITION BY ${part.name} ORDER BY ts)`) }
    ])
    return { ...sql`SELECT ${text} FROM ${name}`, fields: given }
  })
}
