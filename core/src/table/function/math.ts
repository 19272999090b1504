/** Functions of numbers: signs, roundings, powers, logarithms, angles. */
import { layoutOf, type LogicalType, simple } from "../../type/logical-type.ts"
import type {
  Boxed,
  Call,
  Emit,
  Evaluator,
  Literals,
  ScalarFunction,
  Signature,
  Value
} from "./definition.ts"
import { narrowInteger, scaleDown, scaleUp, settleCode } from "./arithmetic.ts"
import { powerOfTen, rescale, settle, wrapInteger } from "./exact.ts"
import { ceilTo, floorTo, millisOf, unitMillis, unitMonths, unitOf } from "./instant.ts"
import { dayMillis } from "../../type/civil.ts"
import { scalar } from "./simple.ts"
import {
  decimal,
  isApproximate,
  isExact,
  isInteger,
  isNumeric,
  isTemporal,
  isText,
  precisionMax,
  scaleOf
} from "./type-rule.ts"
import { value } from "./value.ts"

const double = simple("DOUBLE", false)

/** A function of doubles, given by its meaning. */
function real(
  name: string,
  sql: ReadonlyArray<string>,
  count: number,
  description: string,
  compute: (...args: Array<number>) => number
): ScalarFunction {
  return scalar({
    names: [name, ...sql],
    args: new Array<"double">(count).fill("double"),
    result: double,
    description,
    evaluate: () => compute as Evaluator,
    generate: (emit, args, call, nil) => {
      const list = args.map((arg) => arg.code).join(", ")
      return value("f64", call.type, emit.store(`${emit.constant(compute)}(${list})`), nil)
    }
  })
}

function inferSame(sql: string, args: ReadonlyArray<LogicalType>): Signature | string {
  const [a] = args
  if (args.length !== 1 || !isNumeric(a!)) return `${sql} wants a number`
  return { type: a!, args }
}

const abs: ScalarFunction = {
  name: "abs",
  sql: ["ABS"],
  description: "The magnitude.",
  infer: (args) => inferSame("ABS", args),
  evaluate: (call) => (a: number | bigint): Boxed =>
    typeof a === "bigint"
      ? settle(a < 0n ? -a : a, call.type)
      : isInteger(call.type)
      ? wrapInteger(Math.abs(a), call.type)
      : Math.abs(a),
  generate: (emit, [a], call, nil) => {
    const item = a!
    const { type } = call
    if (item.form === "wide") {
      const code = emit.store(`${item.code} < 0n ? -${item.code} : ${item.code}`)
      return settleCode(emit, value("wide", type, code, nil), type)
    }
    const code = emit.store(`Math.abs(${item.code})`)
    if (item.form === "i32") {
      return narrowInteger(emit, value("narrow", type, code, nil, 2147483649), type)
    }
    return value(item.form, type, code, nil, item.bound)
  }
}

const sign: ScalarFunction = {
  name: "sign",
  sql: ["SIGN"],
  description: "-1, 0 or 1, in the type of the argument.",
  infer: (args) => inferSame("SIGN", args),
  evaluate: (call) => (a: number | bigint): Boxed => {
    if (typeof a === "number") return Math.sign(a)
    const unit = powerOfTen(scaleOf(call.type))
    return settle(a < 0n ? -unit : a > 0n ? unit : 0n, call.type)
  }
}

function inferRounding(sql: string, args: ReadonlyArray<LogicalType>): Signature | string {
  const [a, unit] = args
  if (a === undefined || args.length > 2) return `${sql} wants 1 or 2 arguments`
  if (isTemporal(a)) {
    return args.length === 2 && isText(unit!)
      ? { type: a, args }
      : `${sql} of a time wants TO and a unit`
  }
  if (!isNumeric(a) || args.length > 1) return `${sql} wants a number`
  const type = a.kind === "DECIMAL" ? decimal(a.precision, 0, a.nullable) : a
  return { type, args }
}

function roundTime(call: Call, up: boolean): Evaluator {
  const type = call.args[0]!
  const unit = unitOf(String(call.constants[1] ?? ""))
  if (unitMillis[unit] === undefined && unitMonths[unit] === undefined) {
    throw new Error(`Broken invariant: "${unit}" is a unit of time`)
  }
  const round = up ? ceilTo : floorTo
  const local = type.kind === "TIMESTAMP_LTZ"
  const moment = layoutOf(type) === "ts9"
  // The ceiling of a DATE to DAY is the day after, as in Flink.
  const more = up && unit === "DAY" ? 1 : 0
  if (type.kind === "DATE") {
    return (a: number): Boxed => round(unit, a * dayMillis) / dayMillis + more
  }
  if (type.kind === "TIME") return (a: number): Boxed => round(unit, a)
  const { zone } = call.environment
  return (a: Boxed): Boxed => {
    const millis = millisOf(a)
    const nanos = moment ? (a as { nanos: number }).nanos : 0
    const offset = local ? zone.offsetMillis(millis) : 0
    // A ceiling passes the milli when there are nanos above it.
    const at = round(unit, millis + offset + (up && nanos > 0 ? 1 : 0)) - offset
    return moment ? { millis: at, nanos: 0 } : at
  }
}

function evaluateRounding(call: Call, up: boolean): Evaluator {
  const type = call.args[0]!
  if (isTemporal(type)) return roundTime(call, up)
  if (isApproximate(type)) {
    return up ? (a: number): Boxed => Math.ceil(a) : (a: number): Boxed => Math.floor(a)
  }
  if (isInteger(type)) return (a: Boxed): Boxed => a
  const unit = powerOfTen(scaleOf(type))
  return (a: bigint): Boxed => {
    const rest = a % unit
    const whole = a / unit
    if (rest === 0n) return settle(whole, call.type)
    return settle(up ? whole + (a > 0n ? 1n : 0n) : whole - (a < 0n ? 1n : 0n), call.type)
  }
}

function generateRounding(
  emit: Emit,
  item: Value,
  call: Call,
  nil: string,
  up: boolean
): Value | undefined {
  const word = up ? "ceil" : "floor"
  if (item.form === "f64" && isApproximate(item.type)) {
    return value("f64", call.type, emit.store(`Math.${word}(${item.code})`), nil)
  }
  if (isInteger(item.type)) return item
  if (item.form === "f64" && item.type.kind === "TIMESTAMP") {
    const size = unitMillis[unitOf(String(call.constants[1]))]
    if (size === undefined || size > dayMillis) return undefined
    return value(
      "f64",
      call.type,
      emit.store(`Math.${word}(${item.code} / ${size}) * ${size} + 0`),
      nil
    )
  }
  return undefined
}

function rounding(name: string, sql: ReadonlyArray<string>, up: boolean): ScalarFunction {
  return {
    name,
    sql,
    description: `The ${
      up ? "least whole number not less" : "greatest whole number not greater"
    }; of a time, to a unit.`,
    infer: (args) => inferRounding(sql[0]!, args),
    evaluate: (call) => evaluateRounding(call, up),
    generate: (emit, args, call, nil) =>
      generateRounding(emit, args[0]!, call, nil, up) ??
        boxedCall(emit, args, call, nil, evaluateRounding(call, up))
  }
}

/** A call of an evaluator on boxes: the way of functions without code of their own. */
export function boxedCall(
  emit: Emit,
  args: ReadonlyArray<Value>,
  call: Call,
  nil: string,
  evaluator: Evaluator
): Value {
  const list = args.map((arg) => emit.box(arg)).join(", ")
  const invoke = `${emit.constant(evaluator)}(${list})`
  const result = emit.store(nil === "false" ? invoke : `(${nil}) ? null : ${invoke}`)
  const mayBeNull = call.type.nullable || nil !== "false"
  const nothing = mayBeNull ? emit.store(`${result} === null`) : "false"
  return emit.unbox(result, nothing, call.type)
}

function inferRound(
  sql: string,
  args: ReadonlyArray<LogicalType>,
  literals: Literals
): Signature | string {
  const [a, digits] = args
  if (a === undefined || args.length > 2 || !isNumeric(a)) {
    return `${sql} wants a number and a number of digits`
  }
  if (digits !== undefined && (!isInteger(digits) || digits.kind === "BIGINT")) {
    return `${sql} wants an INT number of digits`
  }
  const nullable = args.some((type) => type.nullable)
  const int = digits === undefined ? [] : [simple("INT", digits.nullable)]
  const count = digits === undefined ? "0" : literals[1]
  const type = a.kind === "DECIMAL" && typeof count === "string" ? roundedType(a, Number(count)) : a
  return { type: { ...type, nullable }, args: [a, ...int] }
}

/** A DECIMAL that is rounded to a known number of digits has only those. */
function roundedType(
  type: LogicalType & { readonly kind: "DECIMAL" },
  digits: number
): LogicalType {
  if (digits >= type.scale) return type
  const whole = 1 + type.precision - type.scale
  return digits < 0
    ? decimal(Math.min(precisionMax, whole), 0, type.nullable)
    : decimal(whole + digits, digits, type.nullable)
}

function roundDouble(a: number, digits: number, half: boolean): number {
  if (!Number.isFinite(a)) return a
  // Through the shortest decimal form, as Java's BigDecimal.valueOf does.
  const [mantissa, exponent] = a.toExponential().split("e") as [string, string]
  const places = (mantissa.split(".")[1] ?? "").length
  const unscaled = BigInt(mantissa.replace(".", ""))
  const scale = places - Number(exponent)
  if (scale <= digits) return a
  const unit = scale - digits
  if (unit > 40) return 0
  const kept = half ? rescale(unscaled, unit, 0) : unscaled / powerOfTen(unit)
  return Number(`${kept}e${-digits}`)
}

function roundExact(a: bigint, type: LogicalType, digits: number, half: boolean): bigint {
  const drop = scaleOf(type) - digits
  if (drop <= 0) return a
  if (drop > 60) return 0n
  const unit = powerOfTen(drop)
  return (half ? rescale(a, drop, 0) : a / unit) * unit
}

function roundTo(name: string, sql: ReadonlyArray<string>, half: boolean): ScalarFunction {
  return {
    name,
    sql,
    description: half
      ? "Rounded half up to so many digits after the point."
      : "Cut to so many digits after the point.",
    infer: (args, literals) => inferRound(sql[0]!, args, literals),
    evaluate: (call) => (a: number | bigint, digits?: number): Boxed => {
      if (typeof a === "bigint") {
        const from = call.args[0]!
        const rounded = roundExact(a, from, digits ?? 0, half)
        return settle(rescale(rounded, scaleOf(from), scaleOf(call.type)), call.type)
      }
      if (!isInteger(call.type)) return roundDouble(a, digits ?? 0, half)
      return wrapInteger(Number(roundExact(BigInt(a), call.type, digits ?? 0, half)), call.type)
    },
    generate: (emit, args, call, nil) => {
      const digits = args.length === 1 ? 0 : call.constants[1]
      const item = args[0]!
      if (
        half && isExact(item.type) && !isInteger(item.type) && typeof digits === "number" &&
        digits >= 0
      ) {
        const drop = scaleOf(item.type) - digits
        if (drop <= 0) return { ...item, type: call.type, nil }
        const more = scaleOf(call.type) - digits
        return settleCode(emit, scaleUp(emit, scaleDown(emit, item, drop), more), call.type)
      }
      const evaluator = roundTo(name, sql, half).evaluate(call)
      return boxedCall(emit, args, call, nil, evaluator)
    }
  }
}

function logarithm(base: number, x?: number): number {
  return x === undefined ? Math.log(base) : Math.log(x) / Math.log(base)
}

const log: ScalarFunction = scalar({
  names: ["log", "LOG"],
  args: ["double", "double"],
  required: 1,
  result: double,
  description: "The natural logarithm, or of the second argument to the base of the first.",
  evaluate: () => logarithm
})

const power: ScalarFunction = real(
  "power",
  ["POWER"],
  2,
  "The first to the power of the second.",
  (a, b) => a ** b
)

/** BIN and HEX of integers: two's complement of 64 bits. */
function digits(name: string, sql: string, radix: number): ScalarFunction {
  const infer = (args: ReadonlyArray<LogicalType>): Signature | string => {
    const [a] = args
    const result: LogicalType = {
      kind: "VARCHAR",
      nullable: a?.nullable ?? true,
      length: 2147483647
    }
    if (args.length === 1 && isInteger(a!)) {
      return { type: result, args: [simple("BIGINT", a!.nullable)] }
    }
    if (args.length === 1 && isText(a!) && radix === 16) return { type: result, args }
    return `${sql} wants an integer${radix === 16 ? " or a text" : ""}`
  }
  return {
    name,
    sql: [sql],
    description: `The value in ${radix === 2 ? "binary" : "hexadecimal"} digits.`,
    infer,
    evaluate: () => (a: bigint | string): Boxed =>
      typeof a === "string"
        ? Array.from(new TextEncoder().encode(a), (byte) => byte.toString(16).padStart(2, "0"))
          .join("").toUpperCase()
        : BigInt.asUintN(64, a).toString(radix).toUpperCase()
  }
}

const degree = Math.PI / 180

/** Functions of numbers. */
export const mathematics: ReadonlyArray<ScalarFunction> = [
  abs,
  sign,
  rounding("floor", ["FLOOR"], false),
  rounding("ceil", ["CEIL", "CEILING"], true),
  roundTo("round", ["ROUND"], true),
  roundTo("truncate", ["TRUNCATE"], false),
  power,
  log,
  real("sqrt", ["SQRT"], 1, "The square root.", Math.sqrt),
  real("exp", ["EXP"], 1, "e to the power of the argument.", Math.exp),
  real("ln", ["LN"], 1, "The natural logarithm.", Math.log),
  real("log10", ["LOG10"], 1, "The logarithm to the base 10.", Math.log10),
  real("log2", ["LOG2"], 1, "The logarithm to the base 2.", (a) => Math.log(a) / Math.log(2)),
  real("sin", ["SIN"], 1, "The sine.", Math.sin),
  real("cos", ["COS"], 1, "The cosine.", Math.cos),
  real("tan", ["TAN"], 1, "The tangent.", Math.tan),
  real("cot", ["COT"], 1, "The cotangent.", (a) => 1 / Math.tan(a)),
  real("asin", ["ASIN"], 1, "The arc sine.", Math.asin),
  real("acos", ["ACOS"], 1, "The arc cosine.", Math.acos),
  real("atan", ["ATAN"], 1, "The arc tangent.", Math.atan),
  real("atan2", ["ATAN2"], 2, "The arc tangent of a point.", Math.atan2),
  real("sinh", ["SINH"], 1, "The hyperbolic sine.", Math.sinh),
  real("cosh", ["COSH"], 1, "The hyperbolic cosine.", Math.cosh),
  real("tanh", ["TANH"], 1, "The hyperbolic tangent.", Math.tanh),
  real("degrees", ["DEGREES"], 1, "Radians in degrees.", (a) => a / degree),
  real("radians", ["RADIANS"], 1, "Degrees in radians.", (a) => a * degree),
  scalar({
    names: ["pi", "PI"],
    args: [],
    result: double,
    description: "π.",
    evaluate: () => (): Boxed => Math.PI
  }),
  scalar({
    names: ["e", "E"],
    args: [],
    result: double,
    description: "e.",
    evaluate: () => (): Boxed => Math.E
  }),
  digits("bin", "BIN", 2),
  digits("hex", "HEX", 16)
]
