/** MATCH_RECOGNIZE and its row patterns. */
import type { AfterMatch, MatchRecognize, Pattern, TableReference } from "./ast.ts"
import type { Cursor } from "./cursor.ts"
import { parseInteger, parseInterval } from "./parse-literal.ts"
import { parseOrderBy } from "./parse-window.ts"

/** `table MATCH_RECOGNIZE (…)`; the present token is MATCH_RECOGNIZE. */
export function parseMatchRecognize(cursor: Cursor, table: TableReference): MatchRecognize {
  const start = table.span.start
  cursor.expect("MATCH_RECOGNIZE", "(")
  const partitionBy = cursor.acceptAll("PARTITION", "BY")
    ? cursor.list(() => cursor.grammar.expression(cursor, true))
    : []
  const orderBy = parseOrderBy(cursor)
  const measures = cursor.accept("MEASURES") ? cursor.list(() => parseMeasure(cursor)) : []
  const rowsPerMatch = parseRowsPerMatch(cursor)
  const after = parseAfter(cursor)
  cursor.expect("PATTERN", "(")
  const strictStart = cursor.accept("^")
  const pattern = parseAlternation(cursor)
  const strictEnd = acceptDollar(cursor)
  cursor.expect(")")
  const within = cursor.accept("WITHIN") ? parseInterval(cursor) : undefined
  const subsets = cursor.accept("SUBSET") ? cursor.list(() => parseSubset(cursor)) : []
  cursor.expect("DEFINE")
  const define = cursor.list(() => parseDefinition(cursor))
  cursor.expect(")")
  return {
    kind: "matchRecognize",
    table,
    partitionBy,
    orderBy,
    measures,
    rowsPerMatch,
    after,
    pattern,
    strictStart,
    strictEnd,
    within,
    subsets,
    define,
    span: cursor.span(start)
  }
}

function parseMeasure(cursor: Cursor): MatchRecognize["measures"][number] {
  const expression = cursor.grammar.expression(cursor, true)
  cursor.expect("AS")
  return { expression, alias: cursor.identifier() }
}

function parseRowsPerMatch(cursor: Cursor): MatchRecognize["rowsPerMatch"] {
  if (cursor.accept("ONE")) {
    cursor.expect("ROW", "PER", "MATCH")
    return "ONE ROW PER MATCH"
  }
  if (cursor.accept("ALL")) {
    cursor.expect("ROWS", "PER", "MATCH")
    return "ALL ROWS PER MATCH"
  }
  return undefined
}

function parseAfter(cursor: Cursor): AfterMatch | undefined {
  const start = cursor.start
  if (!cursor.accept("AFTER")) return undefined
  cursor.expect("MATCH", "SKIP")
  if (cursor.acceptAll("PAST", "LAST", "ROW")) {
    return { skip: "PAST LAST ROW", variable: undefined, span: cursor.span(start) }
  }
  cursor.expect("TO")
  if (cursor.acceptAll("NEXT", "ROW")) {
    return { skip: "NEXT ROW", variable: undefined, span: cursor.span(start) }
  }
  let skip: AfterMatch["skip"] = "VARIABLE"
  const word = cursor.word()
  if ((word === "FIRST" || word === "LAST") && cursor.atName(1)) {
    skip = word
    cursor.index++
  }
  const variable = cursor.identifier()
  return { skip, variable, span: cursor.span(start) }
}

/** `$` alone is a plain name to the lexer. */
function acceptDollar(cursor: Cursor): boolean {
  if (cursor.text.slice(cursor.start, cursor.tokens.ends[cursor.index]) !== "$") return false
  cursor.index++
  return true
}

/** `a | b`. */
function parseAlternation(cursor: Cursor): Pattern {
  return cursor.nested(() => {
    const start = cursor.start
    const items = [parseSequence(cursor)]
    while (cursor.accept("|")) items.push(parseSequence(cursor))
    if (items.length === 1) return items[0]!
    return { kind: "patternAlternation", items, span: cursor.span(start) }
  })
}

/** `a b`. */
function parseSequence(cursor: Cursor): Pattern {
  const start = cursor.start
  const items = [parseRepeat(cursor)]
  while (atPattern(cursor)) items.push(parseRepeat(cursor))
  return items.length === 1
    ? items[0]!
    : { kind: "patternSequence", items, span: cursor.span(start) }
}

function atPattern(cursor: Cursor): boolean {
  const word = cursor.word()
  if (word === "(" || word === "PERMUTE" || word === "{") return true
  return cursor.atName() &&
    cursor.text.slice(cursor.start, cursor.tokens.ends[cursor.index]) !== "$"
}

/** `a*`, `a{2,3}?`. */
function parseRepeat(cursor: Cursor): Pattern {
  const start = cursor.start
  const item = parseFactor(cursor)
  const form = cursor.acceptAny("*", "+", "?")
  let min = form === "+" ? 1 : 0
  let max = form === "?" ? 1 : -1
  if (form === undefined) {
    if (cursor.word() !== "{" || cursor.word(1) === "-") return item
    cursor.index++
    if (cursor.accept(",")) {
      max = parseInteger(cursor)
    } else {
      min = parseInteger(cursor)
      max = cursor.accept(",") ? (cursor.at("}") ? -1 : parseInteger(cursor)) : min
    }
    cursor.expect("}")
  }
  const reluctant = cursor.accept("?")
  return {
    kind: "patternRepeat",
    item,
    min,
    max,
    reluctant,
    form: form ?? "{",
    span: cursor.span(start)
  }
}

function parseFactor(cursor: Cursor): Pattern {
  const start = cursor.start
  if (cursor.accept("(")) {
    const item = parseAlternation(cursor)
    cursor.expect(")")
    return item
  }
  if (cursor.accept("{")) {
    cursor.expect("-")
    const item = parseAlternation(cursor)
    cursor.expect("-", "}")
    return { kind: "patternExclusion", item, span: cursor.span(start) }
  }
  if (cursor.accept("PERMUTE")) {
    const items = cursor.parenthesised(() => parseAlternation(cursor))
    return { kind: "patternPermute", items, span: cursor.span(start) }
  }
  const name = cursor.identifier()
  return { kind: "patternVariable", name, span: cursor.span(start) }
}

function parseSubset(cursor: Cursor): MatchRecognize["subsets"][number] {
  const name = cursor.identifier()
  cursor.expect("=")
  return { name, items: cursor.identifierList() }
}

function parseDefinition(cursor: Cursor): MatchRecognize["define"][number] {
  const name = cursor.identifier()
  cursor.expect("AS")
  return { name, condition: cursor.grammar.expression(cursor) }
}
