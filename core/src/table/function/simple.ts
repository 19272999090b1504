/** Entries for functions whose types are plain: each argument has one family, the result one type. */
import { type LogicalType, simple } from "../../type/logical-type.ts"
import type { Call, Evaluator, ScalarFunction, Signature } from "./definition.ts"
import { bytes as bytesType, withNullable } from "../../type/logical-type.ts"
import { isBinary, isInteger, isNumeric, isText, textType } from "./type-rule.ts"

/** What an argument may be. `int` takes any integer up to INT, `bigint` any integer, `double` any number. */
export type Family =
  | "text"
  | "binary"
  | "sequence"
  | "int"
  | "bigint"
  | "double"
  | "boolean"
  | "date"

const words: Readonly<Record<Family, string>> = {
  text: "STRING",
  binary: "BYTES",
  sequence: "STRING or BYTES",
  int: "INT",
  bigint: "BIGINT",
  double: "a number",
  boolean: "BOOLEAN",
  date: "DATE"
}

/** The type to which an argument of a family is cast, or undefined when it does not belong to it. */
function accept(family: Family, type: LogicalType): LogicalType | undefined {
  const nullable = type.nullable || type.kind === "NULL"
  const missing = type.kind === "NULL"
  switch (family) {
    case "text":
      if (isText(type)) return type
      return missing ? textType(true) : undefined
    case "sequence":
      if (isText(type) || isBinary(type)) return type
      return missing ? textType(true) : undefined
    case "binary":
      if (isBinary(type)) return type
      return missing ? bytesType : undefined
    case "int":
      return missing || (isInteger(type) && type.kind !== "BIGINT")
        ? simple("INT", nullable)
        : undefined
    case "bigint":
      return missing || isInteger(type) ? simple("BIGINT", nullable) : undefined
    case "double":
      return missing || isNumeric(type) ? simple("DOUBLE", nullable) : undefined
    case "boolean":
      return missing || type.kind === "BOOLEAN" ? simple("BOOLEAN", nullable) : undefined
    case "date":
      return missing || type.kind === "DATE" ? simple("DATE", nullable) : undefined
  }
}

/** Types by families: `families` in order, those from `required` on may be left out; with `repeated` the last may come again. */
function inferFamilies(
  sql: string,
  families: ReadonlyArray<Family>,
  required: number,
  result: ScalarParts["result"],
  args: ReadonlyArray<LogicalType>,
  repeated: boolean,
  strict: boolean
): Signature | string {
  if (args.length < required || (!repeated && args.length > families.length)) {
    const most = repeated ? "or more" : required === families.length ? "" : `to ${families.length}`
    return `${sql} wants ${required} ${most} arguments, not ${args.length}`.replace("  ", " ")
  }
  const accepted: Array<LogicalType> = []
  for (const [i, arg] of args.entries()) {
    const family = families[Math.min(i, families.length - 1)]!
    const type = accept(family, arg)
    if (type === undefined) {
      return `Argument ${i + 1} of ${sql} must be ${words[family]}, not ${arg.kind}`
    }
    accepted.push(type)
  }
  const type = typeof result === "function" ? result(accepted) : result
  const nullable = type.nullable || (strict && accepted.some((arg) => arg.nullable))
  return { type: withNullable(type, nullable), args: accepted }
}

/** What {@link scalar} takes. */
export interface ScalarParts {
  /** Name in expressions; the rest are names in SQL. */
  readonly names: readonly [string, ...Array<string>]
  readonly args: ReadonlyArray<Family>
  /** How many arguments must be given; all when absent. */
  readonly required?: number
  /** The last argument may come any number of times. */
  readonly repeated?: boolean
  /** The result, which may be told by the arguments; nullable even without a NULL argument if it says so. */
  readonly result: LogicalType | ((args: ReadonlyArray<LogicalType>) => LogicalType)
  readonly description: string
  readonly evaluate: (call: Call) => Evaluator
  readonly generate?: ScalarFunction["generate"]
  readonly strict?: boolean
  readonly deterministic?: boolean
}

/** An entry from families. */
export function scalar(parts: ScalarParts): ScalarFunction {
  const [name, ...sql] = parts.names
  return {
    name,
    sql,
    description: parts.description,
    infer: (args) =>
      inferFamilies(
        sql[0]!,
        parts.args,
        parts.required ?? parts.args.length,
        parts.result,
        args,
        parts.repeated === true,
        parts.strict !== false
      ),
    evaluate: parts.evaluate,
    ...(parts.generate === undefined ? {} : { generate: parts.generate }),
    ...(parts.strict === undefined ? {} : { strict: parts.strict }),
    ...(parts.deterministic === undefined ? {} : { deterministic: parts.deterministic })
  }
}
