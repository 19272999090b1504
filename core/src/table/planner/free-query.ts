/** Queries that have been freed of references to the query around them, and the small rewritings that this takes. */
import { simple } from "../../type/logical-type.ts"
import type { AggregateCall, Expression } from "../expression.ts"
import { literal } from "./bind-literal.ts"
import { input, mapInputs, shift } from "./expression-tree.ts"
import { outerBase } from "./relation-pool.ts"
import { isKind, type Relation, type RelationWork, type WorkOf } from "./relation.ts"
import { simplify } from "./simplify.ts"

/** An inner query without references in its relation. */
export interface Free {
  readonly relation: Relation
  /** One per column of the query, over columns of `relation` and references. */
  readonly outputs: ReadonlyArray<Expression>
  /** Over the same. */
  readonly conditions: ReadonlyArray<Expression>
  /** The row that an outer row gets when none is there: what aggregates give over no rows. */
  readonly missing: ReadonlyArray<Expression> | undefined
}

/** Columns move, references stay. */
export function shifted(expression: Expression, by: number): Expression {
  return mapInputs(
    expression,
    (index, type) => input(index >= outerBase ? index : index + by, type)
  )
}

/** All columns of a relation. */
export function columnsOf(relation: Relation): ReadonlyArray<Expression> {
  return relation.columns.map((column, index) => input(index, column.type))
}

/** An expression over a query's columns as one over what these are; references stay. */
export function over(expression: Expression, outputs: ReadonlyArray<Expression>): Expression {
  return mapInputs(expression, (index, type) => outputs[index] ?? input(index, type))
}

/** Columns from `width` on may be NULL now. */
export function nullableInputs(expression: Expression, width: number): Expression {
  return mapInputs(
    expression,
    (index, type) =>
      input(index, index < width || index >= outerBase ? type : { ...type, nullable: true })
  )
}

/** `output`, or `missing` where the marker of a joined row is NULL. */
export function orMissing(
  output: Expression,
  marker: Expression,
  missing: Expression
): Expression {
  const isNull = missing.op === "literal" && missing.value === null
  if (isNull && output.op === "input") return output
  const type = { ...output.type, nullable: output.type.nullable || isNull || missing.type.nullable }
  return {
    op: "call",
    name: "case",
    args: [
      { op: "call", name: "isNull", args: [marker], type: simple("BOOLEAN", false) },
      isNull ? { ...missing, type } : missing,
      output
    ],
    type
  }
}

/** Whether a condition without columns may be TRUE. */
export function mayHold(condition: Expression): boolean {
  return condition.op !== "literal" || condition.value === true
}

/** What an aggregate gives over no rows. */
export function overNothing(call: AggregateCall): Expression {
  return call.name === "count" || call.name === "sum0"
    ? literal("0", call.type)
    : literal(null, { ...call.type, nullable: true })
}

/** The row of an aggregation without keys over no rows, and of projections of it. */
export function missingOf(relation: Relation): ReadonlyArray<Expression> | undefined {
  if (isKind(relation, "aggregate")) {
    const { keys, calls, window } = relation.work
    return keys.length === 0 && window === undefined ? calls.map(overNothing) : undefined
  }
  if (!isKind(relation, "project")) return undefined
  const below = missingOf(relation.inputs[0]!)
  return below && relation.work.expressions.map((expression) => simplify(over(expression, below)))
}

/** The conditions of a join, its keys among them, over the columns of both inputs. */
export function joinConditions(
  { leftKeys, rightKeys, nullSafe, condition }: WorkOf<"join">,
  inputs: ReadonlyArray<Relation>
): ReadonlyArray<Expression> {
  const [left, right] = inputs as [Relation, Relation]
  const keys = leftKeys.map((key, i): Expression => {
    const a = input(key, left.columns[key]!.type)
    const b = right.columns[rightKeys[i]!]!.type
    const safe = nullSafe?.includes(i) === true
    return {
      op: "call",
      name: safe ? "isNotDistinctFrom" : "equals",
      args: [a, shift(input(rightKeys[i]!, b), left.columns.length)],
      type: simple("BOOLEAN", !safe && (a.type.nullable || b.nullable))
    }
  })
  return condition === undefined ? keys : [...keys, condition]
}

/** Whether a relation has one row at most, whatever its input. */
export function isSingle(relation: Relation): boolean {
  const { work }: { readonly work: RelationWork } = relation
  switch (work.kind) {
    case "aggregate":
      return work.keys.length === 0 && work.window === undefined
    case "values":
      return work.rows.length === 1
    case "rank":
      return work.from === work.to && work.partition.length === 0 && work.windowEnd === undefined
    case "project":
    case "filter":
      return isSingle(relation.inputs[0]!)
    default:
      return false
  }
}
