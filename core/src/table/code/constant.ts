/** Settings of generated code, and folding of what is known before the first row. */
import { assert, isFault } from "../../fault.ts"
import { makeTimeZone, type TimeZone } from "../../type/zone.ts"
import type { Expression } from "../expression.ts"
import type { Boxed, Environment, ScalarFunction } from "../function/definition.ts"
import { isDeterministic } from "../function/registry.ts"
import { type KnownFunction, userScalar } from "../user/user-call.ts"
import { interpret } from "./interpret.ts"
import { literalOf } from "./literal.ts"

/** What generated code depends on beside its input. `timeZone` is an IANA name or an offset; `nowMillis` the job's clock. */
export interface CodeSettings {
  readonly timeZone: string
  readonly nowMillis: () => number
  /** When the query began, in batch mode. */
  readonly startMillis?: number
  /** From 0 to below 1, for RAND and UUID; where it is not given numbers follow from the time of the first draw. */
  readonly random?: () => number
  /** Functions of users, by their names in expressions. */
  readonly functions?: ReadonlyMap<string, KnownFunction>
}

/** The environment of functions for these settings. The zone was checked when it was set. */
export function environmentOf(settings: CodeSettings): Environment {
  const zone = makeTimeZone(settings.timeZone)
  assert(zone !== undefined, `"${settings.timeZone}" is a time zone`)
  const { nowMillis } = settings
  const random = settings.random ?? clockRandom(nowMillis)
  const { functions, startMillis } = settings
  const times = startMillis === undefined ? { nowMillis } : { nowMillis, startMillis }
  if (functions === undefined) return { zone, ...times, random }
  const user = (name: string): ScalarFunction => {
    const known = functions.get(name)
    assert(known !== undefined, `function "${name}" is given with the plan`)
    return userScalar(known)
  }
  return { zone, ...times, random, user }
}

/** Numbers that follow from the time of the first draw. */
function clockRandom(nowMillis: () => number): () => number {
  let state: number | undefined
  return () => {
    state = (Math.imul((state ?? nowMillis()) | 0, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

/** Thrown where a constant depends on what only the running job knows. */
class NotConstant extends Error {}

const unknown: Environment = {
  get zone(): TimeZone {
    throw new NotConstant("A time zone is not known before the job runs")
  },
  nowMillis: () => {
    throw new NotConstant("The time is not known before the job runs")
  },
  random: () => {
    throw new NotConstant("What is drawn is not known before the job runs")
  },
  user: () => {
    throw new NotConstant("A user's function is not called before the job runs")
  }
}

function isLiteral(expression: Expression): boolean {
  return expression.op === "literal"
}

/**
 * A literal when all inputs are literals and the value depends on neither time nor time zone, else `expression` itself. What would
 * fail stays as it is, and fails when a row asks for it. Only the outermost operation is looked at: fold bottom-up.
 */
export function foldConstant(expression: Expression): Expression {
  switch (expression.op) {
    case "input":
    case "literal":
      return expression
    case "field":
    case "cast":
      return isLiteral(expression.of) ? folded(expression) : expression
    case "call":
      return expression.args.every(isLiteral) && isDeterministic(expression.name)
        ? folded(expression)
        : expression
  }
}

function folded(expression: Expression): Expression {
  let value: Boxed
  try {
    value = interpret(expression, [], unknown)([])
  } catch (error) {
    if (error instanceof NotConstant || isFault(error)) return expression
    throw error
  }
  return literalOf(value, expression.type) ?? expression
}
