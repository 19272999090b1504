/**
 * The meaning of expressions on single rows, by the `evaluate` of each function: for constants, for the entries of dictionaries, and as the
 * oracle of generated code. Slow and plain.
 */
import type { RowType } from "../../type/logical-type.ts"
import type { Expression } from "../expression.ts"
import { castEvaluator } from "../function/cast.ts"
import type { AnyEvaluator, Boxed, Call, Environment } from "../function/definition.ts"
import { scalarOf } from "../function/registry.ts"
import { describe } from "./describe.ts"
import { literalValue } from "./literal.ts"

/** An expression as a function of the values of a row. */
export type Interpreter = (row: ReadonlyArray<Boxed>) => Boxed

/** What a call's function may know of it. */
export function callOf(
  expression: Expression & { readonly op: "call" },
  input: RowType,
  environment: Environment
): Call {
  return {
    type: expression.type,
    args: expression.args.map((arg) => arg.type),
    constants: expression.args.map((arg) =>
      arg.op === "literal" ? literalValue(arg.value, arg.type) : undefined
    ),
    environment,
    text: describe(expression, input)
  }
}

function interpretLazy(name: string, args: ReadonlyArray<Interpreter>): Interpreter | undefined {
  switch (name) {
    case "and":
    case "or":
      return (row) => connect(args, row, name === "or")
    case "case":
    case "ifThenElse":
      return (row) => {
        for (let i = 0; i + 1 < args.length; i += 2) {
          if (args[i]!(row) === true) return args[i + 1]!(row)
        }
        return args.at(-1)!(row)
      }
    case "coalesce":
    case "ifNull":
      return (row) => {
        for (const arg of args) {
          const value = arg(row)
          if (value !== null) return value
        }
        return null
      }
    default:
      return undefined
  }
}

function connect(
  args: ReadonlyArray<Interpreter>,
  row: ReadonlyArray<Boxed>,
  deciding: boolean
): Boxed {
  let result: Boxed = !deciding
  for (const arg of args) {
    const value = arg(row)
    if (value === deciding) return deciding
    if (value === null) result = null
  }
  return result
}

function interpretCall(
  expression: Expression & { readonly op: "call" },
  input: RowType,
  environment: Environment
): Interpreter {
  const args = expression.args.map((arg) => interpret(arg, input, environment))
  const lazy = interpretLazy(expression.name, args)
  if (lazy !== undefined) return lazy
  const scalar = scalarOf(expression.name, environment)
  const evaluator = scalar.evaluate(callOf(expression, input, environment)) as AnyEvaluator
  const strict = scalar.strict !== false
  return (row) => {
    const values = args.map((arg) => arg(row))
    return strict && values.includes(null) ? null : evaluator(...values)
  }
}

/** Prepare an expression; what depends only on literals is done once. */
export function interpret(
  expression: Expression,
  input: RowType,
  environment: Environment
): Interpreter {
  switch (expression.op) {
    case "input": {
      const { index } = expression
      return (row) => row[index]!
    }
    case "field": {
      const of = interpret(expression.of, input, environment)
      const { index } = expression
      return (row) => {
        const value = of(row) as ReadonlyArray<Boxed> | null
        return value === null ? null : value[index]!
      }
    }
    case "literal": {
      const value = literalValue(expression.value, expression.type)
      return () => value
    }
    case "cast": {
      const of = interpret(expression.of, input, environment)
      const text = describe(expression, input)
      const cast = castEvaluator(
        expression.of.type,
        expression.type,
        expression.try,
        environment,
        text
      )
      return (row) => {
        const value = of(row)
        return value === null ? null : cast(value)
      }
    }
    case "call":
      return interpretCall(expression, input, environment)
  }
}
