/** Statements that change rows: INSERT, UPDATE, DELETE, TRUNCATE, and the statement sets that hold inserts. */
import type { Insert, Name, PartitionValue, Statement, StatementSet } from "./ast.ts"
import type { Cursor } from "./cursor.ts"
import { parsePartition } from "./parse-column.ts"
import { parseHints } from "./parse-hint.ts"

/** `INSERT INTO …`, `INSERT OVERWRITE …`, `UPSERT INTO …`. */
export function parseInsert(cursor: Cursor): Insert {
  const start = cursor.start
  const upsert = cursor.expectAny("INSERT", "UPSERT") === "UPSERT"
  if (upsert && cursor.at("OVERWRITE")) throw cursor.fault("OVERWRITE stands only behind INSERT")
  const overwrite = cursor.expectAny("INTO", "OVERWRITE") === "OVERWRITE"
  const table = cursor.name()
  const hints = parseHints(cursor)
  const partition: ReadonlyArray<PartitionValue> = cursor.accept("PARTITION")
    ? parsePartition(cursor)
    : []
  let columns: ReadonlyArray<Name> | undefined
  if (cursor.at("(") && cursor.atName(1)) columns = cursor.parenthesised(() => cursor.name())
  const query = cursor.grammar.query(cursor)
  const onConflict = parseConflict(cursor)
  const span = cursor.span(start)
  return {
    kind: "insert",
    upsert,
    overwrite,
    table,
    hints,
    partition,
    columns,
    query,
    onConflict,
    span
  }
}

function parseConflict(cursor: Cursor): Insert["onConflict"] {
  if (!cursor.accept("ON")) return undefined
  cursor.expect("CONFLICT", "DO")
  return cursor.expectAny("DEDUPLICATE", "NOTHING", "ERROR")
}

/** `STATEMENT SET BEGIN insert; … END`. */
export function parseStatementSet(cursor: Cursor): StatementSet {
  const start = cursor.start
  cursor.expect("STATEMENT", "SET", "BEGIN")
  const inserts: Array<Insert> = []
  do {
    if (!cursor.at("INSERT") && !cursor.at("UPSERT")) throw cursor.unexpected()
    inserts.push(parseInsert(cursor))
    cursor.expect(";")
  } while (!cursor.at("END"))
  cursor.expect("END")
  return { kind: "statementSet", inserts, span: cursor.span(start) }
}

/** `UPDATE t SET a = 1 WHERE …`. */
export function parseUpdate(cursor: Cursor): Statement {
  const start = cursor.start
  cursor.expect("UPDATE")
  const table = cursor.name()
  const alias = cursor.accept("AS") || cursor.atName() ? cursor.identifier() : undefined
  cursor.expect("SET")
  const assignments = cursor.list(() => {
    const part = cursor.identifier()
    cursor.expect("=")
    const value = cursor.grammar.expression(cursor)
    return { column: { kind: "name", parts: [part], span: part.span } as Name, value }
  })
  const where = cursor.accept("WHERE") ? cursor.grammar.expression(cursor) : undefined
  return { kind: "update", table, alias, assignments, where, span: cursor.span(start) }
}

/** `DELETE FROM t WHERE …`. */
export function parseDelete(cursor: Cursor): Statement {
  const start = cursor.start
  cursor.expect("DELETE", "FROM")
  const table = cursor.name()
  const alias = cursor.accept("AS") || cursor.atName() ? cursor.identifier() : undefined
  const where = cursor.accept("WHERE") ? cursor.grammar.expression(cursor) : undefined
  return { kind: "delete", table, alias, where, span: cursor.span(start) }
}

/** `TRUNCATE TABLE t`. */
export function parseTruncate(cursor: Cursor): Statement {
  const start = cursor.start
  cursor.expect("TRUNCATE", "TABLE")
  const table = cursor.name()
  return { kind: "truncateTable", table, span: cursor.span(start) }
}
