/** Making {@link Value}s: the few constructors and conversions that the `generate`s of all families share. */
import { layoutOf, type LogicalType } from "../../type/logical-type.ts"
import { narrowMax } from "../../batch/column.ts"
import type { Emit, Form, Value } from "./definition.ts"

/** A value that is not a literal. */
export function value(
  form: Form,
  type: LogicalType,
  code: string,
  nil: string,
  bound: number = narrowMax
): Value {
  return { form, type, code, second: "", third: "", nil, bound, constant: undefined }
}

/** `a || b`, simplified. */
export function either(a: string, b: string): string {
  if (a === "false" || a === b) return b
  if (b === "false") return a
  if (a === "true" || b === "true") return "true"
  return `${a} || ${b}`
}

/** Whether any of `values` is NULL. */
export function anyNil(values: ReadonlyArray<Value>): string {
  return values.reduce((nil, item) => either(nil, item.nil), "false")
}

/** `!nil && condition`, simplified. */
export function unlessNil(nil: string, condition: string): string {
  if (nil === "false") return condition
  return nil === "true" ? "false" : `!(${nil}) && (${condition})`
}

/** Whether a BOOLEAN value is TRUE. */
export function isTrue(item: Value): string {
  return unlessNil(item.nil, item.code)
}

/** A number of either form or an `i32` as bigint code. */
export function wideCode(emit: Emit, item: Value): string {
  if (item.form === "wide") return item.code
  if (typeof item.constant === "bigint" || typeof item.constant === "number") {
    return emit.constant(BigInt(item.constant))
  }
  if (item.nil === "true") return "0n"
  // What stands at a NULL row may be no whole number.
  return item.nil === "false" ? `BigInt(${item.code})` : `(${item.nil} ? 0n : BigInt(${item.code}))`
}

/** The form in which a value of a type is computed when it comes out of a box or a column. */
export function formOf(type: LogicalType, narrow: boolean): Form {
  switch (layoutOf(type)) {
    case "bool":
      return "bool"
    case "i32":
      return "i32"
    case "f64":
      return "f64"
    case "i64":
    case "big":
      return narrow ? "narrow" : "wide"
    case "ts9":
      return "ts9"
    case "bytes":
      return type.kind === "CHAR" || type.kind === "VARCHAR" ? "text" : "boxed"
    default:
      return "boxed"
  }
}

/** The greatest magnitude of an integer type, or of a DECIMAL's unscaled value, as far as a double tells. */
export function typeBound(type: LogicalType): number {
  switch (type.kind) {
    case "TINYINT":
      return 128
    case "SMALLINT":
      return 32768
    case "BIGINT":
      return narrowMax
    case "DECIMAL":
      return type.precision > 15 ? narrowMax : 10 ** type.precision - 1
    default:
      return 2147483648
  }
}

/** What a variable of a form starts with when its value may be NULL. */
export function initial(form: Form): string {
  switch (form) {
    case "bool":
      return "false"
    case "wide":
      return "0n"
    case "text":
      return '""'
    case "boxed":
      return "null"
    default:
      return "0"
  }
}

/**
 * Compute `code` only where the arguments are not NULL: for code that faults, allocates or costs much. Gives a name that is safe to read
 * everywhere.
 */
export function guarded(emit: Emit, nil: string, form: Form, code: string): string {
  if (nil === "false") return emit.store(code)
  return emit.store(`${nil} ? ${initial(form)} : ${code}`)
}

/** Whether any argument may be NULL. */
export function anyNullable(args: ReadonlyArray<LogicalType>): boolean {
  return args.some((type) => type.nullable)
}
