/** ORDER BY lists and window specifications, as OVER (…) and WINDOW w AS (…) hold them. */
import type { FrameBound, SortItem, WindowFrame, WindowSpecification } from "./ast.ts"
import type { Cursor } from "./cursor.ts"

/** `ORDER BY a DESC NULLS LAST, b`, or nothing. */
export function parseOrderBy(cursor: Cursor): ReadonlyArray<SortItem> {
  if (!cursor.accept("ORDER")) return []
  cursor.expect("BY")
  return cursor.list(() => parseSortItem(cursor))
}

/** One item of ORDER BY. */
export function parseSortItem(cursor: Cursor): SortItem {
  const start = cursor.start
  const expression = cursor.grammar.expression(cursor)
  const direction = cursor.acceptAny("ASC", "DESC")
  const nulls = cursor.accept("NULLS") ? cursor.expectAny("FIRST", "LAST") : undefined
  const ascending = direction === undefined ? undefined : direction === "ASC"
  return { kind: "sortItem", expression, ascending, nulls, span: cursor.span(start) }
}

/** `WITHIN GROUP (ORDER BY …)`. */
export function parseWithinGroup(cursor: Cursor): ReadonlyArray<SortItem> {
  if (!cursor.acceptAll("WITHIN", "GROUP")) return []
  cursor.expect("(")
  if (!cursor.at("ORDER")) throw cursor.unexpected()
  const orderBy = parseOrderBy(cursor)
  cursor.expect(")")
  return orderBy
}

/** `(base PARTITION BY … ORDER BY … ROWS …)`. */
export function parseWindow(cursor: Cursor): WindowSpecification {
  const start = cursor.start
  cursor.expect("(")
  const base = cursor.atName() ? cursor.identifier() : undefined
  const partitionBy = cursor.accept("PARTITION") ? parsePartitions(cursor) : []
  const orderBy = parseOrderBy(cursor)
  const frame = parseFrame(cursor)
  const partial = cursor.acceptAny("ALLOW", "DISALLOW")
  if (partial !== undefined) cursor.expect("PARTIAL")
  cursor.expect(")")
  return {
    kind: "window",
    base,
    partitionBy,
    orderBy,
    frame,
    partial: partial === undefined ? undefined : partial === "ALLOW",
    span: cursor.span(start)
  }
}

function parsePartitions(cursor: Cursor): WindowSpecification["partitionBy"] {
  cursor.expect("BY")
  return cursor.list(() => cursor.grammar.expression(cursor, true))
}

function parseFrame(cursor: Cursor): WindowFrame | undefined {
  const start = cursor.start
  const unit = cursor.acceptAny("ROWS", "RANGE")
  if (unit === undefined) return undefined
  if (!cursor.accept("BETWEEN")) {
    return { unit, low: parseBound(cursor), high: undefined, span: cursor.span(start) }
  }
  const low = parseBound(cursor)
  cursor.expect("AND")
  const high = parseBound(cursor)
  return { unit, low, high, span: cursor.span(start) }
}

function parseBound(cursor: Cursor): FrameBound {
  const start = cursor.start
  if (cursor.acceptAll("CURRENT", "ROW")) {
    return { direction: "CURRENT ROW", offset: undefined, span: cursor.span(start) }
  }
  const ahead = cursor.word(1)
  const unbounded = cursor.word() === "UNBOUNDED" &&
    (ahead === "PRECEDING" || ahead === "FOLLOWING")
  if (unbounded) cursor.index++
  const offset = unbounded ? undefined : cursor.grammar.expression(cursor, true)
  const direction = cursor.expectAny("PRECEDING", "FOLLOWING")
  return { direction, offset, span: cursor.span(start) }
}
