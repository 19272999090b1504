/**
 * Expressions of the syntax tree to typed expressions: names are resolved, types inferred by the function registry, implicit
 * casts made explicit, constants folded. What a clause does not allow is refused at its place.
 */
import type * as Ast from "../../sql/ast.ts"
import { format, type LogicalType, simple, withNullable } from "../../type/logical-type.ts"
import { foldConstant } from "../code/constant.ts"
import type { Expression } from "../expression.ts"
import type { KnownFunction } from "../user/user-call.ts"
import { functionNames, inferScalar, isScalarName } from "../function/registry.ts"
import { unitMillis, unitMonths } from "../function/instant.ts"
import { castable, isInteger, textType } from "../function/type-rule.ts"
import { jsonAggregate } from "./aggregate-name.ts"
import { bindJson, type JsonScope } from "./bind-json.ts"
import { bindLiteral, literal, textLiteral } from "./bind-literal.ts"
import { bindPeriods, isPeriodOperator } from "./bind-period.ts"
import { bindUserScalar, catalogFunction, systemFunction } from "./bind-user.ts"
import { bindType } from "./bind-type.ts"
import { notSupported, planFault, suggest } from "./plan-fault.ts"
import { type BindContext, bindField, resolveColumn, type Scope } from "./scope.ts"

/** Where an expression stands. */
export interface ExpressionScope {
  readonly scope: Scope
  /** For messages: `WHERE`. */
  readonly clause: string
  /** Takes an aggregate call; undefined where none may stand. */
  readonly aggregate: ((call: Ast.Call) => Expression) | undefined
  /** Takes a call with OVER; undefined where none may stand. */
  readonly over: ((call: Ast.Call) => Expression) | undefined
  /** Takes TUMBLE_START and its kin; undefined result: it is not one. */
  readonly groupWindow: ((call: Ast.Call) => Expression | undefined) | undefined
  /** Takes a query that stands as a value; absent where none may stand. */
  readonly subquery?: SubqueryTaker | undefined
}

/** Takes a query that stands as a value, met in the given scope. */
export type SubqueryTaker = (
  node: Ast.Subquery | Ast.Exists | Ast.InQuery | Ast.Quantified,
  at: ExpressionScope
) => Expression

/** A scope in which only scalar expressions stand. */
export function scalarScope(scope: Scope, clause: string): ExpressionScope {
  return { scope, clause, aggregate: undefined, over: undefined, groupWindow: undefined }
}

const aggregateNames: ReadonlySet<string> = new Set([
  "COUNT",
  "SUM",
  "SUM0",
  "$SUM0",
  "AVG",
  "MIN",
  "MAX",
  "FIRST_VALUE",
  "LAST_VALUE",
  "LISTAGG",
  "STDDEV",
  "STDDEV_POP",
  "STDDEV_SAMP",
  "VARIANCE",
  "VAR_POP",
  "VAR_SAMP",
  "COLLECT",
  "ARRAY_AGG",
  "SINGLE_VALUE",
  "APPROX_COUNT_DISTINCT",
  "PERCENTILE",
  "$JSON_ARRAYAGG_NULL",
  "$JSON_ARRAYAGG_ABSENT",
  "$JSON_OBJECTAGG_NULL",
  "$JSON_OBJECTAGG_ABSENT",
  "GROUPING",
  "GROUPING_ID",
  "GROUP_ID"
])

const overNames: ReadonlySet<string> = new Set([
  "ROW_NUMBER",
  "RANK",
  "DENSE_RANK",
  "PERCENT_RANK",
  "CUME_DIST",
  "NTILE",
  "LEAD",
  "LAG"
])

/** The name of a called function, upper case. */
export function callName(call: Ast.Call): string {
  return call.name.parts.map((part) => part.name).join(".").toUpperCase()
}

/** Whether it is a call of an aggregate without OVER. */
export function isAggregate(call: Ast.Call, context: BindContext): boolean {
  if (call.over !== undefined) return false
  return aggregateNames.has(callName(call)) ||
    userFunction(call, context)?.function.millrace === "aggregate"
}

/** Bind one expression. */
export function bindExpression(node: Ast.Expression, at: ExpressionScope): Expression {
  const { source } = at.scope.context
  switch (node.kind) {
    case "string":
    case "number":
    case "bytes":
    case "boolean":
    case "null":
    case "datetime":
    case "interval":
      return bindLiteral(source, node)
    case "column":
      return resolveColumn(at.scope, node.path)
    case "symbol":
      return textLiteral(node.value)
    case "unary":
      return bindUnary(node, at)
    case "binary":
      return bindBinary(node, at)
    case "is":
      return bindIs(node, at)
    case "between":
      return bindBetween(node, at)
    case "like":
      return bindLike(node, at)
    case "inList":
      return bindIn(node, at)
    case "case":
      return bindCase(node, at)
    case "cast":
      return bindCast(node, at)
    case "call":
      return bindCall(node, at)
    case "row":
      return callScalar(at, "ROW", bindAll(node.items, at), node.span)
    case "collection":
      return callScalar(at, node.type, bindAll(node.items, at), node.span)
    case "index":
      return callScalar(at, "ITEM", bindAll([node.operand, node.index], at), node.span)
    case "field":
      if (node.field.kind === "star") throw notSupported(source, node.span, "A star of fields")
      return bindField(source, bindExpression(node.operand, at), node.field)
    case "quantified":
      if (node.list !== undefined) return bindQuantified(node, node.list, at)
      return at.subquery?.(node, at) ?? raise(refuse(node, at))
    case "subquery":
    case "exists":
    case "inQuery":
      return at.subquery?.(node, at) ?? raise(refuse(node, at))
    case "jsonValue":
    case "jsonQuery":
    case "jsonExists":
      return bindJson(node, jsonScope(at))
    case "jsonObject":
    case "jsonArray":
      if (node.aggregate) return bindCall(jsonAggregate(node), at)
      return bindJson(node, jsonScope(at))
    default:
      throw refuse(node, at)
  }
}

function raise(error: Error): never {
  throw error
}

function jsonScope(at: ExpressionScope): JsonScope {
  const { source } = at.scope.context
  return {
    source,
    bind: (node) => bindExpression(node, at),
    call: (name, args, span) => callScalar(at, name, args, span as Ast.Span),
    type: (node) => bindType(source, node),
    cast: castTo
  }
}

const refusals: Readonly<Record<string, string>> = {
  parameter: "A parameter '?'",
  inQuery: "IN with a query here",
  quantified: "A quantified comparison",
  exists: "EXISTS here",
  subquery: "A query as a value",
  collectionQuery: "A collection made from a query",
  namedArgument: "A named argument here",
  descriptor: "DESCRIPTOR here",
  tableArgument: "A table as an argument here",
  default: "DEFAULT here",
  period: "PERIOD",
  lambda: "A lambda"
}

function refuse(node: Ast.Expression, at: ExpressionScope): Error {
  if (node.kind === "star") {
    return planFault(at.scope.context.source, node.span, `A star cannot stand in ${at.clause}`)
  }
  return notSupported(
    at.scope.context.source,
    node.span,
    refusals[node.kind] ?? `An expression of kind '${node.kind}'`
  )
}

function bindAll(
  nodes: ReadonlyArray<Ast.Expression>,
  at: ExpressionScope
): ReadonlyArray<Expression> {
  return nodes.map((node) => bindExpression(node, at))
}

/** Whether two types differ in more than whether the value as a whole may be NULL. */
export function differs(a: LogicalType, b: LogicalType): boolean {
  return JSON.stringify(withNullable(a, true)) !== JSON.stringify(withNullable(b, true))
}

/** The expression as `type`, keeping its own nullability; itself when it has that type. */
export function castTo(expression: Expression, type: LogicalType): Expression {
  if (!differs(expression.type, type)) return expression
  const nullable = expression.type.nullable || expression.type.kind === "NULL"
  return foldConstant({
    op: "cast",
    of: expression,
    try: false,
    type: withNullable(type, nullable)
  })
}

/** A call of a scalar function by its SQL name or symbol, with its arguments cast as it wants them. */
export function callScalar(
  at: ExpressionScope,
  sqlName: string,
  args: ReadonlyArray<Expression>,
  span: Ast.Span
): Expression {
  const literals = args.map((arg) => arg.op === "literal" ? arg.value : undefined)
  const inferred = inferScalar(sqlName, args.map((arg) => arg.type), literals)
  if ("problem" in inferred) throw planFault(at.scope.context.source, span, inferred.problem)
  const cast = args.map((arg, i) =>
    inferred.args[i] === undefined ? arg : castTo(arg, inferred.args[i]!)
  )
  return foldConstant({ op: "call", name: inferred.name, args: cast, type: inferred.type })
}

function bindUnary(node: Ast.Unary, at: ExpressionScope): Expression {
  const { source } = at.scope.context
  if (node.operator === "-" && node.operand.kind === "number") {
    return bindLiteral(source, node.operand, true)
  }
  if (node.operator === "NOT" || node.operator === "-" || node.operator === "+") {
    const operand = bindExpression(node.operand, at)
    return node.operator === "+" ? operand : callScalar(at, node.operator, [operand], node.span)
  }
  throw notSupported(source, node.span, node.operator)
}

function bindBinary(node: Ast.Binary, at: ExpressionScope): Expression {
  if (isPeriodOperator(node.operator)) {
    return bindPeriods(node, {
      source: at.scope.context.source,
      bind: (end) => bindExpression(end, at),
      call: (name, parts, span) => callScalar(at, name, parts, span as Ast.Span)
    })
  }
  const args = bindAll([node.left, node.right], at)
  return callScalar(at, node.operator === "!=" ? "<>" : node.operator, args, node.span)
}

function bindIs(node: Ast.IsTest, at: ExpressionScope): Expression {
  const name = node.negated ? `IS NOT ${node.test}` : `IS ${node.test}`
  return callScalar(at, name, [bindExpression(node.operand, at)], node.span)
}

function negate(
  expression: Expression,
  negated: boolean,
  at: ExpressionScope,
  span: Ast.Span
): Expression {
  return negated ? callScalar(at, "NOT", [expression], span) : expression
}

function bindBetween(node: Ast.Between, at: ExpressionScope): Expression {
  const [value, low, high] = bindAll([node.operand, node.low, node.high], at) as [
    Expression,
    Expression,
    Expression
  ]
  const inside = (from: Expression, to: Expression): Expression =>
    callScalar(at, "AND", [
      callScalar(at, ">=", [value, from], node.span),
      callScalar(at, "<=", [value, to], node.span)
    ], node.span)
  const result = node.symmetric
    ? callScalar(at, "OR", [inside(low, high), inside(high, low)], node.span)
    : inside(low, high)
  return negate(result, node.negated, at, node.span)
}

function bindLike(node: Ast.Like, at: ExpressionScope): Expression {
  const parts = [node.operand, node.pattern, ...node.escape === undefined ? [] : [node.escape]]
  return negate(
    callScalar(at, node.operator, bindAll(parts, at), node.span),
    node.negated,
    at,
    node.span
  )
}

/** A list of few values becomes equalities, which the source may use; a long one a call. */
function bindIn(node: Ast.InList, at: ExpressionScope): Expression {
  const value = bindExpression(node.operand, at)
  const items = bindAll(node.list, at)
  const result = items.length > 4
    ? callScalar(at, "IN", [value, ...items], node.span)
    : items.map((item) => callScalar(at, "=", [value, item], node.span))
      .reduce((left, right) => callScalar(at, "OR", [left, right], node.span))
  return negate(result, node.negated, at, node.span)
}

/** `x > SOME (a, b)` is `x > a OR x > b`; ALL joins by AND. */
function bindQuantified(
  node: Ast.Quantified,
  list: ReadonlyArray<Ast.Expression>,
  at: ExpressionScope
): Expression {
  const operator = node.operator === "!=" ? "<>" : node.operator
  const value = bindExpression(node.operand, at)
  return bindAll(list, at).map((item) => callScalar(at, operator, [value, item], node.span))
    .reduce((left, right) =>
      callScalar(at, node.quantifier === "ALL" ? "AND" : "OR", [left, right], node.span)
    )
}

function bindCase(node: Ast.Case, at: ExpressionScope): Expression {
  const operand = node.operand === undefined ? undefined : bindExpression(node.operand, at)
  const args: Array<Expression> = []
  for (const branch of node.branches) {
    const conditions = branch.when.map((when) => {
      const bound = bindExpression(when, at)
      return operand === undefined ? bound : callScalar(at, "=", [operand, bound], when.span)
    })
    args.push(
      conditions.reduce((left, right) => callScalar(at, "OR", [left, right], branch.result.span))
    )
    args.push(bindExpression(branch.result, at))
  }
  args.push(
    node.otherwise === undefined
      ? literal(null, { kind: "NULL", nullable: true })
      : bindExpression(node.otherwise, at)
  )
  return callScalar(at, "CASE", args, node.span)
}

function bindCast(node: Ast.Cast, at: ExpressionScope): Expression {
  const { source } = at.scope.context
  const of = bindExpression(node.operand, at)
  const wanted = bindType(source, node.type)
  if (!castable(of.type, wanted, false)) {
    throw planFault(source, node.span, `Cannot cast ${format(of.type)} to ${format(wanted)}`)
  }
  if (node.type.kind === "intervalType" && isInteger(of.type)) {
    return castTo(bindUnits(of, node.type.qualifier.from, node, at), wanted)
  }
  const type = withNullable(wanted, of.type.nullable || of.type.kind === "NULL" || node.safe)
  if (!differs(of.type, type) && of.type.nullable === type.nullable) return of
  return foldConstant({ op: "cast", of, try: node.safe, type })
}

/** An integer that counts units of an interval, as an integer of its least unit. */
function bindUnits(of: Expression, unit: string, node: Ast.Cast, at: ExpressionScope): Expression {
  const size = unitMillis[unit] ?? unitMonths[unit] ?? 1
  return callScalar(at, "*", [of, literal(String(size), simple("INT", false))], node.span)
}

function bindCall(node: Ast.Call, at: ExpressionScope): Expression {
  const { source } = at.scope.context
  const name = callName(node)
  if (node.over !== undefined || overNames.has(name)) {
    if (node.over === undefined) throw planFault(source, node.span, `${name} needs an OVER clause`)
    if (at.over === undefined) {
      throw planFault(source, node.span, `${name} with OVER cannot stand in ${at.clause}`)
    }
    return at.over(node)
  }
  const property = at.groupWindow?.(node)
  if (property !== undefined) return property
  const user = userFunction(node, at.scope.context)
  if (user !== undefined && user.function.millrace !== "aggregate") {
    checkPlain(node, at, name)
    if (user.function.millrace === "table" && at.clause !== tableClause) {
      const hint = `Write LATERAL TABLE(${user.sql}(…)) in FROM`
      throw planFault(
        source,
        node.span,
        `Table function ${name} cannot stand in ${at.clause}`,
        hint
      )
    }
    return bindUserScalar(at.scope.context, node, user, bindAll(node.args, at), castTo)
  }
  if (aggregateNames.has(name) || user !== undefined) {
    if (at.aggregate === undefined) {
      throw planFault(source, node.span, `Aggregate ${name} cannot stand in ${at.clause}`)
    }
    return at.aggregate(node)
  }
  checkPlain(node, at, name)
  if (name === "CURRENT_DATABASE" && node.args.length === 0) {
    return literal(at.scope.context.catalogs.current.database, textType(false))
  }
  if (!isScalarName(name)) {
    const hint = suggest(name, functionNames(), "Functions")
    throw planFault(source, node.name.span, `Function '${name}' is not known`, hint)
  }
  return callScalar(at, name, bindAll(node.args, at), node.span)
}

/** The clause in which table functions may stand. */
export const tableClause = "UNNEST"

/** A table function of the user in FROM, as what it is planned as: the elements of the array that it gives. */
export function asElements(
  node: Ast.FunctionTable,
  context: BindContext
): Ast.UnnestTable | undefined {
  const { call, span } = node
  if (call.kind !== "call" || userFunction(call, context)?.function.millrace !== "table") {
    return undefined
  }
  return { kind: "unnest", items: [call], ordinality: false, span }
}

/** The user's function that a call means: one of the system hides built-in ones, which hide those of catalogs. */
export function userFunction(node: Ast.Call, context: BindContext): KnownFunction | undefined {
  const system = systemFunction(context, node)
  if (system !== undefined) return system
  const name = callName(node)
  if (name.startsWith("$") || aggregateNames.has(name) || isScalarName(name)) return undefined
  return catalogFunction(context, node)
}

/** A scalar function takes arguments and nothing else. */
function checkPlain(node: Ast.Call, at: ExpressionScope, name: string): void {
  const { source } = at.scope.context
  if (node.quantifier === "DISTINCT") {
    throw planFault(source, node.span, `${name} is no aggregate and takes no DISTINCT`)
  }
  if (node.filter !== undefined) {
    throw planFault(source, node.filter.span, `${name} is no aggregate and takes no FILTER`)
  }
  if (node.orderBy.length > 0 || node.withinGroup.length > 0 || node.nullTreatment !== undefined) {
    throw notSupported(source, node.span, `ORDER BY, WITHIN GROUP or a null treatment in ${name}`)
  }
}

/** A condition: BOOLEAN, or refused. */
export function bindCondition(node: Ast.Expression, at: ExpressionScope): Expression {
  const condition = bindExpression(node, at)
  if (condition.type.kind === "NULL") return castTo(condition, { kind: "BOOLEAN", nullable: true })
  if (condition.type.kind !== "BOOLEAN") {
    throw planFault(
      at.scope.context.source,
      node.span,
      `The condition of ${at.clause} must be BOOLEAN, but is ${format(condition.type)}`
    )
  }
  return condition
}
