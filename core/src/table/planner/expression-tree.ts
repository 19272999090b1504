/** Walking and rewriting expressions: columns used, conjuncts, substitution, chains of fields. Everything here is pure. */
import { type LogicalType, simple, withNullable } from "../../type/logical-type.ts"
import type { Expression } from "../expression.ts"
import { isDeterministic, isUserName, scalarOf } from "../function/registry.ts"

/** A column, or a field within it: `[2, 0]` is the first field of column 2. */
export type ColumnPath = ReadonlyArray<number>

/** Column `index` as an expression. */
export function input(index: number, type: LogicalType): Expression {
  return { op: "input", index, type }
}

/** TRUE or FALSE. */
export function truth(value: boolean): Expression {
  return { op: "literal", value, type: simple("BOOLEAN", false) }
}

/** The direct parts of an expression. */
export function partsOf(expression: Expression): ReadonlyArray<Expression> {
  switch (expression.op) {
    case "field":
    case "cast":
      return [expression.of]
    case "call":
      return expression.args
    default:
      return []
  }
}

/** The same expression over other parts; the same object when no part differs. */
export function mapParts(
  expression: Expression,
  change: (part: Expression) => Expression
): Expression {
  switch (expression.op) {
    case "field":
    case "cast": {
      const of = change(expression.of)
      return of === expression.of ? expression : { ...expression, of }
    }
    case "call": {
      const args = expression.args.map(change)
      return args.every((arg, i) => arg === expression.args[i])
        ? expression
        : { ...expression, args }
    }
    default:
      return expression
  }
}

/**
 * `changed`, which is `original` over other parts, with the nullability that those parts give it: keys of grouping sets may be NULL where
 * the columns that they stand for are not.
 */
export function retype(original: Expression, changed: Expression): Expression {
  if (original === changed || changed.type.nullable) return changed
  if (changed.op !== "call") {
    return partsOf(changed).some((part) => part.type.nullable)
      ? { ...changed, type: withNullable(changed.type, true) }
      : changed
  }
  if (changed.args.every((arg, i) => !arg.type.nullable || partsOf(original)[i]!.type.nullable)) {
    return changed
  }
  const literals = changed.args.map((arg) => arg.op === "literal" ? arg.value : undefined)
  if (isUserName(changed.name)) return changed
  const signature = scalarOf(changed.name).infer(changed.args.map((arg) => arg.type), literals)
  const nullable = typeof signature === "string" || signature.type.nullable
  return nullable ? { ...changed, type: withNullable(changed.type, true) } : changed
}

/** Replace each column by what `change` makes of its number. */
export function mapInputs(
  expression: Expression,
  change: (index: number, type: LogicalType) => Expression
): Expression {
  if (expression.op === "input") return change(expression.index, expression.type)
  return mapParts(expression, (part) => mapInputs(part, change))
}

/** Replace columns by expressions over another input; a column at fault keeps its own nullability by its type. */
export function substitute(expression: Expression, by: ReadonlyArray<Expression>): Expression {
  return mapInputs(expression, (index) => by[index]!)
}

/** Add `by` to each column number. */
export function shift(expression: Expression, by: number): Expression {
  return by === 0 ? expression : mapInputs(expression, (index, type) => input(index + by, type))
}

/** Numbers of the columns that stand in an expression. */
export function inputsOf(expression: Expression, into: Set<number> = new Set()): Set<number> {
  if (expression.op === "input") into.add(expression.index)
  else for (const part of partsOf(expression)) inputsOf(part, into)
  return into
}

/** The path of a column or of a field of a field of a column; undefined for anything else. */
export function pathOf(expression: Expression): ColumnPath | undefined {
  if (expression.op === "input") return [expression.index]
  if (expression.op !== "field") return undefined
  const path = pathOf(expression.of)
  return path === undefined ? undefined : [...path, expression.index]
}

/** Call `visit` with each column or longest chain of fields in an expression. */
export function visitPaths(expression: Expression, visit: (path: ColumnPath) => void): void {
  const path = pathOf(expression)
  if (path !== undefined) visit(path)
  else for (const part of partsOf(expression)) visitPaths(part, visit)
}

/** Field `index` of a ROW expression; nullable when the row is. */
export function fieldOf(of: Expression, index: number): Expression {
  const row = of.type
  if (row.kind !== "ROW") {
    throw new Error(`Broken invariant: only a ROW has fields, not ${row.kind}`)
  }
  const type = row.fields[index]!.type
  return {
    op: "field",
    of,
    index,
    type: row.nullable && !type.nullable ? { ...type, nullable: true } : type
  }
}

/** The parts that AND joins. */
export function conjunctsOf(condition: Expression): ReadonlyArray<Expression> {
  return condition.op === "call" && condition.name === "and"
    ? condition.args.flatMap(conjunctsOf)
    : [condition]
}

/** All of the conditions; undefined when there are none. */
export function allOf(conditions: ReadonlyArray<Expression>): Expression | undefined {
  const seen = new Map<string, Expression>()
  for (const condition of conditions) {
    for (const conjunct of conjunctsOf(condition)) seen.set(JSON.stringify(conjunct), conjunct)
  }
  const distinct = [...seen.values()]
  if (distinct.length < 2) return distinct[0]
  return distinct.reduce((left, right) => ({
    op: "call",
    name: "and",
    args: [left, right],
    type: simple("BOOLEAN", left.type.nullable || right.type.nullable)
  }))
}

/** Number of nodes of an expression, counted up to `limit`. */
export function sizeOf(expression: Expression, limit: number): number {
  let size = 1
  for (const part of partsOf(expression)) {
    if (size >= limit) break
    size += sizeOf(part, limit - size)
  }
  return size
}

/** Whether evaluating it twice may give two values. */
export function isUnstable(expression: Expression): boolean {
  if (expression.op === "call" && !isDeterministic(expression.name)) return true
  return partsOf(expression).some(isUnstable)
}
