/** What stands in FROM: tables, joins, derived tables, table functions and what may follow each of them. */
import type {
  Expression,
  FunctionTable,
  Join,
  NumberOrString,
  Query,
  TableReference
} from "./ast.ts"
import type { Cursor } from "./cursor.ts"
import { parseCall } from "./parse-call.ts"
import { parseHints } from "./parse-hint.ts"
import { parseNumber, parseSignedLiteral, parseString } from "./parse-literal.ts"
import { parseMatchRecognize } from "./parse-match.ts"

/** The whole of FROM: joins, parted by commas that bind less. */
export function parseFrom(cursor: Cursor): TableReference {
  const start = cursor.start
  let left = parseJoins(cursor, parseTable(cursor), start)
  while (cursor.accept(",")) {
    cursor.grow()
    const from = cursor.start
    const right = parseJoins(cursor, parseTable(cursor), from)
    const span = cursor.span(start)
    const rest = { natural: false, on: undefined, using: undefined }
    left = { kind: "join", type: "COMMA", left, right, ...rest, span }
  }
  return left
}

/** Joins behind a table. */
function parseJoins(cursor: Cursor, first: TableReference, start: number): TableReference {
  let left = first
  for (;;) {
    const type = parseJoinType(cursor)
    if (type === undefined) return left
    cursor.grow()
    const right = parseTable(cursor)
    let on: Join["on"]
    let using: Join["using"]
    const conflict = cursor.word(1) === "CONFLICT" && cursor.word(2) === "DO"
    if (!conflict && cursor.accept("ON")) on = cursor.grammar.expression(cursor)
    else if (cursor.accept("USING")) using = cursor.identifierList()
    left = { kind: "join", ...type, left, right, on, using, span: cursor.span(start) }
  }
}

function parseJoinType(cursor: Cursor): Pick<Join, "type" | "natural"> | undefined {
  const natural = cursor.accept("NATURAL")
  if (cursor.accept("JOIN")) return { type: "INNER", natural }
  const type = cursor.acceptAny("INNER", "LEFT", "RIGHT", "FULL", "CROSS")
  if (type === undefined) {
    if (natural) throw cursor.unexpected()
    return undefined
  }
  if (type === "CROSS" && cursor.at("APPLY")) throw cursor.fault("CROSS APPLY is not supported")
  if (type !== "INNER" && type !== "CROSS") cursor.accept("OUTER")
  cursor.expect("JOIN")
  return { type, natural }
}

/** One table with its alias and sample. */
function parseTable(cursor: Cursor): TableReference {
  const start = cursor.start
  let table = parseSource(cursor)
  if (cursor.at("PIVOT") || cursor.at("UNPIVOT")) {
    throw cursor.fault(`${cursor.word()} is not supported`)
  }
  const as = cursor.accept("AS")
  if (as || cursor.atName()) {
    const alias = cursor.identifier()
    const columns = cursor.at("(") ? cursor.identifierList() : []
    table = { kind: "aliasedTable", table, alias, columns, span: cursor.span(start) }
  }
  return cursor.at("TABLESAMPLE") ? parseSample(cursor, table, start) : table
}

function parseSource(cursor: Cursor): TableReference {
  switch (cursor.word()) {
    case "(":
      return parseMatches(cursor, parseParentheses(cursor))
    case "LATERAL":
      return parseLateral(cursor)
    case "UNNEST":
      return parseUnnest(cursor)
    case "TABLE":
      return parseFunctionTable(cursor, false)
  }
  if (!cursor.atName()) {
    for (const word of ["(", "TABLE", "LATERAL", "UNNEST"]) cursor.ask(word)
    throw cursor.unexpected()
  }
  let last = 0
  while (cursor.word(last + 1) === "." && cursor.atName(last + 2)) last += 2
  const start = cursor.start
  if (cursor.word(last + 1) === "(") {
    const call = parseCall(cursor)
    return { kind: "functionTable", call, lateral: false, wrapped: false, span: cursor.span(start) }
  }
  const name = cursor.name()
  const hints = parseHints(cursor)
  const systemTime = parseSystemTime(cursor)
  const table: TableReference = {
    kind: "namedTable",
    name,
    hints,
    systemTime,
    span: cursor.span(start)
  }
  return parseMatches(cursor, table)
}

function parseMatches(cursor: Cursor, table: TableReference): TableReference {
  return cursor.at("MATCH_RECOGNIZE") ? parseMatchRecognize(cursor, table) : table
}

function parseSystemTime(cursor: Cursor): Expression | undefined {
  if (!cursor.accept("FOR")) return undefined
  cursor.expect("SYSTEM_TIME", "AS", "OF")
  return cursor.grammar.expression(cursor, true)
}

const queryWords: ReadonlySet<string> = new Set(["SELECT", "WITH", "VALUES", "VALUE"])

/** `(query)`, or joins in parentheses. */
function parseParentheses(cursor: Cursor): TableReference {
  return cursor.nested(() => {
    const start = cursor.start
    cursor.expect("(")
    const inner = cursor.start
    const explicit = cursor.word() === "TABLE" && cursor.word(1) !== "("
    if (explicit || queryWords.has(cursor.word())) {
      const query = cursor.grammar.query(cursor)
      cursor.expect(")")
      return { kind: "derivedTable", query, lateral: false, span: cursor.span(start) }
    }
    const first = cursor.at("(") ? parseInner(cursor, inner) : parseTable(cursor)
    if ("query" in first && !("kind" in first)) {
      cursor.expect(")")
      return { kind: "derivedTable", query: first.query, lateral: false, span: cursor.span(start) }
    }
    const table = parseJoins(cursor, first as TableReference, inner)
    cursor.expect(")")
    if (table.kind !== "join" && table.kind !== "derivedTable") {
      throw cursor.fault("Parentheses in FROM hold a query or a join", table.span)
    }
    return table
  })
}

/** Parentheses in parentheses: an operand of a set operation, or a table of a join. */
function parseInner(cursor: Cursor, start: number): TableReference | { readonly query: Query } {
  const table = parseTable(cursor)
  if (table.kind !== "derivedTable" || table.lateral) return table
  const query = cursor.grammar.queryTail(cursor, table.query, start)
  return query === table.query ? table : { query }
}

function parseLateral(cursor: Cursor): TableReference {
  const start = cursor.start
  cursor.expect("LATERAL")
  if (cursor.at("TABLE")) {
    const table = parseFunctionTable(cursor, true)
    return { ...table, span: cursor.span(start) }
  }
  if (cursor.atName()) {
    const call = parseCall(cursor)
    return { kind: "functionTable", call, lateral: true, wrapped: false, span: cursor.span(start) }
  }
  const table = parseParentheses(cursor)
  if (table.kind !== "derivedTable") {
    throw cursor.fault("LATERAL wants a query in parentheses or TABLE(function)", table.span)
  }
  return parseMatches(cursor, { ...table, lateral: true, span: cursor.span(start) })
}

/** `TABLE(f(…))`. */
function parseFunctionTable(cursor: Cursor, lateral: boolean): FunctionTable {
  const start = cursor.start
  cursor.expect("TABLE", "(")
  cursor.accept("SPECIFIC")
  if (!cursor.atName()) throw cursor.unexpected()
  const call = parseCall(cursor)
  cursor.expect(")")
  return { kind: "functionTable", call, lateral, wrapped: true, span: cursor.span(start) }
}

function parseUnnest(cursor: Cursor): TableReference {
  const start = cursor.start
  cursor.expect("UNNEST", "(")
  const first = cursor.grammar.queryOrExpression(cursor)
  const items: Array<Expression> = []
  if ("kind" in first) items.push(first)
  else items.push({ kind: "subquery", query: first.query, span: first.query.span })
  while (cursor.accept(",")) items.push(cursor.grammar.expression(cursor))
  cursor.expect(")")
  const ordinality = cursor.acceptAll("WITH", "ORDINALITY")
  return { kind: "unnest", items, ordinality, span: cursor.span(start) }
}

function parseSample(cursor: Cursor, table: TableReference, start: number): TableReference {
  cursor.expect("TABLESAMPLE")
  const method = cursor.expectAny("BERNOULLI", "SYSTEM", "SUBSTITUTE")
  cursor.expect("(")
  const argument: NumberOrString = method === "SUBSTITUTE"
    ? parseString(cursor)
    : parseNumber(cursor)
  cursor.expect(")")
  let seed: Expression | undefined
  if (method !== "SUBSTITUTE" && cursor.accept("REPEATABLE")) {
    cursor.expect("(")
    seed = parseSignedLiteral(cursor)
    cursor.expect(")")
  }
  return { kind: "sampledTable", table, method, argument, seed, span: cursor.span(start) }
}
