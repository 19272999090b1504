/**
 * `+ - * / %` on numbers. Integers wrap at their width as Java's do, DECIMAL is exact and NULL when it does not fit, FLOAT and
 * DOUBLE are IEEE. Division of integers truncates; by zero it is a fault, for doubles it is not.
 */
import { layoutOf, type LogicalType, withNullable } from "../../type/logical-type.ts"
import { narrowMax } from "../../batch/column.ts"
import type {
  Boxed,
  Call,
  Emit,
  Evaluator,
  ScalarFunction,
  Signature,
  Value
} from "./definition.ts"
import {
  boxExact,
  divideHalfUp,
  divideHalfUpNarrow,
  exactOf,
  fits,
  powerOfTen,
  quotient,
  rescale,
  settle,
  wrapInteger
} from "./exact.ts"
import { ExpressionFault } from "./fault.ts"
import {
  asDecimal,
  commonType,
  decimalResult,
  isApproximate,
  isExact,
  isInteger,
  isNumeric,
  scaleOf
} from "./type-rule.ts"
import { either, guarded, typeBound, value, wideCode } from "./value.ts"
import { inferTemporalSum, temporalSum } from "./temporal-sum.ts"

/** The five operators. */
export type Operator = "plus" | "minus" | "times" | "divide" | "mod"

const symbols: Readonly<Record<Operator, string>> = {
  plus: "+",
  minus: "-",
  times: "*",
  divide: "/",
  mod: "%"
}

function inferNumbers(
  operator: Operator,
  args: ReadonlyArray<LogicalType>
): Signature | string {
  const [a, b] = args
  if (args.length !== 2) return `"${symbols[operator]}" wants 2 arguments, not ${args.length}`
  if (a!.kind === "NULL" && b!.kind === "NULL") return "The type of NULL is not known here: cast it"
  const left = a!.kind === "NULL" ? withNullable(b!, true) : a!
  const right = b!.kind === "NULL" ? withNullable(a!, true) : b!
  if (!isNumeric(left) || !isNumeric(right)) {
    return `"${symbols[operator]}" wants two numbers`
  }
  const nullable = left.nullable || right.nullable
  if (isApproximate(left) || isApproximate(right)) {
    const type = withNullable(commonType([left, right])!, nullable)
    return { type, args: [withNullable(type, left.nullable), withNullable(type, right.nullable)] }
  }
  if (isInteger(left) && isInteger(right)) {
    const wide = commonType([left, right])!
    const args = [withNullable(wide, left.nullable), withNullable(wide, right.nullable)]
    return { type: withNullable(operator === "mod" ? right : wide, nullable), args }
  }
  const decimals = [asDecimal(left), asDecimal(right)]
  const rule = operator === "minus" ? "plus" : operator
  if (operator === "mod" && scaleOf(left) === 0 && scaleOf(right) === 0) {
    return { type: withNullable(right, nullable), args: decimals }
  }
  return { type: decimalResult(rule, decimals[0]!, decimals[1]!), args: decimals }
}

function divisionByZero(call: Call): never {
  throw new ExpressionFault({ expression: call.text, reason: "division by zero" })
}

/** `a operator b` on unscaled values; undefined: division by zero. */
function computeExact(
  operator: Operator,
  a: bigint,
  b: bigint,
  call: Call
): bigint | undefined {
  const s1 = scaleOf(call.args[0]!)
  const s2 = scaleOf(call.args[1]!)
  const to = scaleOf(call.type)
  const common = Math.max(s1, s2)
  switch (operator) {
    case "plus":
      return rescale(rescale(a, s1, common) + rescale(b, s2, common), common, to)
    case "minus":
      return rescale(rescale(a, s1, common) - rescale(b, s2, common), common, to)
    case "times":
      return rescale(a * b, s1 + s2, to)
    case "divide":
      if (b === 0n) return undefined
      return isInteger(call.type) ? a / b : quotient(a, s1, b, s2, to)
    case "mod":
      if (b === 0n) return undefined
      return rescale(rescale(a, s1, common) % rescale(b, s2, common), common, to)
  }
}

function computeDouble(operator: Operator, a: number, b: number): number {
  switch (operator) {
    case "plus":
      return a + b
    case "minus":
      return a - b
    case "times":
      return a * b
    case "divide":
      return a / b
    case "mod":
      return a % b
  }
}

function evaluateNumbers(operator: Operator, call: Call): Evaluator {
  if (isApproximate(call.type)) {
    const round = call.type.kind === "FLOAT" ? Math.fround : (x: number) => x
    return (a: number, b: number): Boxed => round(computeDouble(operator, a, b))
  }
  return (a: number | bigint, b: number | bigint): Boxed => {
    const exact = computeExact(operator, exactOf(a), exactOf(b), call)
    if (exact === undefined) return divisionByZero(call)
    return isInteger(call.type) ? boxExact(exact, call.type) : settle(exact, call.type)
  }
}

/** `value` (form narrow or wide) at a greater scale. */
export function scaleUp(emit: Emit, item: Value, digits: number): Value {
  if (digits === 0) return item
  if (item.form !== "wide" && emit.narrow && digits <= 15) {
    const bound = item.bound * 10 ** digits
    const code = emit.store(`${item.code} * ${10 ** digits}`)
    return checked(emit, code, bound, item.type, item.nil)
  }
  const power = emit.constant(powerOfTen(digits))
  return value("wide", item.type, emit.store(`${wideCode(emit, item)} * ${power}`), item.nil)
}

/** A narrow result whose magnitude may be above 2^52: then the batch is computed again in the wide form. */
function checked(emit: Emit, code: string, bound: number, type: LogicalType, nil: string): Value {
  if (bound <= narrowMax) return value("narrow", type, code, nil, bound)
  emit.widenWhen(`${code} > ${narrowMax} || ${code} < -${narrowMax}`)
  return value("narrow", type, code, nil, narrowMax)
}

/** `item` at a smaller scale, rounded half up. */
export function scaleDown(emit: Emit, item: Value, digits: number): Value {
  if (digits === 0) return item
  if (item.form !== "wide" && digits <= 15) {
    const divide = emit.constant(divideHalfUpNarrow)
    const code = emit.store(`${divide}(${item.code}, ${10 ** digits})`)
    return value("narrow", item.type, code, item.nil, Math.ceil(item.bound / 10 ** digits) + 1)
  }
  const divide = emit.constant(divideHalfUp)
  const power = emit.constant(powerOfTen(digits))
  const code = emit.store(`${divide}(${wideCode(emit, item)}, ${power})`)
  return value("wide", item.type, code, item.nil)
}

/** An exact result as a value of `type`: a DECIMAL that does not fit is NULL, a wide BIGINT wraps. */
export function settleCode(emit: Emit, item: Value, type: LogicalType): Value {
  if (type.kind === "DECIMAL") {
    const limit = 10 ** type.precision
    if (item.form === "wide") {
      const check = emit.constant(fits)
      const nil = emit.store(either(item.nil, `!${check}(${item.code}, ${type.precision})`))
      return { ...item, type, nil }
    }
    if (item.bound < limit) return { ...item, form: "narrow", type }
    const nil = emit.store(
      either(item.nil, `${item.code} >= ${limit} || ${item.code} <= -${limit}`)
    )
    return { ...item, form: "narrow", type, nil, bound: Math.min(narrowMax, limit - 1) }
  }
  if (item.form === "wide") {
    return { ...item, type, code: emit.store(`BigInt.asIntN(64, ${item.code})`) }
  }
  return { ...item, type }
}

function align(emit: Emit, args: ReadonlyArray<Value>): [Value, Value] {
  const [a, b] = args as [Value, Value]
  const scale = Math.max(scaleOf(a.type), scaleOf(b.type))
  return [scaleUp(emit, a, scale - scaleOf(a.type)), scaleUp(emit, b, scale - scaleOf(b.type))]
}

function generateLinear(
  operator: Operator,
  emit: Emit,
  args: ReadonlyArray<Value>,
  type: LogicalType,
  nil: string
): Value {
  const times = operator === "times"
  const [a, b] = times ? args as [Value, Value] : align(emit, args)
  const symbol = symbols[operator]
  const scale = times
    ? scaleOf(a.type) + scaleOf(b.type)
    : Math.max(scaleOf(a.type), scaleOf(b.type))
  let result: Value
  if (emit.narrow && a.form !== "wide" && b.form !== "wide") {
    const bound = times ? a.bound * b.bound : a.bound + b.bound
    const code = emit.store(times ? `${a.code} * ${b.code} + 0` : `${a.code} ${symbol} ${b.code}`)
    result = checked(emit, code, bound, type, nil)
  } else {
    const code = emit.store(`${wideCode(emit, a)} ${symbol} ${wideCode(emit, b)}`)
    result = value("wide", type, code, nil)
  }
  return settleCode(emit, scaleDown(emit, result, scale - scaleOf(type)), type)
}

function refuseZero(emit: Emit, b: Value, nil: string, call: Call): void {
  if (b.constant !== undefined && b.constant !== null && Number(b.constant) !== 0) return
  const fail = emit.constant(() => divisionByZero(call))
  const zero = b.form === "wide" ? "0n" : "0"
  emit.line(`if (${nil === "false" ? "" : `!(${nil}) && `}${b.code} === ${zero}) ${fail}()`)
}

function generateQuotient(
  operator: Operator,
  emit: Emit,
  args: ReadonlyArray<Value>,
  call: Call,
  nil: string
): Value {
  const { type } = call
  const decimals = type.kind === "DECIMAL"
  const mod = operator === "mod"
  const [a, b] = decimals && mod ? align(emit, args) : args as [Value, Value]
  refuseZero(emit, b, nil, call)
  if (decimals && !mod) {
    const divide = emit.constant(quotient)
    const scales = `${scaleOf(a.type)}, ${wideCode(emit, b)}, ${scaleOf(b.type)}, ${scaleOf(type)}`
    const code = guarded(emit, nil, "wide", `${divide}(${wideCode(emit, a)}, ${scales})`)
    return settleCode(emit, value("wide", type, code, nil), type)
  }
  let result: Value
  if (a.form !== "wide" && b.form !== "wide") {
    // Adding 0 turns -0 into 0; a quotient of magnitudes up to 2^52 truncates exactly.
    const code = mod ? `${a.code} % ${b.code} + 0` : `Math.trunc(${a.code} / ${b.code}) + 0`
    const bound = mod ? Math.min(a.bound, b.bound) : a.bound
    result = value("narrow", type, guarded(emit, nil, "narrow", code), nil, bound)
  } else {
    const code = `${wideCode(emit, a)} ${symbols[operator]} ${wideCode(emit, b)}`
    result = value("wide", type, guarded(emit, nil, "wide", code), nil)
  }
  const scale = Math.max(scaleOf(a.type), scaleOf(b.type))
  if (decimals) return settleCode(emit, scaleDown(emit, result, scale - scaleOf(type)), type)
  if (layoutOf(type) === "i32") return narrowInteger(emit, result, type)
  return settleCode(emit, result, type)
}

/** An exact whole number as INT or smaller, wrapped. */
export function narrowInteger(emit: Emit, item: Value, type: LogicalType): Value {
  const wraps = item.form === "wide" || item.bound > typeBound(type) - 1
  const number = item.form === "wide" ? `Number(BigInt.asIntN(32, ${item.code}))` : item.code
  if (!wraps) return { ...item, form: "i32", type }
  const whole = item.form === "wide" || item.bound < 2 ** 52 + 1 ? `(${number}) | 0` : number
  const code = type.kind === "INT"
    ? whole
    : `${emit.constant(wrapInteger)}(${whole}, ${emit.constant(type)})`
  return value("i32", type, emit.store(code), item.nil, typeBound(type))
}

function generateIntegers(
  operator: Operator,
  emit: Emit,
  args: ReadonlyArray<Value>,
  type: LogicalType,
  nil: string
): Value {
  const [a, b] = args as [Value, Value]
  const code = operator === "times"
    ? `Math.imul(${a.code}, ${b.code})`
    : `(${a.code} ${symbols[operator]} ${b.code}) | 0`
  const shift = type.kind === "TINYINT" ? 24 : type.kind === "SMALLINT" ? 16 : 0
  const wrapped = shift === 0 ? code : `((${code}) << ${shift}) >> ${shift}`
  return value("i32", type, emit.store(wrapped), nil, typeBound(type))
}

function generateNumbers(
  operator: Operator,
  emit: Emit,
  args: ReadonlyArray<Value>,
  call: Call,
  nil: string
): Value {
  const { type } = call
  if (isApproximate(type)) {
    const code = `${args[0]!.code} ${symbols[operator]} ${args[1]!.code}`
    return value(
      "f64",
      type,
      emit.store(type.kind === "FLOAT" ? `Math.fround(${code})` : code),
      nil
    )
  }
  if (operator === "divide" || operator === "mod") {
    return generateQuotient(operator, emit, args, call, nil)
  }
  if (layoutOf(type) === "i32") return generateIntegers(operator, emit, args, type, nil)
  return generateLinear(operator, emit, args, type, nil)
}

function operatorOf(
  name: Operator,
  sql: ReadonlyArray<string>,
  description: string
): ScalarFunction {
  const temporal = name === "plus" || name === "minus" || name === "times"
  return {
    name,
    sql,
    description,
    infer: (args) => {
      const special = temporal ? inferTemporalSum(name, args) : undefined
      return special ?? inferNumbers(name, args)
    },
    evaluate: (call) =>
      isNumeric(call.type) ? evaluateNumbers(name, call) : temporalSum.evaluate(name, call),
    generate: (emit, args, call, nil) =>
      isNumeric(call.type)
        ? generateNumbers(name, emit, args, call, nil)
        : temporalSum.generate(name, emit, args, call, nil)
  }
}

const minusPrefix: ScalarFunction = {
  name: "minusPrefix",
  sql: ["$NEGATE"],
  description: "The number with the other sign.",
  infer: ([a]) =>
    a !== undefined && (isNumeric(a) || a.kind.startsWith("INTERVAL"))
      ? { type: a, args: [a] }
      : `"-" wants a number`,
  evaluate: (call) => (a: number | bigint): Boxed =>
    typeof a === "bigint"
      ? settle(-a, call.type)
      : isInteger(call.type) || layoutOf(call.type) === "i32"
      ? wrapInteger(0 - a, call.type)
      : isExact(call.type)
      ? 0 - a
      : -a,
  generate: (emit, [a], call, nil) => {
    const item = a!
    const { type } = call
    if (item.form === "wide") {
      return settleCode(emit, value("wide", type, emit.store(`-${item.code}`), nil), type)
    }
    if (item.form === "narrow") {
      return value("narrow", type, emit.store(`0 - ${item.code}`), nil, item.bound)
    }
    if (item.form === "f64") return value("f64", type, emit.store(`-(${item.code})`), nil)
    const wrap = emit.constant(wrapInteger)
    const code = type.kind === "INT"
      ? `(0 - ${item.code}) | 0`
      : `${wrap}(0 - ${item.code}, ${emit.constant(type)})`
    return value("i32", type, emit.store(code), nil, typeBound(type))
  }
}

const plusPrefix: ScalarFunction = {
  name: "plusPrefix",
  sql: ["$PLUS"],
  description: "The number itself.",
  infer: ([a]) => a !== undefined && isNumeric(a) ? { type: a, args: [a] } : `"+" wants a number`,
  evaluate: () => (a: Boxed): Boxed => a,
  generate: (_emit, [a]) => a!
}

/** The operators, in the order of their precedence. */
export const arithmetic: ReadonlyArray<ScalarFunction> = [
  operatorOf("times", ["*"], "The product."),
  operatorOf("divide", ["/"], "The quotient; of two integers truncated."),
  operatorOf("mod", ["%", "MOD"], "The rest of the division, with the sign of the dividend."),
  operatorOf("plus", ["+"], "The sum; also of a time and an interval."),
  operatorOf("minus", ["-"], "The difference; also of a time and an interval."),
  minusPrefix,
  plusPrefix
]
