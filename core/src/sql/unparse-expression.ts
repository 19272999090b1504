/**
 * Canonical text of expressions: names in backticks, operators with one blank on either side, parentheses only where precedence asks for them.
 *
 * Each node is written for a place of two powers, the one that the text on its left binds with and the one on its right; a node that binds
 * less than its place gets parentheses.
 */
import type {
  Binary,
  Call,
  Expression,
  FrameBound,
  JsonBehaviour,
  Query,
  SortItem,
  Unary,
  WindowSpecification
} from "./ast.ts"
import {
  columnsText,
  identifierText,
  literalText,
  nameText,
  qualifierText,
  quoteName,
  typeText
} from "./unparse-name.ts"

/** The unparsers that call each other across files. */
export interface Unparser {
  readonly query: (query: Query) => string
  /** An expression for a place with these powers; 0 is no neighbour. */
  readonly expression: (expression: Expression, left?: number, right?: number) => string
  /** A call; `table` where it stands in FROM. */
  readonly call: (call: Call, table: boolean) => string
}

/** How strongly an operator binds; the same numbers as the parser's. */
function powerOf(node: Expression): number {
  switch (node.kind) {
    case "binary":
      return binaryPower(node.operator)
    case "unary":
      if (node.operator === "NOT") return 26
      return signedNumber(node) === undefined ? 80 : 200
    case "is":
      return 28
    case "between":
    case "like":
    case "inList":
    case "inQuery":
    case "quantified":
      return 32
    case "exists":
      return 40
    case "call":
      return node.over !== undefined || node.filter !== undefined ? 20 : 200
    case "namedArgument":
      return 20
    case "tableArgument":
      return 2
    default:
      return 200
  }
}

function binaryPower(operator: Binary["operator"]): number {
  switch (operator) {
    case "OR":
      return 22
    case "AND":
      return 24
    case "+":
    case "-":
      return 40
    case "*":
    case "/":
    case "%":
    case "||":
      return 60
    case "MULTISET UNION":
    case "MULTISET UNION ALL":
    case "MULTISET EXCEPT":
    case "MULTISET EXCEPT ALL":
      return 14
    case "MULTISET INTERSECT":
    case "MULTISET INTERSECT ALL":
      return 18
    default:
      return 30
  }
}

/** Text of an expression for its place. */
export function unparseExpression(u: Unparser, node: Expression, left = 0, right = 0): string {
  const power = powerOf(node)
  if (left > power || (right !== 0 && power + 1 <= right)) return `(${write(u, node, power, 0, 0)})`
  return write(u, node, power, left, right)
}

function write(u: Unparser, node: Expression, power: number, left: number, right: number): string {
  switch (node.kind) {
    case "column":
      return node.path.map(identifierText).join(".")
    case "star":
      return [...node.qualifier.map(identifierText), "*"].join(".")
    case "parameter":
      return "?"
    case "unary":
      return writeUnary(u, node, power)
    case "binary":
      return writeBinary(u, node, power, left, right)
    case "is":
      return `${u.expression(node.operand, power, power + 1)} IS ${
        node.negated ? "NOT " : ""
      }${node.test}`
    case "between": {
      const not = node.negated ? "NOT " : ""
      const symmetry = node.symmetric ? "SYMMETRIC" : "ASYMMETRIC"
      const low = containsAnd(node.low) ? u.expression(node.low, 100, 100) : u.expression(node.low)
      const operand = u.expression(node.operand, power, 0)
      return `${operand} ${not}BETWEEN ${symmetry} ${low} AND ${
        u.expression(node.high, 0, power + 1)
      }`
    }
    case "like": {
      const not = node.negated ? "NOT " : ""
      const side = (part: Expression) => u.expression(part, power, power + 1)
      const escape = node.escape === undefined ? "" : ` ESCAPE ${side(node.escape)}`
      return `${side(node.operand)} ${not}${node.operator} ${side(node.pattern)}${escape}`
    }
    case "inList":
      return `${u.expression(node.operand, left, power)} ${node.negated ? "NOT " : ""}IN ${
        list(u, node.list)
      }`
    case "inQuery":
      return `${u.expression(node.operand, left, power)} ${node.negated ? "NOT " : ""}IN (${
        u.query(node.query)
      })`
    case "quantified": {
      const range = node.query === undefined ? list(u, node.list ?? []) : `(${u.query(node.query)})`
      return `${
        u.expression(node.operand, left, power)
      } ${node.operator} ${node.quantifier} ${range}`
    }
    case "call":
      return u.call(node, false)
    default:
      return writePrimary(u, node)
  }
}

/** Nodes that need no parentheses whatever stands around them. */
function writePrimary(u: Unparser, node: Expression): string {
  switch (node.kind) {
    case "exists":
      return `${node.test} (${u.query(node.query)})`
    case "subquery":
      return `(${u.query(node.query)})`
    case "case":
      return writeCase(u, node)
    case "cast":
      return `${node.safe ? "TRY_CAST" : "CAST"}(${u.expression(node.operand)} AS ${
        typeText(node.type)
      })`
    case "row":
      return `ROW${list(u, node.items)}`
    case "collection":
      return `${node.type}[${node.items.map((item) => u.expression(item)).join(", ")}]`
    case "collectionQuery":
      return `${node.type}(${u.query(node.query)})`
    case "index":
      return `${u.expression(node.operand, 100, 0)}[${u.expression(node.index)}]`
    case "field": {
      const field = node.field.kind === "star" ? "*" : identifierText(node.field)
      // `1.a` would be read as the number `1.` and a name.
      const operand = u.expression(node.operand, 100, 0)
      return node.operand.kind === "number" ? `(${operand}).${field}` : `${operand}.${field}`
    }
    case "namedArgument":
      return `${identifierText(node.name)} => ${u.expression(node.value, 21, 0)}`
    case "descriptor": {
      const columns = node.columns.map(({ name, type }) =>
        type === undefined ? nameText(name) : `${nameText(name)} ${typeText(type)}`
      )
      return `DESCRIPTOR(${columns.join(", ")})`
    }
    case "tableArgument":
      return writeTableArgument(u, node)
    case "symbol":
      return node.value
    case "default":
      return "DEFAULT"
    case "period":
      return `PERIOD (${u.expression(node.start)}, ${u.expression(node.end)})`
    case "intervalExpression":
      return `INTERVAL ${node.negative ? "-" : ""}${u.expression(node.value, 200, 0)} ${
        qualifierText(node.qualifier)
      }`
    default:
      return writeJson(u, node)
  }
}

function writeUnary(u: Unparser, node: Unary, power: number): string {
  if (node.operator === "FINAL" || node.operator === "RUNNING") {
    return `${node.operator} ${u.expression(node.operand)}`
  }
  const number = signedNumber(node)
  if (number !== undefined) return number
  const operand = u.expression(node.operand, power, power + 1)
  return `${node.operator} ${operand}`
}

/** A number with at most one minus before it; undefined for everything else. A plus says nothing. */
function signedNumber(node: Expression): string | undefined {
  if (node.kind === "number") return literalText(node)
  if (node.kind !== "unary" || (node.operator !== "-" && node.operator !== "+")) return undefined
  const operand = signedNumber(node.operand)
  if (operand === undefined || node.operator === "+") return operand
  return operand.startsWith("-") ? undefined : `-${operand}`
}

/** Left-deep chains are written from their leftmost operand on, without recursion along the chain. */
function writeBinary(
  u: Unparser,
  node: Binary,
  power: number,
  left: number,
  right: number
): string {
  const chain: Array<Binary> = []
  let first: Expression = node
  while (first.kind === "binary" && binaryPower(first.operator) === power) {
    chain.push(first)
    first = first.left
  }
  let text = u.expression(first, left, power)
  for (let index = chain.length - 1; index >= 0; index--) {
    const item = chain[index]!
    const operator = item.operator === "!=" ? "<>" : item.operator
    text += ` ${operator} ${u.expression(item.right, power + 1, index === 0 ? right : power)}`
  }
  return text
}

function containsAnd(node: Expression): boolean {
  return node.kind === "binary" &&
    (node.operator === "AND" || containsAnd(node.left) || containsAnd(node.right))
}

/** `(a, b)`. */
export function list(u: Unparser, items: ReadonlyArray<Expression>): string {
  return `(${items.map((item) => u.expression(item)).join(", ")})`
}

function writeCase(u: Unparser, node: Extract<Expression, { kind: "case" }>): string {
  const parts = ["CASE"]
  const { operand } = node
  const spread = operand !== undefined && isPlain(operand)
  if (operand !== undefined && !spread) parts.push(u.expression(operand))
  for (const { when, result } of node.branches) {
    const conditions = when.map((item) => u.expression(item, spread && when.length === 1 ? 31 : 0))
      .join(", ")
    const group = when.length > 1 ? `(${conditions})` : conditions
    const test = spread ? `${u.expression(operand, 0, 30)} ${when.length > 1 ? "IN" : "="} ` : ""
    parts.push(`WHEN ${test}${group} THEN ${u.expression(result)}`)
  }
  parts.push(`ELSE ${node.otherwise === undefined ? "NULL" : u.expression(node.otherwise)} END`)
  return parts.join(" ")
}

/** Whether a CASE operand may be repeated in each condition: nothing in it can grow. */
function isPlain(operand: Expression): boolean {
  if (operand.kind === "call") return operand.over === undefined && operand.args.every(isLeaf)
  return isLeaf(operand)
}

function isLeaf(node: Expression): boolean {
  return node.kind === "column" || node.kind === "number" || node.kind === "string" ||
    node.kind === "symbol"
}

function writeTableArgument(
  u: Unparser,
  node: Extract<Expression, { kind: "tableArgument" }>
): string {
  const partitions = node.partitionBy.map((item) => u.expression(item))
  const orders = node.orderBy.map((item) => sortItemText(u, item))
  const group = (items: ReadonlyArray<string>) =>
    items.length === 1 ? items[0]! : `(${items.join(", ")})`
  const table = node.table.kind === "explicitTable"
    ? u.query(node.table)
    : `(${u.query(node.table)})`
  return table + (partitions.length === 0 ? "" : ` PARTITION BY ${group(partitions)}`) +
    (orders.length === 0 ? "" : ` ORDER BY ${group(orders)}`)
}

/** `a DESC NULLS LAST`. */
export function sortItemText(u: Unparser, item: SortItem): string {
  const direction = item.ascending === false ? " DESC" : ""
  return `${u.expression(item.expression)}${direction}${
    item.nulls === undefined ? "" : ` NULLS ${item.nulls}`
  }`
}

/** `(PARTITION BY … ORDER BY … ROWS …)`. */
export function windowText(u: Unparser, window: WindowSpecification): string {
  const parts: Array<string> = []
  if (window.base !== undefined) parts.push(identifierText(window.base))
  if (window.partitionBy.length > 0) {
    parts.push(`PARTITION BY ${window.partitionBy.map((item) => u.expression(item)).join(", ")}`)
  }
  if (window.orderBy.length > 0) {
    parts.push(`ORDER BY ${window.orderBy.map((item) => sortItemText(u, item)).join(", ")}`)
  }
  if (window.frame !== undefined) {
    const { unit, low, high } = window.frame
    parts.push(
      high === undefined
        ? `${unit} ${boundText(u, low)}`
        : `${unit} BETWEEN ${boundText(u, low)} AND ${boundText(u, high)}`
    )
  }
  if (window.partial !== undefined) parts.push(`${window.partial ? "ALLOW" : "DISALLOW"} PARTIAL`)
  return `(${parts.join(" ")})`
}

function boundText(u: Unparser, bound: FrameBound): string {
  if (bound.direction === "CURRENT ROW") return "CURRENT ROW"
  const offset = bound.offset === undefined ? "UNBOUNDED" : u.expression(bound.offset, 20, 21)
  return `${offset} ${bound.direction}`
}

/** What OVER names: a window, or a specification. */
export function overText(u: Unparser, over: NonNullable<Call["over"]>): string {
  return over.kind === "identifier" ? quoteName(over.name) : windowText(u, over)
}

function behaviourText(u: Unparser, behaviour: JsonBehaviour): string {
  const value = behaviour.value === undefined ? "" : ` ${u.expression(behaviour.value)}`
  return `${behaviour.action}${value} ON ${behaviour.on}`
}

function writeJson(u: Unparser, node: Expression): string {
  switch (node.kind) {
    case "jsonValue": {
      const parts = [`${u.expression(node.document)}, ${u.expression(node.path)}`]
      if (node.returning !== undefined) parts.push(`RETURNING ${typeText(node.returning)}`)
      parts.push(...node.behaviours.map((behaviour) => behaviourText(u, behaviour)))
      return `JSON_VALUE(${parts.join(" ")})`
    }
    case "jsonQuery": {
      const parts = [`${u.expression(node.document)}, ${u.expression(node.path)}`]
      if (node.returning !== undefined) parts.push(`RETURNING ${typeText(node.returning)}`)
      parts.push(`${node.wrapper ?? "WITHOUT ARRAY"} WRAPPER`)
      for (const on of ["EMPTY", "ERROR"] as const) {
        const given = node.behaviours.find((behaviour) => behaviour.on === on)
        parts.push(given === undefined ? `NULL ON ${on}` : behaviourText(u, given))
      }
      return `JSON_QUERY(${parts.join(" ")})`
    }
    case "jsonExists": {
      const behaviour = node.behaviour === undefined ? "" : ` ${behaviourText(u, node.behaviour)}`
      return `JSON_EXISTS(${u.expression(node.document)}, ${u.expression(node.path)}${behaviour})`
    }
    case "jsonObject": {
      const entries = node.entries.map(({ key, value }) =>
        `KEY ${u.expression(key)} VALUE ${u.expression(value)}`
      )
      const name = node.aggregate ? "JSON_OBJECTAGG" : "JSON_OBJECT"
      const inner = [entries.join(", "), node.nulls ?? "NULL ON NULL"].filter((part) => part !== "")
      return `${name}(${inner.join(" ")})`
    }
    case "jsonArray": {
      const items = node.items.map((item) => u.expression(item)).join(", ")
      const inner = [items, node.nulls ?? "ABSENT ON NULL"].filter((part) => part !== "").join(" ")
      const order = node.orderBy.map((item) => sortItemText(u, item)).join(", ")
      return `${node.aggregate ? "JSON_ARRAYAGG" : "JSON_ARRAY"}(${inner})${
        order === "" ? "" : ` WITHIN GROUP (ORDER BY ${order})`
      }`
    }
    case "string":
    case "number":
    case "bytes":
    case "boolean":
    case "null":
    case "datetime":
    case "interval":
      return literalText(node)
    default:
      throw new Error(`Broken invariant: no text for an expression of kind ${node.kind}`)
  }
}

/** Columns of an alias or a list, or nothing. */
export function optionalColumns(columns: Parameters<typeof columnsText>[0]): string {
  return columns.length === 0 ? "" : ` ${columnsText(columns)}`
}
