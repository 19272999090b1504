/** Literals as written to typed literals. The value forms are those of `table/expression.ts`. */
import type * as Ast from "../../sql/ast.ts"
import { type LogicalType, simple } from "../../type/logical-type.ts"
import { parseDate, parseTime, parseTimestamp } from "../../type/text.ts"
import type { Expression } from "../expression.ts"
import { notSupported, planFault, type SourceText } from "./plan-fault.ts"

const dayMillis = 86_400_000

/** Make a literal. */
export function literal(value: boolean | string | null, type: LogicalType): Expression {
  return { op: "literal", value, type }
}

/** A text literal. */
export function textLiteral(value: string): Expression {
  return literal(value, { kind: "CHAR", nullable: false, length: [...value].length })
}

/** The literal that stands in the text. `negative` is of a minus before a number. */
export function bindLiteral(source: SourceText, node: Ast.Literal, negative = false): Expression {
  switch (node.kind) {
    case "string":
      return textLiteral(node.value)
    case "number":
      return bindNumber(source, node, negative)
    case "bytes":
      return literal(node.hex.toLowerCase(), {
        kind: "BINARY",
        nullable: false,
        length: node.hex.length / 2
      })
    case "boolean":
      return literal(node.value, simple("BOOLEAN", node.value === null))
    case "null":
      return literal(null, simple("NULL"))
    case "datetime":
      return bindDateTime(source, node)
    case "interval":
      return bindInterval(source, node)
  }
}

function bindNumber(source: SourceText, node: Ast.NumberLiteral, negative: boolean): Expression {
  const sign = negative ? "-" : ""
  if (node.form === "approximate") {
    const value = Number(sign + node.text)
    if (!Number.isFinite(value)) {
      throw planFault(source, node.span, `Number '${node.text}' is out of the range of DOUBLE`)
    }
    return literal(String(value), simple("DOUBLE", false))
  }
  const [whole = "", fraction = ""] = node.text.split(".")
  const digits = (whole + fraction).replace(/^0+(?=\d)/, "")
  if (node.form === "integer") {
    const value = BigInt(sign + digits)
    if (value >= -(2n ** 31n) && value < 2n ** 31n) {
      return literal(String(value), simple("INT", false))
    }
    if (value >= -(2n ** 63n) && value < 2n ** 63n) {
      return literal(String(value), simple("BIGINT", false))
    }
  }
  // A digit stands before the point even when it is 0.
  const precision = Math.max(digits.length, fraction === "" ? 1 : fraction.length + 1)
  if (precision > 38) {
    throw planFault(
      source,
      node.span,
      `Number '${node.text}' has more than the 38 digits of a DECIMAL`
    )
  }
  const text = `${sign}${whole === "" ? "0" : whole}${fraction === "" ? "" : `.${fraction}`}`
  return literal(text, { kind: "DECIMAL", nullable: false, precision, scale: fraction.length })
}

function bindDateTime(source: SourceText, node: Ast.DateTimeLiteral): Expression {
  const wrong = (): Error => planFault(source, node.span, `'${node.text}' is not a ${node.type}`)
  switch (node.type) {
    case "DATE": {
      const days = parseDate(node.text)
      if (days === undefined) throw wrong()
      return literal(String(days), simple("DATE", false))
    }
    case "TIME": {
      const millis = parseTime(node.text)
      if (millis === undefined) throw wrong()
      return literal(String(millis), {
        kind: "TIME",
        nullable: false,
        precision: fractionDigits(node.text)
      })
    }
    case "TIMESTAMP": {
      const instant = parseTimestamp(node.text)
      if (instant === undefined) throw wrong()
      const nanos = instant.nanos === 0 ? "" : `.${String(instant.nanos).padStart(6, "0")}`
      return literal(`${instant.millis}${nanos}`, {
        kind: "TIMESTAMP",
        nullable: false,
        precision: fractionDigits(node.text)
      })
    }
    default:
      throw notSupported(source, node.span, `A literal of ${node.type}`)
  }
}

function fractionDigits(text: string): number {
  return Math.min(9, /\.(\d+)/.exec(text)?.[1]?.length ?? 0)
}

const unitMillis: Readonly<Record<string, number>> = {
  WEEK: 7 * dayMillis,
  DAY: dayMillis,
  HOUR: 3_600_000,
  MINUTE: 60_000,
  SECOND: 1000,
  MILLISECOND: 1
}

const unitMonths: Readonly<Record<string, number>> = { YEAR: 12, QUARTER: 3, MONTH: 1 }

const units = ["YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"]

function bindInterval(source: SourceText, node: Ast.IntervalLiteral): Expression {
  const { from, to } = node.qualifier
  const yearMonth = from in unitMonths
  if (!yearMonth && !(from in unitMillis)) {
    throw notSupported(source, node.span, `An interval in ${from}S`)
  }
  const form = /^\s*([+-]?)(.*)$/s.exec(node.text)!
  const parts = form[2]!.trim().split(/[-: ]+/)
  const last = to === undefined ? units.indexOf(from) : units.indexOf(to)
  const used = to === undefined ? [from] : units.slice(units.indexOf(from), last + 1)
  if (parts.length !== used.length || !parts.every((part) => /^\d+(\.\d+)?$/.test(part))) {
    throw planFault(source, node.span, `'${node.text}' is not an interval of ${used.join(", ")}`)
  }
  const factors = yearMonth ? unitMonths : unitMillis
  const sum = parts.reduce((total, part, i) => total + Number(part) * factors[used[i]!]!, 0)
  const value = (node.negative !== (form[1] === "-") ? -1 : 1) *
    Math.trunc(Math.round(sum * 1000) / 1000)
  const type = simple(yearMonth ? "INTERVAL_YEAR_MONTH" : "INTERVAL_DAY_TIME", false)
  return literal(String(value === 0 ? 0 : value), type)
}
