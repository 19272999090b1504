/**
 * The leaves of expressions: input columns, or fields within ROW columns, that generated code reads. The *form* of a leaf (whether it has
 * NULLs, is wide, is coded) is what a loop is specialised to.
 */
import { Column } from "../../batch/column.ts"
import type { Layout, LogicalType } from "../../type/logical-type.ts"
import { layoutOf } from "../../type/logical-type.ts"
import type { Expression } from "../expression.ts"

/** One leaf: the path of column and field numbers. */
export interface Leaf {
  readonly path: ReadonlyArray<number>
  readonly type: LogicalType
  readonly layout: Layout
}

/** Bits of a form. */
export const FormBit = { nulls: 1, wide: 2, coded: 4 } as const

/** The path of an expression that only reaches into the input; undefined for anything else. */
export function leafPath(expression: Expression): ReadonlyArray<number> | undefined {
  if (expression.op === "input") return [expression.index]
  if (expression.op !== "field") return undefined
  const of = leafPath(expression.of)
  return of && [...of, expression.index]
}

/** Call `visit` for each leaf in `expression`. */
export function visitLeaves(
  expression: Expression,
  visit: (path: ReadonlyArray<number>, leaf: Expression) => void
): void {
  const path = leafPath(expression)
  if (path !== undefined) visit(path, expression)
  else if (expression.op === "field" || expression.op === "cast") visitLeaves(expression.of, visit)
  else if (expression.op === "call") { for (const arg of expression.args) visitLeaves(arg, visit) }
}

/** The distinct leaves of all expressions, in order of appearance. */
export function leavesOf(expressions: ReadonlyArray<Expression>): ReadonlyArray<Leaf> {
  const leaves = new Map<string, Leaf>()
  for (const expression of expressions) {
    visitLeaves(expression, (path, leaf) => {
      const key = path.join(".")
      if (!leaves.has(key)) leaves.set(key, { path, type: leaf.type, layout: layoutOf(leaf.type) })
    })
  }
  return [...leaves.values()]
}

function union(a: Uint8Array | undefined, b: Uint8Array | undefined): Uint8Array | undefined {
  if (a === undefined || b === undefined) return a ?? b
  const both = new Uint8Array(a.length)
  for (let i = 0; i < both.length; i++) both[i] = a[i]! | b[i]!
  return both
}

/** The column of a leaf: a field is NULL wherever a ROW around it is. */
export function resolveLeaf(leaf: Leaf, columns: ReadonlyArray<Column>): Column {
  const { path } = leaf
  let column = columns[path[0]!]!
  if (path.length === 1) return column
  let nulls = column.nulls
  for (let i = 1; i < path.length; i++) {
    column = column.children[path[i]!]!
    nulls = union(nulls, column.nulls)
  }
  return nulls === column.nulls ? column : withNulls(column, nulls)
}

function withNulls(column: Column, nulls: Uint8Array | undefined): Column {
  const { layout, rows, values, nanos, bytes, starts, lengths, dictionary, children } = column
  return new Column({
    layout,
    rows,
    values,
    nanos,
    bytes,
    starts,
    lengths,
    dictionary,
    children,
    nulls
  })
}

/** The form of a column, a sum of {@link FormBit}s. */
export function formBits(column: Column): number {
  let bits = column.nulls === undefined ? 0 : FormBit.nulls
  if (column.layout === "i64" && !(column.values instanceof Float64Array)) bits |= FormBit.wide
  if (column.layout === "bytes" && column.dictionary !== undefined) bits |= FormBit.coded
  return bits
}

/** The form that every column can be brought into. */
export function generalBits(layout: Layout): number {
  return FormBit.nulls | (layout === "i64" ? FormBit.wide : 0)
}

/** The same values in the general form: NULL marks, wide, plain. */
export function generalise(column: Column): Column {
  const nulls = column.nulls ?? new Uint8Array(column.rows)
  if (column.layout === "i64" && column.values instanceof Float64Array) {
    const values = new BigInt64Array(column.rows)
    for (let i = 0; i < column.rows; i++) if (nulls[i] === 0) values[i] = BigInt(column.values[i]!)
    return new Column({ layout: "i64", rows: column.rows, values, nulls })
  }
  const { dictionary } = column
  if (column.layout !== "bytes" || dictionary === undefined) return withNulls(column, nulls)
  const codes = column.values as Int32Array
  const starts = new Int32Array(column.rows)
  const lengths = new Int32Array(column.rows)
  for (let i = 0; i < column.rows; i++) {
    if (nulls[i] === 1) continue
    starts[i] = dictionary.starts[codes[i]!]!
    lengths[i] = dictionary.lengths[codes[i]!]!
  }
  return new Column({
    layout: "bytes",
    rows: column.rows,
    bytes: dictionary.bytes,
    starts,
    lengths,
    nulls
  })
}
