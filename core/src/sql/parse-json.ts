/** JSON functions, whose behaviour on empty and on error is said by words between the parentheses. */
import type { Expression, JsonBehaviour, JsonObjectCall, JsonQueryCall } from "./ast.ts"
import type { Cursor } from "./cursor.ts"
import { parseOrderBy, parseWithinGroup } from "./parse-window.ts"
import { parseCastType } from "./parse-type.ts"

/** A call of a JSON function, or undefined when `word` is none. */
export function parseJson(cursor: Cursor, word: string): Expression | undefined {
  switch (word) {
    case "JSON_VALUE":
      return parseValue(cursor)
    case "JSON_QUERY":
      return parseQuery(cursor)
    case "JSON_EXISTS":
      return parseExists(cursor)
    case "JSON_OBJECT":
    case "JSON_OBJECTAGG":
      return parseObject(cursor, word === "JSON_OBJECTAGG")
    case "JSON_ARRAY":
    case "JSON_ARRAYAGG":
      return parseArray(cursor, word === "JSON_ARRAYAGG")
    default:
      return undefined
  }
}

function open(cursor: Cursor): { readonly document: Expression; readonly path: Expression } {
  cursor.index++
  cursor.expect("(")
  const document = cursor.grammar.expression(cursor, true)
  cursor.expect(",")
  const path = cursor.grammar.expression(cursor, true)
  if (cursor.at("PASSING")) throw cursor.fault("PASSING is not supported")
  return { document, path }
}

function parseValue(cursor: Cursor): Expression {
  const start = cursor.start
  const { document, path } = open(cursor)
  const returning = cursor.accept("RETURNING") ? parseCastType(cursor) : undefined
  const behaviours: Array<JsonBehaviour> = []
  while (cursor.at("NULL") || cursor.at("ERROR") || cursor.at("DEFAULT")) {
    behaviours.push(parseBehaviour(cursor, ["NULL", "ERROR", "DEFAULT"]))
  }
  cursor.expect(")")
  return { kind: "jsonValue", document, path, returning, behaviours, span: cursor.span(start) }
}

function parseQuery(cursor: Cursor): Expression {
  const start = cursor.start
  const { document, path } = open(cursor)
  const returning = cursor.accept("RETURNING") ? parseCastType(cursor) : undefined
  const wrapper = parseWrapper(cursor)
  const behaviours: Array<JsonBehaviour> = []
  while (cursor.at("NULL") || cursor.at("ERROR") || cursor.at("EMPTY")) {
    behaviours.push(parseBehaviour(cursor, ["NULL", "ERROR", "EMPTY"]))
  }
  cursor.expect(")")
  const span = cursor.span(start)
  return { kind: "jsonQuery", document, path, returning, wrapper, behaviours, span }
}

function parseWrapper(cursor: Cursor): JsonQueryCall["wrapper"] {
  const word = cursor.acceptAny("WITHOUT", "WITH")
  if (word === undefined) return undefined
  const kind = word === "WITH" ? cursor.acceptAny("CONDITIONAL", "UNCONDITIONAL") : undefined
  cursor.accept("ARRAY")
  cursor.expect("WRAPPER")
  if (word === "WITHOUT") return "WITHOUT ARRAY"
  return kind === "CONDITIONAL" ? "WITH CONDITIONAL ARRAY" : "WITH UNCONDITIONAL ARRAY"
}

function parseBehaviour(cursor: Cursor, words: ReadonlyArray<string>): JsonBehaviour {
  const start = cursor.start
  const word = cursor.expectAny(...words)
  const action =
    (word === "EMPTY" ? `EMPTY ${cursor.expectAny("ARRAY", "OBJECT")}` : word) as JsonBehaviour[
      "action"
    ]
  const value = word === "DEFAULT" ? cursor.grammar.expression(cursor, true) : undefined
  cursor.expect("ON")
  const on = cursor.expectAny("EMPTY", "ERROR")
  return { on, action, value, span: cursor.span(start) }
}

function parseExists(cursor: Cursor): Expression {
  const start = cursor.start
  const { document, path } = open(cursor)
  let behaviour: JsonBehaviour | undefined
  if (!cursor.at(")")) {
    const from = cursor.start
    const action = cursor.expectAny("TRUE", "FALSE", "UNKNOWN", "ERROR")
    cursor.expect("ON", "ERROR")
    behaviour = { on: "ERROR", action, value: undefined, span: cursor.span(from) }
  }
  cursor.expect(")")
  return { kind: "jsonExists", document, path, behaviour, span: cursor.span(start) }
}

function parseObject(cursor: Cursor, aggregate: boolean): Expression {
  const start = cursor.start
  cursor.index++
  cursor.expect("(")
  const entries: Array<JsonObjectCall["entries"][number]> = []
  const empty = !aggregate && (cursor.at(")") || atNulls(cursor))
  if (!empty) {
    do entries.push(parseEntry(cursor))
    while (!aggregate && cursor.accept(","))
  }
  const nulls = parseNulls(cursor)
  cursor.expect(")")
  return { kind: "jsonObject", aggregate, entries, nulls, span: cursor.span(start) }
}

function parseEntry(cursor: Cursor): JsonObjectCall["entries"][number] {
  const follow = cursor.word(1)
  if (cursor.word() === "KEY" && follow !== "VALUE" && follow !== ":" && follow !== ".") {
    cursor.index++
  }
  const key = cursor.grammar.expression(cursor, true)
  cursor.expectAny("VALUE", ":")
  return { key, value: cursor.grammar.expression(cursor, true) }
}

function atNulls(cursor: Cursor): boolean {
  return (cursor.word() === "NULL" || cursor.word() === "ABSENT") && cursor.word(1) === "ON"
}

function parseNulls(cursor: Cursor): JsonObjectCall["nulls"] {
  const word = cursor.acceptAny("NULL", "ABSENT")
  if (word === undefined) return undefined
  cursor.expect("ON", "NULL")
  return `${word} ON NULL`
}

function parseArray(cursor: Cursor, aggregate: boolean): Expression {
  const start = cursor.start
  cursor.index++
  cursor.expect("(")
  const empty = !aggregate && (cursor.at(")") || atNulls(cursor))
  const items = empty
    ? []
    : aggregate
    ? [cursor.grammar.expression(cursor, true)]
    : cursor.list(() => cursor.grammar.expression(cursor, true))
  let orderBy = aggregate ? parseOrderBy(cursor) : []
  const nulls = parseNulls(cursor)
  cursor.expect(")")
  if (aggregate && orderBy.length === 0) orderBy = parseWithinGroup(cursor)
  return { kind: "jsonArray", aggregate, items, orderBy, nulls, span: cursor.span(start) }
}
