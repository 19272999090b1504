/**
 * Types as they are written. Columns and fields take NULL and NOT NULL behind a type, CAST does not; a name that is no type of the language is
 * kept as a name, since only the catalog knows.
 */
import type { DataType, RowTypeField, SimpleTypeName } from "./ast.ts"
import type { Cursor } from "./cursor.ts"
import { Kind } from "./lexer.ts"
import {
  atString,
  parseInteger,
  parseIntervalQualifier,
  parsePlainString,
  parseString
} from "./parse-literal.ts"

/** What may stand in the parentheses behind a simple type. */
type Numbers = "none" | "one" | "two"

const simple: ReadonlyMap<string, readonly [SimpleTypeName, Numbers]> = new Map<
  string,
  readonly [SimpleTypeName, Numbers]
>([
  ["BOOLEAN", ["BOOLEAN", "none"]],
  ["TINYINT", ["TINYINT", "none"]],
  ["SMALLINT", ["SMALLINT", "none"]],
  ["INT", ["INTEGER", "none"]],
  ["INTEGER", ["INTEGER", "none"]],
  ["BIGINT", ["BIGINT", "none"]],
  ["REAL", ["REAL", "none"]],
  ["DOUBLE", ["DOUBLE", "none"]],
  ["FLOAT", ["FLOAT", "none"]],
  ["DECIMAL", ["DECIMAL", "two"]],
  ["DEC", ["DECIMAL", "two"]],
  ["NUMERIC", ["DECIMAL", "two"]],
  ["ANY", ["ANY", "two"]],
  ["BINARY", ["BINARY", "one"]],
  ["VARBINARY", ["VARBINARY", "one"]],
  ["CHAR", ["CHAR", "one"]],
  ["CHARACTER", ["CHAR", "one"]],
  ["VARCHAR", ["VARCHAR", "one"]],
  ["STRING", ["STRING", "none"]],
  ["BYTES", ["BYTES", "none"]],
  ["DATE", ["DATE", "none"]],
  ["TIME", ["TIME", "one"]],
  ["TIMESTAMP", ["TIMESTAMP", "one"]],
  ["TIMESTAMP_LTZ", ["TIMESTAMP_LTZ", "one"]],
  ["VARIANT", ["VARIANT", "none"]],
  ["GEOMETRY", ["GEOMETRY", "none"]]
])

/** Whether a type can start here. */
export function atType(cursor: Cursor, ahead = 0): boolean {
  const word = cursor.word(ahead)
  return simple.has(word) || constructed.has(word) || cursor.atName(ahead)
}

const constructed: ReadonlySet<string> = new Set([
  "ARRAY",
  "MULTISET",
  "MAP",
  "ROW",
  "RAW",
  "STRUCTURED"
])

/** A type without NULL or NOT NULL, as in CAST; INTERVAL stands only there. */
export function parseCastType(cursor: Cursor): DataType {
  const start = cursor.start
  if (cursor.accept("INTERVAL")) {
    const qualifier = parseIntervalQualifier(cursor)
    return { kind: "intervalType", qualifier, nullable: undefined, span: cursor.span(start) }
  }
  let type = parseTypeName(cursor)
  for (;;) {
    const name = cursor.acceptAny("ARRAY", "MULTISET")
    if (name === undefined) return type
    cursor.grow()
    type = postfix(cursor, name, type, start)
  }
}

/** A type with NULL or NOT NULL behind it, as columns and fields have it. */
export function parseType(cursor: Cursor): DataType {
  const start = cursor.start
  let type = parseTypeName(cursor)
  for (;;) {
    type = nullability(cursor, type, start)
    const name = cursor.acceptAny("ARRAY", "MULTISET")
    if (name === undefined) return type
    cursor.grow()
    type = postfix(cursor, name, type, start)
  }
}

function postfix(
  cursor: Cursor,
  name: "ARRAY" | "MULTISET",
  element: DataType,
  start: number
): DataType {
  return {
    kind: "collectionType",
    name,
    element,
    postfix: true,
    nullable: undefined,
    span: cursor.span(start)
  }
}

function nullability(cursor: Cursor, type: DataType, start: number): DataType {
  if (cursor.accept("NULL")) return { ...type, nullable: true, span: cursor.span(start) }
  if (cursor.acceptAll("NOT", "NULL")) return { ...type, nullable: false, span: cursor.span(start) }
  return type
}

function parseTypeName(cursor: Cursor): DataType {
  return cursor.nested(() => {
    const word = cursor.word()
    const known = simple.get(word)
    if (known !== undefined) return parseSimple(cursor, word, known[0], known[1])
    switch (word) {
      case "ARRAY":
      case "MULTISET":
        return parseCollection(cursor, word)
      case "MAP":
        if (cursor.word(1) === "<") return parseMap(cursor)
        break
      case "ROW":
        return parseRow(cursor)
      case "RAW":
        return parseRaw(cursor)
      case "STRUCTURED":
        return parseStructured(cursor)
    }
    const start = cursor.start
    if (!cursor.atName()) {
      cursor.ask("a type")
      throw cursor.unexpected()
    }
    const name = cursor.name()
    return { kind: "namedType", name, nullable: undefined, span: cursor.span(start) }
  })
}

function parseSimple(
  cursor: Cursor,
  word: string,
  name: SimpleTypeName,
  numbers: Numbers
): DataType {
  const start = cursor.start
  cursor.index++
  let kind = name
  if (name === "DOUBLE") cursor.accept("PRECISION")
  if ((name === "CHAR" || name === "BINARY") && cursor.accept("VARYING")) {
    kind = name === "CHAR" ? "VARCHAR" : "VARBINARY"
  }
  let precision: number | undefined
  let scale: number | undefined
  if (numbers !== "none" && cursor.accept("(")) {
    precision = parseInteger(cursor)
    if (numbers === "two" && cursor.accept(",")) scale = parseInteger(cursor)
    cursor.expect(")")
  }
  let charset: string | undefined
  if ((kind === "CHAR" || kind === "VARCHAR") && cursor.acceptAll("CHARACTER", "SET")) {
    charset = cursor.identifier().name
  }
  let spelling = word
  if (word === "TIME" || word === "TIMESTAMP") {
    if (cursor.acceptAll("WITHOUT", "TIME", "ZONE")) spelling = `${word} WITHOUT TIME ZONE`
    else if (cursor.acceptAll("WITH", "LOCAL", "TIME", "ZONE")) {
      spelling = `${word} WITH LOCAL TIME ZONE`
      if (word === "TIMESTAMP") kind = "TIMESTAMP_LTZ"
    }
  }
  const span = cursor.span(start)
  return {
    kind: "simpleType",
    name: kind,
    spelling,
    precision,
    scale,
    charset,
    nullable: undefined,
    span
  }
}

function parseCollection(cursor: Cursor, name: "ARRAY" | "MULTISET"): DataType {
  const start = cursor.start
  cursor.index++
  cursor.expect("<")
  const inner = cursor.start
  const element = nullability(cursor, parseTypeName(cursor), inner)
  cursor.expect(">")
  const span = cursor.span(start)
  return { kind: "collectionType", name, element, postfix: false, nullable: undefined, span }
}

function parseMap(cursor: Cursor): DataType {
  const start = cursor.start
  cursor.index++
  cursor.expect("<")
  const key = parseType(cursor)
  cursor.expect(",")
  const value = parseType(cursor)
  cursor.expect(">")
  return { kind: "mapType", key, value, nullable: undefined, span: cursor.span(start) }
}

function parseRow(cursor: Cursor): DataType {
  const start = cursor.start
  cursor.expect("ROW")
  let fields: ReadonlyArray<RowTypeField> = []
  let bracket: "<" | "(" = "<"
  if (!cursor.accept("<>")) {
    bracket = cursor.expectAny("<", "(")
    const close = bracket === "<" ? ">" : ")"
    if (!cursor.at(close)) fields = cursor.list(() => parseField(cursor))
    cursor.expect(close)
  }
  const span = cursor.span(start)
  return { kind: "rowType", fields, bracket, className: undefined, nullable: undefined, span }
}

function parseField(cursor: Cursor): RowTypeField {
  const start = cursor.start
  const name = cursor.identifier()
  const type = parseType(cursor)
  const comment = cursor.kind() === Kind.string ? parsePlainString(cursor) : undefined
  return { name, type, comment, span: cursor.span(start) }
}

function parseRaw(cursor: Cursor): DataType {
  const start = cursor.start
  cursor.expect("RAW", "(")
  const className = parseString(cursor)
  cursor.expect(",")
  const serializer = parseString(cursor)
  cursor.expect(")")
  return { kind: "rawType", className, serializer, nullable: undefined, span: cursor.span(start) }
}

function parseStructured(cursor: Cursor): DataType {
  const start = cursor.start
  cursor.expect("STRUCTURED", "<")
  if (!atString(cursor)) throw cursor.unexpected()
  const className = parseString(cursor)
  const fields = cursor.accept(",") ? cursor.list(() => parseField(cursor)) : []
  cursor.expect(">")
  const span = cursor.span(start)
  return { kind: "rowType", fields, bracket: "<", className, nullable: undefined, span }
}
