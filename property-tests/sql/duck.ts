/** DuckDB in this process: tables in, the rows of a query out, as the texts that `run-query.ts` makes of Millrace's. */
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api"
import type { Kind } from "./dialect.ts"
import type { Shape } from "./shape.ts"

/** A database in memory. */
export async function openDuck(): Promise<DuckDBConnection> {
  const instance = await DuckDBInstance.create(":memory:", { threads: "1" })
  return await instance.connect()
}

function shown(name: string, kind: Kind): string {
  switch (kind) {
    case "DECIMAL":
      return `CAST(CAST(${name} AS DECIMAL(38, 2)) AS VARCHAR)`
    case "TIMESTAMP":
      return `strftime(${name}, '%Y-%m-%d %H:%M:%S.%g')`
    case "BOOLEAN":
      return `upper(CAST(${name} AS VARCHAR))`
    default:
      return `CAST(${name} AS VARCHAR)`
  }
}

/** The rows of a query in the order of all its columns, NULLs first. */
export async function queryDuck(
  connection: DuckDBConnection,
  { duck, fields }: Shape
): Promise<ReadonlyArray<string>> {
  const columns = fields.map(({ name, kind }) => shown(name, kind)).join(", ")
  const order = fields.map(({ name }) => `q.${name} NULLS FIRST`).join(", ")
  const reader = await connection.runAndReadAll(
    `SELECT ${columns} FROM (${duck}) AS q ORDER BY ${order}`
  )
  return reader.getRows().map((row) =>
    row.map((cell, i) => {
      if (cell === null) return "NULL"
      const { kind } = fields[i]!
      if (kind === "STRING") return JSON.stringify(cell)
      return kind === "DOUBLE" ? String(Number(cell)) : String(cell)
    }).join(", ")
  )
}
