/** Values of SQL as JavaScript values for functions of users, and back. What a function gives is checked against its type. */
import { format, type LogicalType } from "../../type/logical-type.ts"
import { formatDecimal, parseDecimal } from "../../type/text.ts"
import { dayMillis } from "../../type/civil.ts"
import type { Boxed, Moment } from "../function/definition.ts"
import { wrapInteger } from "../function/exact.ts"

type Entries = ReadonlyArray<readonly [Boxed, Boxed]>
type Convert = (value: Boxed) => unknown

const same: Convert = (value) => value

function entryTypes(type: LogicalType): readonly [LogicalType, LogicalType] {
  if (type.kind === "MAP") return [type.key, type.value]
  const { element } = type as { readonly element: LogicalType }
  return [element, { kind: "INT", nullable: false }]
}

/** How values of a type come to a function. */
export function toUser(type: LogicalType): Convert {
  const convert = present(type)
  return (value) => value === null ? null : convert(value)
}

function present(type: LogicalType): Convert {
  switch (type.kind) {
    case "DECIMAL":
      return (value) => formatDecimal(value as bigint, type.scale)
    case "DATE":
      return (value) => new Date((value as number) * dayMillis)
    case "TIMESTAMP":
    case "TIMESTAMP_LTZ":
      return (value) => new Date(typeof value === "number" ? value : (value as Moment).millis)
    case "ARRAY": {
      const element = toUser(type.element)
      return (value) => (value as ReadonlyArray<Boxed>).map(element)
    }
    case "MAP":
    case "MULTISET": {
      const [key, item] = entryTypes(type).map(toUser) as [Convert, Convert]
      return (value) => new Map((value as Entries).map(([k, v]) => [key(k), item(v)]))
    }
    case "ROW": {
      const fields = type.fields.map((field) => [field.name, toUser(field.type)] as const)
      return (value) =>
        Object.fromEntries(
          fields.map(([name, field], i) => [name, field((value as ReadonlyArray<Boxed>)[i]!)])
        )
    }
    default:
      return same
  }
}

/** A value that does not have the declared type. */
export class Mismatch extends Error {}

function refuse(value: unknown, type: LogicalType): never {
  const given = value instanceof Date
    ? "a Date"
    : Array.isArray(value)
    ? "an array"
    : value === null
    ? "null"
    : `a ${typeof value}`
  throw new Mismatch(`it gave ${given} where its result is ${format(type)}`)
}

/** How what a function gives comes back. Throws {@link Mismatch}. */
export function fromUser(type: LogicalType): (value: unknown) => Boxed {
  const convert = given(type)
  return (value) => {
    if (value === null || value === undefined) return type.nullable ? null : refuse(null, type)
    return convert(value)
  }
}

function integer(type: LogicalType): (value: unknown) => Boxed {
  return (value) => {
    if (typeof value !== "number" || !Number.isInteger(value)) return refuse(value, type)
    const wrapped = wrapInteger(value, type)
    return wrapped === value ? wrapped : refuse(value, type)
  }
}

function dateMillis(value: unknown, type: LogicalType): number {
  return value instanceof Date && !Number.isNaN(value.getTime())
    ? value.getTime()
    : refuse(value, type)
}

function ofKind(kind: string, type: LogicalType): (value: unknown) => Boxed {
  return (value) => typeof value === kind ? value as Boxed : refuse(value, type)
}

function given(type: LogicalType): (value: unknown) => Boxed {
  switch (type.kind) {
    case "BOOLEAN":
      return ofKind("boolean", type)
    case "CHAR":
    case "VARCHAR":
      return ofKind("string", type)
    case "TINYINT":
    case "SMALLINT":
    case "INT":
    case "INTERVAL_YEAR_MONTH":
    case "TIME":
      return integer(type)
    case "BIGINT":
      return (value) =>
        typeof value === "bigint" && BigInt.asIntN(64, value) === value
          ? value
          : refuse(value, type)
    case "FLOAT":
      return (value) => typeof value === "number" ? Math.fround(value) : refuse(value, type)
    case "DOUBLE":
    case "INTERVAL_DAY_TIME":
      return ofKind("number", type)
    case "DECIMAL":
      return (value) =>
        typeof value === "string"
          ? parseDecimal(value, type.precision, type.scale) ?? refuse(value, type)
          : refuse(value, type)
    case "BINARY":
    case "VARBINARY":
      return (value) => value instanceof Uint8Array ? value : refuse(value, type)
    case "DATE":
      return (value) => Math.floor(dateMillis(value, type) / dayMillis)
    case "TIMESTAMP":
    case "TIMESTAMP_LTZ":
      return (value) => {
        const millis = dateMillis(value, type)
        return type.precision > 3 ? { millis, nanos: 0 } : millis
      }
    default:
      return givenNested(type)
  }
}

function givenNested(type: LogicalType): (value: unknown) => Boxed {
  if (type.kind === "ARRAY") {
    const element = fromUser(type.element)
    return (value) => Array.isArray(value) ? value.map(element) : refuse(value, type)
  }
  if (type.kind === "MAP" || type.kind === "MULTISET") {
    const [key, item] = entryTypes(type).map(fromUser) as [
      (v: unknown) => Boxed,
      (v: unknown) => Boxed
    ]
    return (value) =>
      value instanceof Map ? [...value].map(([k, v]) => [key(k), item(v)]) : refuse(value, type)
  }
  if (type.kind === "ROW") {
    const fields = type.fields.map((field) => [field.name, fromUser(field.type)] as const)
    return (value) =>
      typeof value === "object"
        ? fields.map(([name, field]) => field((value as Readonly<Record<string, unknown>>)[name]))
        : refuse(value, type)
  }
  return (value) => refuse(value, type)
}
