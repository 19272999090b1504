/** Literals: strings with their escapes, numbers, dates and intervals. */
import type {
  BinaryLiteral,
  IntervalQualifier,
  Literal,
  NumberLiteral,
  StringLiteral,
  TimeUnit
} from "./ast.ts"
import type { Cursor } from "./cursor.ts"
import { Kind } from "./lexer.ts"

/** Whether a string literal starts here, binary ones left out. */
export function atString(cursor: Cursor): boolean {
  const kind = cursor.kind()
  if (kind >= Kind.string && kind <= Kind.escaped) return true
  cursor.ask("a string literal")
  return false
}

/** A string of one or more adjacent literals. **Errors** — SqlFault when none is here or an escape is wrong. */
export function parseString(cursor: Cursor): StringLiteral {
  if (!atString(cursor)) throw cursor.unexpected()
  const start = cursor.start
  const kind = cursor.kind()
  const first = slice(cursor)
  const quote = first.indexOf("'")
  const charset = kind !== Kind.prefixed
    ? undefined
    : first.charAt(0) === "_"
    ? first.slice(1, quote).toUpperCase()
    : "ISO-8859-1"
  cursor.index++
  if (kind === Kind.escaped) {
    const value = unescape(first.slice(quote + 1, -1))
    return {
      kind: "string",
      value,
      parts: [value],
      charset,
      unicode: false,
      span: cursor.span(start)
    }
  }
  const raw = [unquote(first.slice(quote))]
  while (cursor.kind() === Kind.string) {
    raw.push(unquote(slice(cursor)))
    cursor.index++
  }
  const unicode = kind === Kind.unicode
  let escape = "\\"
  if (unicode && cursor.accept("UESCAPE")) {
    escape = parsePlainString(cursor).value
    if (!/^[^0-9a-f+'"\s]$/i.test(escape)) {
      throw cursor.fault(
        "The escape character of UESCAPE must be one character that is no hex digit"
      )
    }
  }
  const parts = unicode ? raw.map((part) => unescapeUnicode(cursor, part, escape)) : raw
  return {
    kind: "string",
    value: parts.join(""),
    parts,
    charset,
    unicode,
    span: cursor.span(start)
  }
}

/** A string of one literal without prefix, as grammar words like COMMENT take it. */
export function parsePlainString(cursor: Cursor): StringLiteral {
  if (cursor.kind() !== Kind.string) {
    cursor.ask("a string literal")
    throw cursor.unexpected()
  }
  const start = cursor.start
  const value = unquote(slice(cursor))
  cursor.index++
  const span = cursor.span(start)
  return { kind: "string", value, parts: [value], charset: undefined, unicode: false, span }
}

function slice(cursor: Cursor): string {
  return cursor.text.slice(cursor.start, cursor.tokens.ends[cursor.index])
}

function unquote(text: string): string {
  return text.slice(1, -1).replaceAll("''", "'")
}

/** C-style escapes of `E'…'`. */
function unescape(text: string): string {
  const known: Record<string, string> = { n: "\n", t: "\t", r: "\r", b: "\b", f: "\f" }
  return text.replaceAll("''", "'").replace(
    /\\(?:([0-7]{1,3})|x([0-9a-f]{1,2})|u([0-9a-f]{4})|U([0-9a-f]{8})|([\s\S]))/gi,
    (_, octal?: string, hex?: string, four?: string, eight?: string, other?: string) => {
      if (octal !== undefined) return String.fromCodePoint(parseInt(octal, 8))
      const digits = hex ?? four ?? eight
      if (digits !== undefined) return String.fromCodePoint(parseInt(digits, 16))
      return known[other ?? ""] ?? other ?? ""
    }
  )
}

/** `\XXXX` escapes of `U&'…'`; a doubled escape character stands for itself. */
function unescapeUnicode(cursor: Cursor, text: string, escape: string): string {
  let result = ""
  for (let at = 0; at < text.length; at++) {
    if (text.charAt(at) !== escape) {
      result += text.charAt(at)
    } else if (text.charAt(at + 1) === escape) {
      result += escape
      at++
    } else {
      const digits = text.slice(at + 1, at + 5)
      if (!/^[0-9a-f]{4}$/i.test(digits)) {
        throw cursor.fault(`A Unicode escape is "${escape}" with four hex digits`)
      }
      result += String.fromCharCode(parseInt(digits, 16))
      at += 4
    }
  }
  return result
}

/** Whether an unsigned number starts here. */
export function atNumber(cursor: Cursor): boolean {
  const kind = cursor.kind()
  if (kind >= Kind.integer && kind <= Kind.approximate) return true
  cursor.ask("a number")
  return false
}

/** A number without sign. */
export function parseNumber(cursor: Cursor): NumberLiteral {
  if (!atNumber(cursor)) throw cursor.unexpected()
  const kind = cursor.kind()
  const start = cursor.start
  const text = slice(cursor)
  cursor.index++
  const form = kind === Kind.integer ? "integer" : kind === Kind.decimal ? "decimal" : "approximate"
  return { kind: "number", form, text, span: cursor.span(start) }
}

/** A whole number as a JavaScript number. */
export function parseInteger(cursor: Cursor): number {
  if (cursor.kind() !== Kind.integer) {
    cursor.ask("a whole number")
    throw cursor.unexpected()
  }
  const value = Number(slice(cursor))
  if (value > 2147483647) throw cursor.fault("The number is above 2147483647")
  cursor.index++
  return value
}

/** `X'…'`. */
export function parseBinary(cursor: Cursor): BinaryLiteral {
  const start = cursor.start
  let hex = slice(cursor).slice(2, -1)
  const check = () => {
    if (!/^[0-9a-fA-F]*$/.test(hex)) throw cursor.fault("A binary string holds hex digits alone")
  }
  check()
  cursor.index++
  while (cursor.kind() === Kind.string) {
    hex += unquote(slice(cursor))
    check()
    cursor.index++
  }
  if (hex.length % 2 !== 0) throw cursor.fault("A binary string holds an even number of hex digits")
  return { kind: "bytes", hex, span: cursor.span(start) }
}

/** A literal, or undefined when none starts here. A sign is not part of it. */
export function parseLiteral(cursor: Cursor): Literal | undefined {
  const kind = cursor.kind()
  if (kind >= Kind.integer && kind <= Kind.approximate) return parseNumber(cursor)
  if (kind >= Kind.string && kind <= Kind.escaped) return parseString(cursor)
  if (kind === Kind.binary) return parseBinary(cursor)
  const start = cursor.start
  switch (cursor.word()) {
    case "TRUE":
    case "FALSE":
    case "UNKNOWN": {
      const word = cursor.word()
      cursor.index++
      const value = word === "UNKNOWN" ? null : word === "TRUE"
      return { kind: "boolean", value, span: cursor.span(start) }
    }
    case "NULL":
      cursor.index++
      return { kind: "null", span: cursor.span(start) }
    case "DATE":
    case "TIME":
    case "TIMESTAMP":
      return parseDateTime(cursor)
    case "{d":
    case "{t":
    case "{ts": {
      const word = cursor.word()
      cursor.index++
      const text = parsePlainString(cursor).value
      cursor.expect("}")
      const type = word === "{d" ? "DATE" : word === "{t" ? "TIME" : "TIMESTAMP"
      return { kind: "datetime", type, text, span: cursor.span(start) }
    }
    case "INTERVAL":
      return cursor.kind(intervalSign(cursor) === 0 ? 1 : 2) === Kind.string
        ? parseInterval(cursor)
        : undefined
    default:
      return undefined
  }
}

/** A literal with an optional sign, as partitions and options take it; fails when there is none. */
export function parseSignedLiteral(cursor: Cursor): Literal {
  const start = cursor.start
  const sign = cursor.acceptAny("-", "+")
  if (sign !== undefined) {
    const number = parseNumber(cursor)
    const text = sign === "-" ? `-${number.text}` : number.text
    return { ...number, text, span: cursor.span(start) }
  }
  const literal = parseLiteral(cursor)
  if (literal === undefined) {
    cursor.ask("a literal")
    throw cursor.unexpected()
  }
  return literal
}

/** `DATE '…'`, `TIMESTAMP WITH LOCAL TIME ZONE '…'`; undefined when the word is something else here. */
function parseDateTime(cursor: Cursor): Literal | undefined {
  const start = cursor.start
  const word = cursor.word() as "DATE" | "TIME" | "TIMESTAMP"
  if (word === "TIMESTAMP" && cursor.atAll("TIMESTAMP", "WITH", "LOCAL", "TIME", "ZONE")) {
    cursor.index += 5
    const text = parsePlainString(cursor).value
    return { kind: "datetime", type: "TIMESTAMP_LTZ", text, span: cursor.span(start) }
  }
  if (cursor.kind(1) !== Kind.string) return undefined
  cursor.index++
  const text = parsePlainString(cursor).value
  return { kind: "datetime", type: word, text, span: cursor.span(start) }
}

/** 0, 1 or −1: the sign behind INTERVAL. */
export function intervalSign(cursor: Cursor): number {
  return cursor.word(1) === "-" ? -1 : cursor.word(1) === "+" ? 1 : 0
}

/** `INTERVAL '1' DAY`. */
export function parseInterval(cursor: Cursor): Literal {
  const start = cursor.start
  const sign = intervalSign(cursor)
  cursor.expect("INTERVAL")
  if (sign !== 0) cursor.index++
  const text = parsePlainString(cursor).value
  const qualifier = parseIntervalQualifier(cursor)
  return { kind: "interval", negative: sign < 0, text, qualifier, span: cursor.span(start) }
}

const units: ReadonlyMap<string, TimeUnit> = new Map<string, TimeUnit>([
  ["YEAR", "YEAR"],
  ["YEARS", "YEAR"],
  ["QUARTER", "QUARTER"],
  ["QUARTERS", "QUARTER"],
  ["MONTH", "MONTH"],
  ["MONTHS", "MONTH"],
  ["WEEK", "WEEK"],
  ["WEEKS", "WEEK"],
  ["DAY", "DAY"],
  ["DAYS", "DAY"],
  ["HOUR", "HOUR"],
  ["HOURS", "HOUR"],
  ["MINUTE", "MINUTE"],
  ["MINUTES", "MINUTE"],
  ["SECOND", "SECOND"],
  ["SECONDS", "SECOND"]
])

/** What may follow TO, by the unit before it. */
const ends: Readonly<Record<string, ReadonlyArray<TimeUnit>>> = {
  YEAR: ["MONTH"],
  DAY: ["HOUR", "MINUTE", "SECOND"],
  HOUR: ["MINUTE", "SECOND"],
  MINUTE: ["SECOND"]
}

function parseUnit(cursor: Cursor): TimeUnit {
  const unit = units.get(cursor.word())
  if (unit === undefined) {
    for (const word of ["YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"]) cursor.ask(word)
    throw cursor.unexpected()
  }
  cursor.index++
  return unit
}

/** `DAY(3) TO SECOND(6)`; with `single` the part behind TO is not taken. */
export function parseIntervalQualifier(cursor: Cursor, single = false): IntervalQualifier {
  const start = cursor.start
  const from = parseUnit(cursor)
  let precision: number | undefined
  let fractionPrecision: number | undefined
  if (cursor.accept("(")) {
    precision = parseInteger(cursor)
    if (from === "SECOND" && cursor.accept(",")) fractionPrecision = parseInteger(cursor)
    cursor.expect(")")
  }
  let to: TimeUnit | undefined
  const follow = single ? undefined : ends[from]
  if (follow !== undefined && cursor.accept("TO")) {
    const unit = units.get(cursor.word())
    if (unit === undefined || !follow.includes(unit)) {
      for (const word of follow) cursor.ask(word)
      throw cursor.unexpected()
    }
    cursor.index++
    to = unit
    if (unit === "SECOND" && cursor.accept("(")) {
      fractionPrecision = parseInteger(cursor)
      cursor.expect(")")
    }
  }
  return { from, to, precision, fractionPrecision, span: cursor.span(start) }
}
