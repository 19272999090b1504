/** CASE and its kin. Only the branch that is taken is computed, so a fault in another one does not happen. */
import { type LogicalType, withNullable } from "../../type/logical-type.ts"
import type { Expression } from "../expression.ts"
import type { Boxed, Call, Emit, ScalarFunction, Signature, Value } from "./definition.ts"
import { type Branch, merge } from "./merge.ts"
import { comparable, compareBoxed, compareCode } from "./comparison.ts"
import { either, isTrue, unlessNil, value } from "./value.ts"
import { commonType, isNested } from "./type-rule.ts"

function inferCase(args: ReadonlyArray<LogicalType>): Signature | string {
  if (args.length < 3 || args.length % 2 === 0) {
    return "CASE wants pairs of a condition and a value, and an ELSE value"
  }
  const conditions = args.filter((_, i) => i % 2 === 0 && i < args.length - 1)
  const bad = conditions.find((type) => type.kind !== "BOOLEAN" && type.kind !== "NULL")
  if (bad !== undefined) return `A condition of CASE must be BOOLEAN, not ${bad.kind}`
  const values = args.filter((_, i) => i % 2 === 1 || i === args.length - 1)
  const type = commonType(values)
  if (type === undefined) return mixed("CASE", values)
  if (type.kind === "NULL") return "All values of CASE are NULL: cast one of them"
  return {
    type,
    args: args.map((arg, i) =>
      i % 2 === 1 || i === args.length - 1
        ? withNullable(type, arg.nullable || arg.kind === "NULL")
        : { kind: "BOOLEAN", nullable: arg.nullable || arg.kind === "NULL" }
    )
  }
}

function mixed(name: string, types: ReadonlyArray<LogicalType>): string {
  const kinds = [...new Set(types.map((type) => type.kind))].join(", ")
  return `The values of ${name} have no common type: ${kinds}`
}

function lazyCase(emit: Emit, args: ReadonlyArray<Expression>, call: Call): Value {
  const conditions: Array<Branch> = []
  const values: Array<Branch> = []
  for (let i = 0; i + 1 < args.length; i += 2) {
    // The first condition runs always, so what it computes may be used again; later ones stand in their own scope.
    conditions.push(
      i === 0
        ? { lines: [], result: emit.evaluate(args[0]!) }
        : emit.scope(() => emit.evaluate(args[i]!))
    )
    values.push(emit.scope(() => emit.evaluate(args[i + 1]!)))
  }
  values.push(emit.scope(() => emit.evaluate(args.at(-1)!)))
  const merged = merge(emit, call.type, values)
  conditions.forEach((condition, i) => {
    for (const line of condition.lines) emit.line(line)
    emit.line(`if (${isTrue(condition.result)}) {`)
    merged.assign(values[i]!)
    emit.line("} else {")
  })
  merged.assign(values.at(-1)!)
  emit.line("}".repeat(conditions.length))
  return merged.value
}

const caseWhen: ScalarFunction = {
  name: "case",
  sql: ["CASE"],
  description: "The value of the first condition that is TRUE, else the last argument.",
  strict: false,
  infer: inferCase,
  evaluate: () => (...args: ReadonlyArray<Boxed>): Boxed => {
    for (let i = 0; i + 1 < args.length; i += 2) if (args[i] === true) return args[i + 1]!
    return args.at(-1)!
  },
  lazy: lazyCase
}

const ifThenElse: ScalarFunction = {
  ...caseWhen,
  name: "ifThenElse",
  sql: ["IF"],
  description: "The second argument where the first is TRUE, else the third.",
  infer: (args) => {
    if (args.length !== 3) return "IF wants 3 arguments"
    const signature = inferCase(args)
    if (typeof signature === "string" || !args[0]!.nullable) return signature
    return { ...signature, type: withNullable(signature.type, true) }
  }
}

/** The first argument that is not NULL. */
function lazyCoalesce(emit: Emit, args: ReadonlyArray<Expression>, call: Call): Value {
  const branches: Array<Branch> = args.map((arg, i) =>
    i === 0 ? { lines: [], result: emit.evaluate(arg) } : emit.scope(() => emit.evaluate(arg))
  )
  const merged = merge(emit, call.type, branches)
  let depth = 0
  for (const [i, branch] of branches.entries()) {
    merged.assign(branch)
    if (branch.result.nil === "false" || i === branches.length - 1) break
    emit.line(`if (${merged.value.nil}) {`)
    depth++
  }
  if (depth > 0) emit.line("}".repeat(depth))
  const sure = branches.some((branch) => branch.result.nil === "false")
  return sure ? { ...merged.value, nil: "false" } : merged.value
}

function inferCoalesce(name: string, args: ReadonlyArray<LogicalType>): Signature | string {
  const type = commonType(args)
  if (type === undefined) return args.length === 0 ? `${name} wants arguments` : mixed(name, args)
  if (type.kind === "NULL") return `All arguments of ${name} are NULL: cast one of them`
  const nullable = args.every((arg) => arg.nullable || arg.kind === "NULL")
  return {
    type: withNullable(type, nullable),
    args: args.map((arg) => withNullable(type, arg.nullable || arg.kind === "NULL"))
  }
}

function coalesce(name: string, sql: string, count: number): ScalarFunction {
  return {
    name,
    sql: [sql],
    description: "The first argument that is not NULL.",
    strict: false,
    infer: (args) =>
      count === 0 || args.length === count
        ? inferCoalesce(sql, args)
        : `${sql} wants ${count} arguments`,
    evaluate: () => (...args: ReadonlyArray<Boxed>): Boxed =>
      args.find((arg) => arg !== null) ?? null,
    lazy: lazyCoalesce
  }
}

const nullif: ScalarFunction = {
  name: "nullIf",
  sql: ["NULLIF"],
  description: "NULL where the two values are equal, else the first.",
  strict: false,
  infer: (args) => {
    if (args.length !== 2) return "NULLIF wants 2 arguments"
    const types = comparable(args)
    return typeof types === "string" ? types : { type: withNullable(types[0]!, true), args: types }
  },
  evaluate: (call) => (a: Boxed, b: Boxed): Boxed =>
    a !== null && b !== null && compareBoxed(a, b, call.args[0]!, call.args[1]!) === 0 ? null : a,
  generate: (emit, [a, b], call) => {
    const none = either(a!.nil, b!.nil)
    const same = emit.store(unlessNil(none, compareCode(emit, "=", a!, b!)))
    return { ...a!, type: call.type, nil: emit.store(either(a!.nil, same)), constant: undefined }
  }
}

/** GREATEST and LEAST: NULL when one of the arguments is. */
function extreme(name: string, sql: string, greatest: boolean): ScalarFunction {
  return {
    name,
    sql: [sql],
    description: `The ${sql.toLowerCase()} of the arguments.`,
    infer: (args) => {
      const type = commonType(args)
      if (type === undefined || type.kind === "NULL" || isNested(type)) return mixed(sql, args)
      return {
        type,
        args: args.map((arg) => withNullable(type, arg.nullable || arg.kind === "NULL"))
      }
    },
    evaluate: (call) => (first: Boxed, ...rest: ReadonlyArray<Boxed>): Boxed => {
      let best = first
      for (const item of rest) {
        const order = compareBoxed(item, best, call.type, call.type)
        if (greatest ? order > 0 : order < 0) best = item
      }
      return best
    },
    generate: (emit, args, call, nil) => {
      let best = args[0]!
      for (const item of args.slice(1)) {
        const better = emit.store(
          unlessNil(nil, compareCode(emit, greatest ? ">" : "<", item, best))
        )
        best = choose(emit, call.type, better, item, best, nil)
      }
      return { ...best, type: call.type, nil }
    }
  }
}

function choose(
  emit: Emit,
  type: LogicalType,
  test: string,
  a: Value,
  b: Value,
  nil: string
): Value {
  const merged = merge(emit, type, [
    { lines: [], result: { ...a, nil: "false" } },
    { lines: [], result: { ...b, nil: "false" } }
  ])
  emit.line(`if (${unlessNil(nil, "true")}) {`)
  emit.line(`if (${test}) {`)
  merged.assign({ lines: [], result: { ...a, nil: "false" } })
  emit.line("} else {")
  merged.assign({ lines: [], result: { ...b, nil: "false" } })
  emit.line("} }")
  return value(merged.value.form, type, merged.value.code, nil, merged.value.bound).form === "ts9"
    ? { ...merged.value, nil }
    : { ...merged.value, nil }
}

/** Functions that choose. */
export const conditionals: ReadonlyArray<ScalarFunction> = [
  caseWhen,
  ifThenElse,
  coalesce("coalesce", "COALESCE", 0),
  coalesce("ifNull", "IFNULL", 2),
  nullif,
  extreme("greatest", "GREATEST", true),
  extreme("least", "LEAST", false)
]
