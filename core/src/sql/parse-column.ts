/** Columns, constraints, watermarks, options and distributions, as CREATE and ALTER hold them. */
import type {
  ColumnPosition,
  Distribution,
  Name,
  OptionPair,
  PartitionValue,
  StringLiteral,
  TableColumn,
  TableConstraint,
  TableSchema,
  WatermarkDefinition
} from "./ast.ts"
import type { Cursor } from "./cursor.ts"
import { parseNumber, parsePlainString, parseSignedLiteral, parseString } from "./parse-literal.ts"
import { atType, parseType } from "./parse-type.ts"

/** A schema under construction. */
interface SchemaDraft {
  readonly columns: Array<TableColumn>
  readonly constraints: Array<TableConstraint>
  watermark: WatermarkDefinition | undefined
}

/** `(columns, constraints, watermark)`, or nothing; bare names make BareColumns, which only a query can give types. */
export function parseSchema(cursor: Cursor): TableSchema {
  if (!cursor.accept("(")) return { columns: [], constraints: [], watermark: undefined }
  const bare = cursor.atName() && (cursor.word(1) === "," || cursor.word(1) === ")")
  const draft: SchemaDraft = { columns: [], constraints: [], watermark: undefined }
  if (bare) {
    draft.columns.push(...cursor.list((): TableColumn => {
      const name = cursor.name()
      return { kind: "bareColumn", name, span: name.span }
    }))
  } else {
    cursor.list(() => parseElement(cursor, draft, false))
  }
  cursor.expect(")")
  return draft
}

/** What ALTER TABLE ADD and MODIFY take: one element, or several in parentheses. */
export function parseSchemaChange(cursor: Cursor): TableSchema & { readonly parentheses: boolean } {
  const draft: SchemaDraft = { columns: [], constraints: [], watermark: undefined }
  const parentheses = cursor.accept("(")
  if (parentheses) {
    cursor.list(() => parseElement(cursor, draft, true))
    cursor.expect(")")
  } else {
    parseElement(cursor, draft, true)
  }
  return { ...draft, parentheses }
}

function parseElement(cursor: Cursor, draft: SchemaDraft, alter: boolean): void {
  switch (cursor.word()) {
    case "CONSTRAINT":
    case "PRIMARY":
    case "UNIQUE":
      draft.constraints.push(parseConstraint(cursor, true))
      return
    case "WATERMARK": {
      const watermark = parseWatermark(cursor)
      if (draft.watermark !== undefined) {
        throw cursor.fault("A table has at most one WATERMARK", watermark.span)
      }
      draft.watermark = watermark
      return
    }
  }
  for (const word of ["PRIMARY", "WATERMARK", "CONSTRAINT"]) cursor.ask(word)
  draft.columns.push(parseColumn(cursor, alter))
}

function parseWatermark(cursor: Cursor): WatermarkDefinition {
  const start = cursor.start
  cursor.expect("WATERMARK", "FOR")
  const column = cursor.name()
  cursor.expect("AS")
  const expression = cursor.grammar.expression(cursor, true)
  return { column, expression, span: cursor.span(start) }
}

function parseColumn(cursor: Cursor, alter: boolean): TableColumn {
  const start = cursor.start
  if (!cursor.atName()) throw cursor.unexpected()
  if (cursor.word(1) === "AS") {
    const part = cursor.identifier()
    const name: Name = { kind: "name", parts: [part], span: part.span }
    cursor.expect("AS")
    const expression = cursor.grammar.expression(cursor, true)
    const comment = parseComment(cursor)
    const position = alter ? parsePosition(cursor) : undefined
    return { kind: "computedColumn", name, expression, comment, position, span: cursor.span(start) }
  }
  const name = cursor.name()
  if (!atType(cursor)) cursor.ask("a type")
  const type = parseType(cursor)
  if (cursor.accept("METADATA")) {
    const from = cursor.accept("FROM") ? parseString(cursor) : undefined
    const virtual = cursor.accept("VIRTUAL")
    const comment = parseComment(cursor)
    const position = alter ? parsePosition(cursor) : undefined
    const span = cursor.span(start)
    return { kind: "metadataColumn", name, type, from, virtual, comment, position, span }
  }
  const constrained = cursor.at("CONSTRAINT") || cursor.at("PRIMARY") || cursor.at("UNIQUE")
  const constraint = constrained ? parseConstraint(cursor, false) : undefined
  const comment = parseComment(cursor)
  const position = alter ? parsePosition(cursor) : undefined
  const span = cursor.span(start)
  return { kind: "physicalColumn", name, type, constraint, comment, position, span }
}

function parsePosition(cursor: Cursor): ColumnPosition | undefined {
  const start = cursor.start
  if (cursor.accept("FIRST")) return { after: undefined, span: cursor.span(start) }
  if (!cursor.accept("AFTER")) return undefined
  return { after: cursor.name(), span: cursor.span(start) }
}

function parseConstraint(cursor: Cursor, ofTable: boolean): TableConstraint {
  const start = cursor.start
  const name = cursor.accept("CONSTRAINT") ? cursor.identifier() : undefined
  const word = cursor.expectAny("PRIMARY", "UNIQUE")
  if (word === "PRIMARY") cursor.expect("KEY")
  const columns = ofTable ? cursor.identifierList() : []
  let enforced: boolean | undefined
  if (cursor.accept("ENFORCED")) enforced = true
  else if (cursor.acceptAll("NOT", "ENFORCED")) enforced = false
  const type = word === "PRIMARY" ? "PRIMARY KEY" : "UNIQUE"
  return { name, type, columns, enforced, span: cursor.span(start) }
}

/** `COMMENT '…'`, or nothing. */
export function parseComment(cursor: Cursor): StringLiteral | undefined {
  return cursor.accept("COMMENT") ? parsePlainString(cursor) : undefined
}

/** `('key' = 'value', …)`, which may be empty. */
export function parseOptions(cursor: Cursor): ReadonlyArray<OptionPair> {
  cursor.expect("(")
  const options = cursor.at(")") ? [] : cursor.list(() => parseOption(cursor))
  cursor.expect(")")
  return options
}

/** `WITH (…)`, or nothing. */
export function parseWithOptions(cursor: Cursor): ReadonlyArray<OptionPair> {
  return cursor.accept("WITH") ? parseOptions(cursor) : []
}

/** `'key' = 'value'`. */
export function parseOption(cursor: Cursor): OptionPair {
  const start = cursor.start
  const key = parseString(cursor)
  cursor.expect("=")
  const value = parseString(cursor)
  return { key, value, span: cursor.span(start) }
}

/** `('key', …)`, which may be empty. */
export function parseOptionKeys(cursor: Cursor): ReadonlyArray<StringLiteral> {
  cursor.expect("(")
  const keys = cursor.at(")") ? [] : cursor.list(() => parseString(cursor))
  cursor.expect(")")
  return keys
}

/** `(a = 1, b)`: values may be left out only where `loose`. */
export function parsePartition(cursor: Cursor, loose = false): ReadonlyArray<PartitionValue> {
  return cursor.parenthesised(() => {
    const start = cursor.start
    const name = cursor.identifier()
    const given = loose ? cursor.accept("=") : (cursor.expect("="), true)
    const value = given ? parseSignedLiteral(cursor) : undefined
    return { name, value, span: cursor.span(start) }
  })
}

/** `BY HASH(a) INTO 6 BUCKETS`, `INTO 6 BUCKETS`; the word DISTRIBUTED or DISTRIBUTION is taken. */
export function parseDistribution(cursor: Cursor): Distribution {
  const start = cursor.start
  let strategy: Distribution["strategy"]
  let columns: Distribution["columns"] = []
  const by = cursor.accept("BY")
  if (by) {
    strategy = cursor.acceptAny("HASH", "RANGE")
    columns = cursor.identifierList()
  }
  let buckets: Distribution["buckets"]
  if (by ? cursor.accept("INTO") : (cursor.expect("INTO"), true)) {
    buckets = parseNumber(cursor)
    if (buckets.form !== "integer") {
      throw cursor.fault("The number of buckets must be a positive whole number", buckets.span)
    }
    cursor.expect("BUCKETS")
  }
  return { strategy, columns, buckets, span: cursor.span(start) }
}

/** `IF EXISTS`. */
export function parseIfExists(cursor: Cursor): boolean {
  return cursor.acceptAll("IF", "EXISTS")
}

/** `IF NOT EXISTS`. */
export function parseIfNotExists(cursor: Cursor): boolean {
  return cursor.acceptAll("IF", "NOT", "EXISTS")
}
