/**
 * The rules by which types combine: what several values have in common, what may be cast to what, and the precision of
 * exact arithmetic. All as Flink 2.3 has them; nothing here looks at a value.
 */
import { lengthMax, type LogicalType, simple, withNullable } from "../../type/logical-type.ts"

/** The greatest precision of a DECIMAL. */
export const precisionMax = 38

const integerDigits: Readonly<Record<string, number>> = {
  TINYINT: 3,
  SMALLINT: 5,
  INT: 10,
  BIGINT: 19
}

const integerOrder = ["TINYINT", "SMALLINT", "INT", "BIGINT"] as const

/** DECIMAL(precision, scale). */
export function decimal(precision: number, scale: number, nullable: boolean): LogicalType {
  return { kind: "DECIMAL", nullable, precision, scale }
}

/** TINYINT … BIGINT. */
export function isInteger(type: LogicalType): boolean {
  return type.kind in integerDigits
}

/** Integers and DECIMAL. */
export function isExact(type: LogicalType): boolean {
  return isInteger(type) || type.kind === "DECIMAL"
}

/** FLOAT and DOUBLE. */
export function isApproximate(type: LogicalType): boolean {
  return type.kind === "FLOAT" || type.kind === "DOUBLE"
}

/** Any number. */
export function isNumeric(type: LogicalType): boolean {
  return isExact(type) || isApproximate(type)
}

/** CHAR and VARCHAR. */
export function isText(type: LogicalType): boolean {
  return type.kind === "CHAR" || type.kind === "VARCHAR"
}

/** BINARY and VARBINARY. */
export function isBinary(type: LogicalType): boolean {
  return type.kind === "BINARY" || type.kind === "VARBINARY"
}

/** TIMESTAMP and TIMESTAMP_LTZ. */
export function isTimestamp(type: LogicalType): boolean {
  return type.kind === "TIMESTAMP" || type.kind === "TIMESTAMP_LTZ"
}

/** DATE, TIME and both timestamps. */
export function isTemporal(type: LogicalType): boolean {
  return isTimestamp(type) || type.kind === "DATE" || type.kind === "TIME"
}

/** Both kinds of INTERVAL. */
export function isInterval(type: LogicalType): boolean {
  return type.kind === "INTERVAL_DAY_TIME" || type.kind === "INTERVAL_YEAR_MONTH"
}

/** ARRAY, MAP, MULTISET, ROW. */
export function isNested(type: LogicalType): boolean {
  return type.kind === "ARRAY" || type.kind === "MAP" || type.kind === "MULTISET" ||
    type.kind === "ROW"
}

/** Digits after the point of an exact number: 0 for integers. */
export function scaleOf(type: LogicalType): number {
  return type.kind === "DECIMAL" ? type.scale : 0
}

/** Decimal digits that an exact number may have. */
function precisionOf(type: LogicalType): number {
  return type.kind === "DECIMAL" ? type.precision : integerDigits[type.kind] ?? 0
}

/** The DECIMAL that holds every value of an exact type. */
export function asDecimal(type: LogicalType): LogicalType {
  return decimal(precisionOf(type), scaleOf(type), type.nullable)
}

/** A DECIMAL of more than 38 digits gives up fraction digits, but keeps min(scale, 6) of them. */
function capped(precision: number, scale: number, nullable: boolean): LogicalType {
  if (precision <= precisionMax) return decimal(precision, scale, nullable)
  const digits = precision - scale
  return decimal(precisionMax, Math.max(precisionMax - digits, Math.min(scale, 6)), nullable)
}

/** The exact type of `a operator b`; both are exact and at least one is DECIMAL. */
export function decimalResult(
  operator: "plus" | "times" | "divide" | "mod",
  a: LogicalType,
  b: LogicalType
): LogicalType {
  const nullable = a.nullable || b.nullable
  const p1 = precisionOf(a)
  const p2 = precisionOf(b)
  const s1 = scaleOf(a)
  const s2 = scaleOf(b)
  const scale = Math.max(s1, s2)
  switch (operator) {
    case "plus":
      return capped(Math.max(p1 - s1, p2 - s2) + scale + 1, scale, nullable)
    case "times":
      return capped(p1 + p2 + 1, s1 + s2, nullable)
    case "divide": {
      const quotient = Math.max(6, s1 + p2 + 1)
      return capped(p1 - s1 + s2 + quotient, quotient, nullable)
    }
    case "mod":
      return capped(Math.min(p1 - s1, p2 - s2) + scale, scale, nullable)
  }
}

function commonNumber(a: LogicalType, b: LogicalType): LogicalType | undefined {
  if (!isNumeric(a) || !isNumeric(b)) return undefined
  if (isApproximate(a) || isApproximate(b)) {
    const double = a.kind === "DOUBLE" || b.kind === "DOUBLE" || a.kind === "DECIMAL" ||
      b.kind === "DECIMAL"
    return simple(double ? "DOUBLE" : "FLOAT")
  }
  if (isInteger(a) && isInteger(b)) {
    return integerOrder.indexOf(a.kind as "INT") >= integerOrder.indexOf(b.kind as "INT") ? a : b
  }
  const scale = Math.max(scaleOf(a), scaleOf(b))
  const digits = Math.max(precisionOf(a) - scaleOf(a), precisionOf(b) - scaleOf(b))
  return capped(digits + scale, scale, true)
}

function commonSequence(a: LogicalType, b: LogicalType): LogicalType | undefined {
  if (!("length" in a) || !("length" in b) || isText(a) !== isText(b)) return undefined
  const fixed = (kind: string) => kind === "CHAR" || kind === "BINARY"
  const kind = isText(a) ? "VARCHAR" : "VARBINARY"
  if (fixed(a.kind) && fixed(b.kind) && a.length === b.length) return a
  return { kind, nullable: true, length: Math.max(a.length, b.length) }
}

function commonTemporal(a: LogicalType, b: LogicalType): LogicalType | undefined {
  if (isTimestamp(a) && isTimestamp(b)) {
    const local = a.kind === "TIMESTAMP_LTZ" || b.kind === "TIMESTAMP_LTZ"
    const precision = Math.max(precisionOfTime(a), precisionOfTime(b))
    return { kind: local ? "TIMESTAMP_LTZ" : "TIMESTAMP", nullable: true, precision }
  }
  if (a.kind === "DATE" && isTimestamp(b)) return b
  if (b.kind === "DATE" && isTimestamp(a)) return a
  if (a.kind === "TIME" && b.kind === "TIME") return a.precision >= b.precision ? a : b
  return undefined
}

/** Digits of the fraction of a second. */
export function precisionOfTime(type: LogicalType): number {
  return type.kind === "TIME" || type.kind === "TIMESTAMP" || type.kind === "TIMESTAMP_LTZ"
    ? type.precision
    : 0
}

function commonNested(a: LogicalType, b: LogicalType): LogicalType | undefined {
  if (a.kind === "ARRAY" && b.kind === "ARRAY") {
    const element = commonType([a.element, b.element])
    return element && { kind: "ARRAY", nullable: true, element }
  }
  if (a.kind === "MAP" && b.kind === "MAP") {
    const key = commonType([a.key, b.key])
    const value = commonType([a.value, b.value])
    return key && value && { kind: "MAP", nullable: true, key, value }
  }
  if (a.kind === "ROW" && b.kind === "ROW" && a.fields.length === b.fields.length) {
    const fields = a.fields.map((field, i) => {
      const type = commonType([field.type, b.fields[i]!.type])
      return type && { ...field, type }
    })
    return fields.includes(undefined)
      ? undefined
      : { kind: "ROW", nullable: true, fields: fields.map((field) => field!) }
  }
  return undefined
}

function commonPair(a: LogicalType, b: LogicalType): LogicalType | undefined {
  if (a.kind === "NULL") return b
  if (b.kind === "NULL") return a
  const same = JSON.stringify(withNullable(a, true)) === JSON.stringify(withNullable(b, true))
  return same
    ? a
    : commonNumber(a, b) ?? commonSequence(a, b) ?? commonTemporal(a, b) ?? commonNested(a, b)
}

/** The least type that holds the values of all `types` (branches of CASE, columns of UNION), or undefined if there is none. */
export function commonType(types: ReadonlyArray<LogicalType>): LogicalType | undefined {
  let common = types[0]
  for (let i = 1; i < types.length && common !== undefined; i++) {
    common = commonPair(common, types[i]!)
  }
  return common && withNullable(common, types.some((type) => type.nullable || type.kind === "NULL"))
}

const implicitSources: Readonly<Record<string, ReadonlyArray<string>>> = {
  VARCHAR: ["CHAR"],
  CHAR: ["VARCHAR"],
  VARBINARY: ["BINARY"],
  BINARY: ["VARBINARY"],
  SMALLINT: ["TINYINT"],
  INT: ["TINYINT", "SMALLINT"],
  BIGINT: ["TINYINT", "SMALLINT", "INT"],
  DECIMAL: ["TINYINT", "SMALLINT", "INT", "BIGINT", "FLOAT", "DOUBLE"],
  FLOAT: ["TINYINT", "SMALLINT", "INT", "BIGINT", "DECIMAL"],
  DOUBLE: ["TINYINT", "SMALLINT", "INT", "BIGINT", "DECIMAL", "FLOAT"],
  DATE: ["TIMESTAMP"],
  TIME: ["TIMESTAMP"],
  TIMESTAMP: ["TIMESTAMP_LTZ"],
  TIMESTAMP_LTZ: ["TIMESTAMP"]
}

function castableNested(from: LogicalType, to: LogicalType, implicit: boolean): boolean {
  if (from.kind === "ARRAY" && to.kind === "ARRAY") {
    return castable(from.element, to.element, implicit)
  }
  if (from.kind === "MULTISET" && to.kind === "MULTISET") {
    return castable(from.element, to.element, implicit)
  }
  if (from.kind === "MAP" && to.kind === "MAP") {
    return castable(from.key, to.key, implicit) && castable(from.value, to.value, implicit)
  }
  if (from.kind === "ROW" && to.kind === "ROW") {
    return from.fields.length === to.fields.length &&
      from.fields.every((field, i) => castable(field.type, to.fields[i]!.type, implicit))
  }
  return isText(to) && !implicit
}

/** Whether a value of `from` may be cast to `to`: by CAST, or, with `implicit`, without being asked. Nullability is not looked at. */
export function castable(from: LogicalType, to: LogicalType, implicit: boolean): boolean {
  if (from.kind === "NULL") return true
  if (isNested(from) || isNested(to)) return isNested(from) && castableNested(from, to, implicit)
  if (from.kind === to.kind) return true
  if (implicitSources[to.kind]?.includes(from.kind)) return true
  if (implicit || from.kind === "OBJECT" || to.kind === "OBJECT" || to.kind === "NULL") return false
  if (isText(from) || isText(to)) return true
  if (isNumeric(from) || from.kind === "BOOLEAN") {
    return isNumeric(to) || to.kind === "BOOLEAN" || (isInteger(from) && isInterval(to))
  }
  if (isTemporal(from)) {
    if (isTimestamp(from)) return isTemporal(to)
    return isTimestamp(to)
  }
  return isInterval(from) && isInteger(to)
}

/** STRING or STRING NOT NULL. */
export function textType(nullable: boolean): LogicalType {
  return { kind: "VARCHAR", nullable, length: lengthMax }
}

/** VARCHAR of the length of a text, NOT NULL: what is cut from it. */
export function partOfText(type: LogicalType): LogicalType {
  return { kind: "VARCHAR", nullable: false, length: "length" in type ? type.length : lengthMax }
}
