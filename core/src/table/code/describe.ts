/** Expressions as text for people: in faults and in EXPLAIN. Names of columns, values of literals, symbols of operators. */
import { format, type LogicalType, type RowType } from "../../type/logical-type.ts"
import { formatDate, formatTime, formatTimestamp } from "../../type/text.ts"
import type { Expression } from "../expression.ts"
import { isUserName, scalarOf } from "../function/registry.ts"

const textMax = 200

function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

function describeLiteral(value: boolean | string | null, type: LogicalType): string {
  if (value === null) return "NULL"
  if (typeof value === "boolean") return value ? "TRUE" : "FALSE"
  switch (type.kind) {
    case "CHAR":
    case "VARCHAR":
      return quote(value)
    case "BINARY":
    case "VARBINARY":
      return `x'${value}'`
    case "DATE":
      return `DATE '${formatDate(Number(value))}'`
    case "TIME":
      return `TIME '${formatTime(Number(value), type.precision)}'`
    case "TIMESTAMP":
    case "TIMESTAMP_LTZ": {
      const [millis, nanos = ""] = value.split(".")
      return `TIMESTAMP '${
        formatTimestamp(Number(millis), Number(nanos.padEnd(6, "0")), type.precision)
      }'`
    }
    case "INTERVAL_DAY_TIME":
      return `INTERVAL '${Number(value) / 1000}' SECOND`
    case "INTERVAL_YEAR_MONTH":
      return `INTERVAL '${value}' MONTH`
    default:
      return value
  }
}

function describeCall(name: string, args: ReadonlyArray<string>): string {
  const sql = isUserName(name) ? name.slice(name.indexOf(":") + 1) : scalarOf(name).sql[0] ?? name
  if (name === "case") {
    let text = "CASE"
    for (let i = 0; i + 1 < args.length; i += 2) text += ` WHEN ${args[i]} THEN ${args[i + 1]}`
    return `${text} ELSE ${args.at(-1)} END`
  }
  if (name === "at") return `${args[0]}[${args[1]}]`
  if (name === "minusPrefix") return `-${args[0]}`
  if (name === "in" || name === "notIn") return `${args[0]} ${sql} (${args.slice(1).join(", ")})`
  if (sql.startsWith("IS ")) return `${args[0]} ${sql}`
  if (name === "not") return `NOT ${args[0]}`
  const infix = /^[^A-Z$]/.test(sql) ||
    ["AND", "OR", "LIKE", "NOT LIKE", "SIMILAR TO"].includes(sql)
  if (infix && args.length >= 2) return `(${args.join(` ${sql} `)})`
  return `${sql}(${args.join(", ")})`
}

function write(expression: Expression, input: RowType): string {
  switch (expression.op) {
    case "input":
      return input[expression.index]?.name ?? `$${expression.index}`
    case "field": {
      const { of } = expression
      const field = of.type.kind === "ROW" ? of.type.fields[expression.index]?.name : undefined
      return `${write(of, input)}.${field ?? expression.index}`
    }
    case "literal":
      return describeLiteral(expression.value, expression.type)
    case "cast": {
      const type = format({ ...expression.type, nullable: true })
      return `${expression.try ? "TRY_CAST" : "CAST"}(${write(expression.of, input)} AS ${type})`
    }
    case "call":
      return describeCall(expression.name, expression.args.map((arg) => write(arg, input)))
  }
}

/** The expression as SQL-like text, at most 200 characters of it. */
export function describe(expression: Expression, input: RowType): string {
  const text = write(expression, input)
  return text.length <= textMax ? text : `${text.slice(0, textMax)}…`
}
