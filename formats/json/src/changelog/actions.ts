/**
 * Decides, row by row as envelopes are read, what each does and how many rows it gives; or what is wrong with it. Works on the columns
 * in the making, so that a bad record is told at once.
 */
import { type DecodedColumn, decodeUtf8, encodeUtf8 } from "@millrace/core/internal"
import type { Dialect } from "./dialect.ts"

/** What an envelope does. */
export const Does = { nothing: 0, insert: 1, update: 2, delete: 3 } as const

const codes = { insert: Does.insert, update: Does.update, delete: Does.delete, skip: Does.nothing }

/** What {@link Actions.of} found: an action, and the rows it gives; or a problem, as a sentence. */
export interface Verdict {
  does: number
  rows: number
  problem: string | undefined
}

/** See the head of this file. */
export class Actions {
  private readonly dialect: Dialect
  private readonly names: ReadonlyArray<{ readonly bytes: Uint8Array; readonly does: number }>
  private readonly current: DecodedColumn
  private readonly previous: DecodedColumn
  private readonly operation: DecodedColumn

  constructor(
    dialect: Dialect,
    current: DecodedColumn,
    previous: DecodedColumn,
    operation: DecodedColumn
  ) {
    this.dialect = dialect
    this.names = Object.entries(dialect.actions).map(([name, action]) => ({
      bytes: encodeUtf8(name),
      does: codes[action]
    }))
    this.current = current
    this.previous = previous
    this.operation = operation
  }

  /** What envelope `row` does; `base`: what its text is views into. */
  of(row: number, base: Uint8Array, verdict: Verdict): void {
    verdict.problem = undefined
    verdict.rows = 0
    verdict.does = this.named(row, this.operation.own ?? base)
    if (verdict.does < 0) {
      verdict.does = Does.nothing
      verdict.problem = this.unknown(row, this.operation.own ?? base)
    } else if (verdict.does !== Does.nothing) this.count(row, verdict)
  }

  private named(row: number, bytes: Uint8Array): number {
    const { nulls, starts, lengths } = this.operation
    if (nulls[row] === 1) return -1
    const start = starts[row]!, length = lengths[row]!
    for (const name of this.names) if (same(name.bytes, bytes, start, length)) return name.does
    return -1
  }

  private unknown(row: number, bytes: Uint8Array): string {
    const { operation, title, actions } = this.dialect
    const wanted = Object.keys(actions).map((name) => `"${name}"`).join(", ")
    const { nulls, starts, lengths } = this.operation
    const found = nulls[row] === 1
      ? "it has none"
      : `found "${decodeUtf8(bytes, starts[row]!, Math.min(lengths[row]!, 40))}"`
    return `Expected ${wanted} in field '${operation}' of the ${title} record but ${found}`
  }

  /** The rows before and after must be there. */
  private count(row: number, verdict: Verdict): void {
    const { before, lists } = this.dialect
    const { does } = verdict
    const needsCurrent = does !== Does.delete || before === "changed"
    const needsPrevious = does === Does.update || (does === Does.delete && before === "whole")
    if (needsCurrent && this.current.nulls[row] === 1) {
      verdict.problem = this.missing(this.dialect.current, does)
    } else if (needsPrevious && this.previous.nulls[row] === 1) {
      verdict.problem = this.missing(this.dialect.previous, does)
    } else {
      const rows = lists ? this.elements(row, needsPrevious, verdict) : 1
      verdict.rows = does === Does.update ? 2 * rows : rows
    }
    if (verdict.problem !== undefined) {
      verdict.does = Does.nothing
      verdict.rows = 0
    }
  }

  private missing(field: string, does: number): string {
    const { title, before, previous } = this.dialect
    const hint = before === "whole" && field === previous
      ? `; a PostgreSQL table needs REPLICA IDENTITY FULL for its old rows to be told`
      : ""
    return `Expected a row in field '${field}' of the ${title} ${
      does === Does.update ? "update" : does === Does.delete ? "delete" : "insert"
    } but it has none${hint}`
  }

  /** The number of rows of a record with arrays. */
  private elements(row: number, both: boolean, verdict: Verdict): number {
    const { current, previous, dialect } = this
    const rows = current.lengths[row]!
    if (hasNull(current, row, rows)) {
      verdict.problem = `Expected rows in field '${dialect.current}' but one of them is null`
    } else if (both && previous.lengths[row]! < rows) {
      verdict.problem =
        `Expected ${rows} rows in field '${dialect.previous}', as many as in '${dialect.current}', but found ${previous
          .lengths[row]!}`
    } else if (both && hasNull(previous, row, rows)) {
      verdict.problem = `Expected rows in field '${dialect.previous}' but one of them is null`
    }
    return rows
  }
}

/** Whether one of the first `count` elements is NULL. */
function hasNull(list: DecodedColumn, row: number, count: number): boolean {
  const { nulls } = list.children[0]!
  const start = list.starts[row]!
  for (let i = start, end = start + count; i < end; i++) {
    if (nulls[i] === 1) return true
  }
  return false
}

function same(name: Uint8Array, bytes: Uint8Array, start: number, length: number): boolean {
  if (length !== name.length) return false
  for (let i = 0; i < length; i++) if (name[i] !== bytes[start + i]) return false
  return true
}
