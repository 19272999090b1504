/** AND, OR, NOT and the truth tests, in three-valued logic. The right side of AND and OR runs only where it matters. */
import { type LogicalType, simple } from "../../type/logical-type.ts"
import type { Expression } from "../expression.ts"
import type {
  Boxed,
  Call,
  Emit,
  Evaluator,
  ScalarFunction,
  Signature,
  Value
} from "./definition.ts"
import { anyNullable, unlessNil, value } from "./value.ts"

function inferBooleans(
  symbol: string,
  args: ReadonlyArray<LogicalType>,
  count: number
): Signature | string {
  if (args.length < count) return `${symbol} wants ${count} arguments`
  const bad = args.find((type) => type.kind !== "BOOLEAN" && type.kind !== "NULL")
  if (bad !== undefined) return `${symbol} wants BOOLEAN, not ${bad.kind}`
  const types = args.map((type) => simple("BOOLEAN", type.nullable || type.kind === "NULL"))
  return { type: simple("BOOLEAN", anyNullable(types)), args: types }
}

function evaluateConnective(deciding: boolean): Evaluator {
  return (...args: ReadonlyArray<Boxed>): Boxed => {
    if (args.includes(deciding)) return deciding
    return args.includes(null) ? null : !deciding
  }
}

/** `deciding` is the value that settles the result whatever follows: false for AND, true for OR. */
function lazyConnective(
  emit: Emit,
  args: ReadonlyArray<Expression>,
  call: Call,
  deciding: boolean
): Value {
  let result = emit.evaluate(args[0]!)
  for (const arg of args.slice(1)) {
    result = connect(emit, result, arg, call, deciding)
  }
  return result
}

function connect(emit: Emit, left: Value, arg: Expression, call: Call, deciding: boolean): Value {
  const { lines, result: right } = emit.scope(() => emit.evaluate(arg))
  const undecided = deciding ? `!${left.code}` : left.code
  if (lines.length === 0 && left.nil === "false" && right.nil === "false") {
    const code = emit.store(`${left.code} ${deciding ? "||" : "&&"} ${right.code}`)
    return value("bool", call.type, code, "false")
  }
  const code = emit.fresh()
  const mayBeNil = left.nil !== "false" || right.nil !== "false"
  const nil = mayBeNil ? emit.fresh() : "false"
  emit.line(`let ${code} = ${left.nil === "false" ? left.code : unlessNil(left.nil, left.code)}`)
  if (mayBeNil) emit.line(`let ${nil} = ${left.nil}`)
  // With an UNKNOWN left side the right one may still decide.
  emit.line(left.nil === "false" ? `if (${undecided}) {` : `if (${left.nil} || ${undecided}) {`)
  for (const line of lines) emit.line(line)
  const rightDecides = unlessNil(right.nil, deciding ? right.code : `!${right.code}`)
  if (mayBeNil) {
    emit.line(`if (${rightDecides}) { ${code} = ${deciding}; ${nil} = false }`)
    emit.line(`else { ${code} = ${!deciding}; ${nil} = ${nil} || ${right.nil} }`)
  } else {
    emit.line(`${code} = ${right.code}`)
  }
  emit.line("}")
  return value("bool", call.type, code, nil)
}

function connective(
  name: string,
  sql: string,
  deciding: boolean,
  description: string
): ScalarFunction {
  return {
    name,
    sql: [sql],
    description,
    strict: false,
    infer: (args) => inferBooleans(sql, args, 2),
    evaluate: () => evaluateConnective(deciding),
    lazy: (emit, args, call) => lazyConnective(emit, args, call, deciding)
  }
}

function truthTest(
  name: string,
  sql: ReadonlyArray<string>,
  wanted: boolean | null,
  negated: boolean
): ScalarFunction {
  return {
    name,
    sql,
    description: `Whether the value is ${negated ? "not " : ""}${
      wanted === null ? "UNKNOWN" : String(wanted).toUpperCase()
    }.`,
    strict: false,
    infer: (args) => {
      const signature = inferBooleans(sql[0]!, args, 1)
      return typeof signature === "string"
        ? signature
        : { ...signature, type: simple("BOOLEAN", false) }
    },
    evaluate: () => (a: Boxed): Boxed => (a === wanted) !== negated,
    generate: (emit, [a], call) => {
      const test = wanted === null ? a!.nil : unlessNil(a!.nil, wanted ? a!.code : `!${a!.code}`)
      return value("bool", call.type, emit.store(negated ? `!(${test})` : test), "false")
    }
  }
}

const not: ScalarFunction = {
  name: "not",
  sql: ["NOT"],
  description: "The opposite truth value.",
  infer: (args) => inferBooleans("NOT", args, 1),
  evaluate: () => (a: boolean): Boxed => !a,
  generate: (emit, [a], call, nil) => value("bool", call.type, emit.store(`!${a!.code}`), nil)
}

/** Boolean functions. */
export const logic: ReadonlyArray<ScalarFunction> = [
  connective("and", "AND", false, "TRUE when all are TRUE, FALSE when one is FALSE."),
  connective("or", "OR", true, "TRUE when one is TRUE, FALSE when all are FALSE."),
  not,
  truthTest("isTrue", ["IS TRUE"], true, false),
  truthTest("isNotTrue", ["IS NOT TRUE"], true, true),
  truthTest("isFalse", ["IS FALSE"], false, false),
  truthTest("isNotFalse", ["IS NOT FALSE"], false, true),
  truthTest("isUnknown", ["IS UNKNOWN"], null, false),
  truthTest("isNotUnknown", ["IS NOT UNKNOWN"], null, true)
]
