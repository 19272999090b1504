/** Literals of expressions (JSON text) to boxes and back. Exact both ways. */
import { layoutOf, type LogicalType } from "../../type/logical-type.ts"
import { formatDecimal } from "../../type/text.ts"
import type { Expression } from "../expression.ts"
import type { Boxed, Moment } from "../function/definition.ts"

function unscaled(text: string, scale: number): bigint {
  const negative = text.startsWith("-")
  const [whole = "", fraction = ""] = text.replace(/^[+-]/, "").split(".")
  const value = BigInt((whole + fraction.padEnd(scale, "0").slice(0, scale)) || "0")
  return negative ? -value : value
}

function bytesOfHex(hex: string): Uint8Array {
  const bytes = new Uint8Array(hex.length / 2)
  for (let i = 0; i < bytes.length; i++) bytes[i] = parseInt(hex.slice(i * 2, i * 2 + 2), 16)
  return bytes
}

function momentOf(text: string, type: LogicalType): Boxed {
  const [millis = "0", nanos = ""] = text.split(".")
  if (layoutOf(type) !== "ts9") return Number(millis)
  return { millis: Number(millis), nanos: Number(nanos.padEnd(6, "0").slice(0, 6)) }
}

/** The value of a literal. */
export function literalValue(value: boolean | string | null, type: LogicalType): Boxed {
  if (value === null || typeof value === "boolean") return value
  switch (type.kind) {
    case "BIGINT":
      return BigInt(value)
    case "DECIMAL":
      return unscaled(value, type.scale)
    case "CHAR":
    case "VARCHAR":
      return value
    case "BINARY":
    case "VARBINARY":
      return bytesOfHex(value)
    case "TIMESTAMP":
    case "TIMESTAMP_LTZ":
      return momentOf(value, type)
    case "FLOAT":
      return Math.fround(Number(value))
    default:
      return Number(value)
  }
}

/** A box as a literal; undefined for nested values, which have no literal form. */
export function literalOf(value: Boxed, type: LogicalType): Expression | undefined {
  const text = literalText(value, type)
  return text === undefined ? undefined : { op: "literal", value: text, type }
}

function literalText(value: Boxed, type: LogicalType): boolean | string | null | undefined {
  if (value === null || typeof value === "boolean" || typeof value === "string") return value
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value)
  if (typeof value === "bigint") {
    return type.kind === "DECIMAL" ? formatDecimal(value, type.scale) : String(value)
  }
  if (value instanceof Uint8Array) {
    return Array.from(value, (byte) => byte.toString(16).padStart(2, "0")).join("")
  }
  if (Array.isArray(value)) return undefined
  const { millis, nanos } = value as Moment
  return nanos === 0 ? String(millis) : `${millis}.${String(nanos).padStart(6, "0")}`
}
