/**
 * A join with a table as it is now: `JOIN t FOR SYSTEM_TIME AS OF PROCTIME()`. The table is asked for the rows of each key; equalities with
 * its columns are the keys, what else ON says is tested behind the answers, computed columns are computed of them.
 */
import type { Expression } from "../expression.ts"
import type { LogicalType } from "../../type/logical-type.ts"
import { commonType } from "../function/type-rule.ts"
import { castTo, differs } from "./bind-expression.ts"
import type { TimedTable } from "./bind-temporal.ts"
import { allOf, conjunctsOf, input, inputsOf, mapInputs, substitute } from "./expression-tree.ts"
import { columnsOf } from "./free-query.ts"
import { notSupported, planFault } from "./plan-fault.ts"
import { isKind, type Relation, type WorkOf } from "./relation.ts"
import type { Scope } from "./scope.ts"
import { lookupHint } from "./select-hints.ts"

/** A table's declared columns over those that it is asked for. */
interface Asked {
  readonly table: string
  readonly columns: ReadonlyArray<Expression>
  readonly types: ReadonlyArray<LogicalType>
}

/** Bind the join; `condition` is over the columns of both sides. */
export function bindLookup(given: TimedTable, condition: Expression | undefined): Scope {
  const { join, table, left, right } = given
  const { context } = left
  const { pool, source } = context
  const asked = askedOf(right.relation, context.tables)
  if (asked === undefined) {
    throw notSupported(
      source,
      table.span,
      "FOR SYSTEM_TIME AS OF PROCTIME() with a view or with metadata columns"
    )
  }
  const width = left.relation.columns.length
  const declared = asked.columns.map((expression) =>
    mapInputs(expression, (index, type) => input(index + width, type))
  )
  const own = columnsOf(left.relation)
  const whole = condition && substitute(condition, [...own, ...declared])
  const split = splitKeys(whole, width, asked.types)
  if (split.keys.length === 0) {
    throw planFault(
      source,
      join.on?.span ?? join.span,
      "A table that is looked up must be compared by = with at least one of its columns",
      "Add to ON: table.key = row.key"
    )
  }
  const prepared = [...own]
  const leftKeys = split.keys.map(({ expression }) => {
    if (expression.op === "input") return expression.index
    return prepared.push(expression) - 1
  })
  const added = prepared.length - width
  const hint = lookupHint(context, [
    ...table.name.parts.map((part) => part.name).slice(-1),
    ...join.right.kind === "aliasedTable" ? [join.right.alias.name] : []
  ])
  const moved = (expression: Expression): Expression =>
    mapInputs(expression, (index, type) => input(index < width ? index : index + added, type))
  const rest = allOf(split.rest)
  const work: WorkOf<"lookup"> = {
    kind: "lookup",
    type: join.type === "LEFT" ? "left" : "inner",
    table: asked.table,
    columns: asked.types.map((_, column) => column),
    leftKeys,
    rightKeys: split.keys.map(({ column }) => column),
    condition: rest && moved(rest),
    ...hint
  }
  const looked = pool.make(work, [pool.project(left.relation, prepared)])
  const isLeft = work.type === "left"
  const output = declared.map((expression) =>
    mapInputs(moved(expression), (index) => input(index, looked.columns[index]!.type))
  )
  if (isLeft && declared.some((expression) => expression.op !== "input")) {
    throw notSupported(
      source,
      table.span,
      "LEFT JOIN with computed columns of a table that is looked up"
    )
  }
  const names = [...left.relation.columns, ...right.relation.columns].map((column) => column.name)
  const relation = pool.project(looked, [...columnsOf(looked).slice(0, width), ...output], names)
  const shifted = right.columns.map((column) => ({ ...column, index: column.index + width }))
  return { context, relation, columns: [...left.columns, ...shifted] }
}

/** The table below computed columns and a watermark; undefined for anything else. */
function askedOf(relation: Relation, tables: Scope["context"]["tables"]): Asked | undefined {
  if (isKind(relation, "watermark")) return askedOf(relation.inputs[0]!, tables)
  if (isKind(relation, "scan")) {
    const table = tables.get(relation.work.table)!
    const types = table.physical.map((field) => field.type)
    if (relation.columns.length > types.length) return undefined
    return { table: table.name, columns: columnsOf(relation), types }
  }
  if (!isKind(relation, "project")) return undefined
  const below = askedOf(relation.inputs[0]!, tables)
  return below && {
    ...below,
    columns: relation.work.expressions.map((expression) => substitute(expression, below.columns))
  }
}

interface SplitKeys {
  readonly keys: Array<{ readonly expression: Expression; readonly column: number }>
  readonly rest: Array<Expression>
}

/** Equalities of something of the left with a column of the table, in the column's type. */
function splitKeys(
  condition: Expression | undefined,
  width: number,
  types: ReadonlyArray<LogicalType>
): SplitKeys {
  const split: SplitKeys = { keys: [], rest: [] }
  for (const conjunct of condition === undefined ? [] : conjunctsOf(condition)) {
    const key = keyOf(conjunct, width, types)
    if (key !== undefined && !split.keys.some(({ column }) => column === key.column)) {
      split.keys.push(key)
    } else split.rest.push(conjunct)
  }
  return split
}

function keyOf(
  conjunct: Expression,
  width: number,
  types: ReadonlyArray<LogicalType>
): SplitKeys["keys"][number] | undefined {
  if (conjunct.op !== "call" || conjunct.name !== "equals") return undefined
  const [a, b] = conjunct.args as [Expression, Expression]
  const isTable = (side: Expression): boolean => side.op === "input" && side.index >= width
  const [column, expression] = isTable(a) ? [a, b] : [b, a]
  if (column.op !== "input" || column.index < width) return undefined
  const used = [...inputsOf(expression)]
  if (used.some((index) => index >= width)) return undefined
  const type = types[column.index - width]!
  const common = commonType([type, expression.type])
  const bothText = "length" in type && "length" in expression.type &&
    type.kind === expression.type.kind
  if (common === undefined || (!bothText && differs(common, type))) return undefined
  return {
    expression: bothText ? expression : castTo(expression, type),
    column: column.index - width
  }
}
