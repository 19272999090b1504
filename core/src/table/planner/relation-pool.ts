/**
 * Makes relations and derives their columns. Equal work over the same inputs is made once, so relations form a graph in which
 * whatever two statements share is one object.
 */
import { assert } from "../../fault.ts"
import {
  type Field,
  type LogicalType,
  simple,
  timestamp,
  withNullable
} from "../../type/logical-type.ts"
import type { Expression } from "../expression.ts"
import { type ColumnPath, pathOf } from "./expression-tree.ts"
import type {
  Relation,
  RelationColumn,
  RelationWork,
  Timed,
  WindowColumn,
  WindowProperty,
  WorkOf
} from "./relation.ts"

/** The columns of a windowing function, in the order in which it appends them. */
export const windowColumns: ReadonlyArray<WindowColumn> = [
  "window_start",
  "window_end",
  "window_time"
]

/** Column numbers from here on stand for columns of a query further out; no relation has so many columns. */
export const outerBase: number = 2 ** 30

/** Makes the relations of one job. */
export class RelationPool {
  readonly #byKey = new Map<string, Relation>()
  readonly #scanColumns = new Map<string, ReadonlyArray<RelationColumn>>()
  #references = 0

  /** A column number that stands for a column of a query further out, until the queries are joined. */
  reference(): number {
    return outerBase + this.#references++
  }

  /** Read a table; `columns` are its physical columns and its metadata columns. */
  scan(table: string, columns: ReadonlyArray<RelationColumn>): Relation {
    this.#scanColumns.set(table, columns)
    return this.make({ kind: "scan", table, projection: undefined }, [])
  }

  /** Columns as expressions over `of`; `names` are those of the result. The same relation when it changes nothing. */
  project(
    of: Relation,
    expressions: ReadonlyArray<Expression>,
    names?: ReadonlyArray<string>
  ): Relation {
    const same = expressions.length === of.columns.length &&
      expressions.every((expression, i) => expression.op === "input" && expression.index === i)
    return same ? of : this.make({ kind: "project", expressions }, [of], names)
  }

  /** Rows for which the condition is TRUE. */
  filter(of: Relation, condition: Expression | undefined): Relation {
    if (condition === undefined) return of
    if (condition.op === "literal" && condition.value === true) return of
    return this.make({ kind: "filter", condition }, [of])
  }

  /** Any relation. */
  make<W extends RelationWork>(
    work: W,
    inputs: ReadonlyArray<Relation>,
    names?: ReadonlyArray<string>
  ): Relation<W> {
    const key = JSON.stringify([work, inputs.map((relation) => relation.id)])
    const known = this.#byKey.get(key)
    if (known !== undefined) return known as Relation<W>
    const id = this.#byKey.size
    const columns = this.#columns(work, inputs, id)
    const named = names === undefined
      ? columns
      : columns.map((column, i) => ({ ...column, name: names[i]! }))
    const relation: Relation<W> = { id, work, inputs, columns: named }
    this.#byKey.set(key, relation)
    return relation
  }

  #columns(
    work: RelationWork,
    inputs: ReadonlyArray<Relation>,
    id: number
  ): ReadonlyArray<RelationColumn> {
    switch (work.kind) {
      case "scan":
        return scanned(this.#scanColumns.get(work.table)!, work.projection)
      case "values":
        return work.rows[0]!.map((_, at) => plain(`EXPR$${at}`, valueType(work.rows, at)))
      case "project":
        return work.expressions.map((expression, at) => projected(inputs[0]!, expression, at))
      case "filter":
      case "sort":
        return inputs[0]!.columns
      case "expand":
        return work.projections[0]!.map((_, at) => expanded(inputs[0]!, work.projections, at))
      case "sink":
        return inputs[0]!.columns.map((column, at) => ({ ...column, name: work.columns[at]! }))
      case "watermark":
        return inputs[0]!.columns.map((column, at) => ({ ...column, rowtime: at === work.column }))
      case "processing-time":
        return inputs[0]!.columns.map((column, at) => ({
          ...bare(column),
          rowtime: at === work.column
        }))
      case "window":
        return [...inputs[0]!.columns, ...appended(work, inputs[0]!, `w${id}`)]
      case "aggregate":
        return aggregated(work, inputs[0]!, `w${id}`)
      case "lookup": {
        const asked = this.#scanColumns.get(work.table)!
        const padded = work.columns.map((column) => {
          const { name, type } = asked[column]!
          return plain(name, withNullable(type, type.nullable || work.type === "left"))
        })
        return [...inputs[0]!.columns, ...padded]
      }
      case "unnest":
        return [
          ...inputs[0]!.columns,
          ...unnestedColumns(inputs[0]!.columns[work.column]!.type, work.outer, work.ordinality)
        ]
      case "join":
        return joined(work, inputs)
      case "over":
        return [
          ...numbered(inputs[0]!, work.timed),
          ...work.calls.map((call, at) => plain(`${call.name}$${at}`, call.type))
        ]
      case "number":
        return [...numbered(inputs[0]!, work.timed), plain("row_number", simple("BIGINT", false))]
      case "rank": {
        const keeps = work.windowEnd !== undefined
        const columns = inputs[0]!.columns.map((column) =>
          keeps
            ? { ...column, rowtime: column.rowtime && column.window?.property === "window_time" }
            : bare(column)
        )
        return work.withRank ? [...columns, plain("rank", simple("BIGINT", false))] : columns
      }
      case "union":
        return united(inputs)
      case "set-operation":
        return inputs[0]!.columns.map((column, at) => {
          const other = inputs[1]!.columns[at]!.type
          const nullable = column.type.nullable && (work.operation === "except" || other.nullable)
          return plain(column.name, withNullable(column.type, nullable))
        })
      case "collect":
        return inputs[0]!.columns.map((column, at) => ({ ...column, name: work.names[at]! }))
    }
  }
}

function plain(name: string, type: LogicalType): RelationColumn {
  return { name, type, rowtime: false, window: undefined }
}

/** The column without its meaning in time: behind an operator that gives rows at times of its own. */
function bare(column: RelationColumn): RelationColumn {
  return column.rowtime || column.window !== undefined ? plain(column.name, column.type) : column
}

function scanned(
  columns: ReadonlyArray<RelationColumn>,
  projection: WorkOf<"scan">["projection"]
): ReadonlyArray<RelationColumn> {
  return projection === undefined ? columns : projection.map((path) => atPath(columns, path))
}

/** The column, or field within one, at a path; its name has all parts. */
export function atPath(columns: ReadonlyArray<RelationColumn>, path: ColumnPath): RelationColumn {
  const column = columns[path[0]!]!
  if (path.length === 1) return column
  let { type, name } = column
  for (const index of path.slice(1)) {
    assert(type.kind === "ROW", "a path leads through rows")
    const field: Field = type.fields[index]!
    name = `${name}.${field.name}`
    type = withNullable(field.type, type.nullable || field.type.nullable)
  }
  return plain(name, type)
}

function valueType(rows: ReadonlyArray<ReadonlyArray<Expression>>, at: number): LogicalType {
  const first = rows[0]![at]!.type
  return withNullable(first, rows.some((row) => row[at]!.type.nullable))
}

function projected(of: Relation, expression: Expression, at: number): RelationColumn {
  if (expression.op === "input" && expression.index < outerBase) {
    return of.columns[expression.index]!
  }
  const path = pathOf(expression)
  if (path === undefined || path[0]! >= outerBase) return plain(`EXPR$${at}`, expression.type)
  return plain(atPath(of.columns, path).name, expression.type)
}

/** A column that all projections give on stays what it is. */
function expanded(
  of: Relation,
  projections: WorkOf<"expand">["projections"],
  at: number
): RelationColumn {
  const all = projections.map((projection) => projected(of, projection[at]!, at))
  const kept = all.find((column) => !column.name.startsWith("EXPR$")) ?? all[0]!
  if (all.every((column) => column === kept)) return kept
  return plain(kept.name, withNullable(kept.type, all.some((column) => column.type.nullable)))
}

/** Rows leave an OVER in order of event time only when that is its order. */
function numbered(of: Relation, timed: Timed | undefined): ReadonlyArray<RelationColumn> {
  if (timed === "event-time") return of.columns
  return of.columns.map((column) => column.rowtime ? { ...column, rowtime: false } : column)
}

function appended(work: WorkOf<"window">, of: Relation, id: string): ReadonlyArray<RelationColumn> {
  const time = of.columns[work.timeColumn]!.type
  return windowColumns.map((property) =>
    windowColumn(property, { id, window: work.window, property }, time)
  )
}

/** A window's column. The time attribute keeps the type of the rowtime that the window is over. */
function windowColumn(
  name: WindowColumn,
  window: WindowProperty,
  time: LogicalType
): RelationColumn {
  const isTime = name === "window_time"
  const type = isTime ? withNullable(time, false) : timestamp(3, false)
  return { name, type, rowtime: isTime, window }
}

function aggregated(
  work: WorkOf<"aggregate">,
  of: Relation,
  id: string
): ReadonlyArray<RelationColumn> {
  const keys = work.keys.map((key) => bare(of.columns[key]!))
  const calls = work.calls.map((call, at) => plain(`${call.name}$${at}`, call.type))
  if (work.window === undefined) return [...keys, ...calls]
  const { window, properties, timeColumn } = work.window
  const time = of.columns[timeColumn]!.type
  return [
    ...keys,
    ...calls,
    ...properties.map((property) => windowColumn(property, { id, window, property }, time))
  ]
}

/** The columns that unnesting a collection appends. */
export function unnestedColumns(
  type: LogicalType,
  outer: boolean,
  ordinality: boolean
): ReadonlyArray<RelationColumn> {
  const may = (of: LogicalType, nullable = false): LogicalType =>
    withNullable(of, of.nullable || outer || nullable)
  const place = ordinality ? [plain("ORDINALITY", may(simple("INT", false)))] : []
  assert(
    type.kind === "MAP" || type.kind === "ARRAY" || type.kind === "MULTISET",
    "only collections are unnested"
  )
  if (type.kind === "MAP") {
    return [plain("KEY", may(type.key)), plain("VALUE", may(type.value)), ...place]
  }
  const { element } = type
  if (element.kind !== "ROW") return [plain("f0", may(element)), ...place]
  const fields = element.fields.map((field) => plain(field.name, may(field.type, element.nullable)))
  return [...fields, ...place]
}

function joined(
  work: WorkOf<"join">,
  inputs: ReadonlyArray<Relation>
): ReadonlyArray<RelationColumn> {
  const { type, interval, temporal, windowEnd } = work
  const side = (
    relation: Relation,
    optional: boolean,
    time: number | undefined
  ): ReadonlyArray<RelationColumn> =>
    relation.columns.map((column, at) => ({
      // Behind a join of windows rows are in their windows still.
      ...windowEnd !== undefined && !optional && column.window !== undefined
        ? column
        : bare(column),
      // Behind an interval join the times that it compares are event times still.
      rowtime: !optional &&
        (at === time || (windowEnd !== undefined && column.window?.property === "window_time")),
      type: optional ? withNullable(column.type, true) : column.type
    }))
  const left = side(
    inputs[0]!,
    type === "right" || type === "full",
    (interval ?? temporal)?.leftTime
  )
  if (type === "semi" || type === "anti") return left
  const padded = type === "left" || type === "full"
  return [...left, ...side(inputs[1]!, padded, interval?.rightTime)]
}

function united(inputs: ReadonlyArray<Relation>): ReadonlyArray<RelationColumn> {
  return inputs[0]!.columns.map((column, at) => {
    const others = inputs.map((relation) => relation.columns[at]!)
    return {
      name: column.name,
      type: withNullable(column.type, others.some((other) => other.type.nullable)),
      rowtime: others.every((other) => other.rowtime),
      window: others.every((other) => other.window?.id === column.window?.id)
        ? column.window
        : undefined
    }
  })
}
