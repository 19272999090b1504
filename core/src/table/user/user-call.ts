/**
 * Functions of users as the planner and generated code see them. In expressions their names begin with `user:`, or with `user!:` when
 * equal arguments may give different results.
 */
import type { LogicalType } from "../../type/logical-type.ts"
import type { Boxed, ScalarFunction, Signature } from "../function/definition.ts"
import { castable } from "../function/type-rule.ts"
import type { DeclaredType, UserFunction } from "./user-function.ts"
import { UserFunctionFault } from "./user-function-fault.ts"
import { declaredType } from "./user-type.ts"
import { fromUser, Mismatch, toUser } from "./user-value.ts"

/** A function with its types. */
export interface KnownFunction {
  /** Its name in expressions. */
  readonly name: string
  /** Its name in SQL, for messages. */
  readonly sql: string
  readonly function: UserFunction
  readonly args: ReadonlyArray<LogicalType>
  readonly result: LogicalType
}

/** Read a declaration. Throws UserFunctionFault. */
export function knowFunction(sql: string, user: UserFunction): KnownFunction {
  const { definition } = user
  const args = definition.arguments.map((type: DeclaredType, i: number) =>
    declaredType(type, sql, `argument ${i + 1}`)
  )
  const declared = declaredType(definition.result, sql, "result")
  // The rows of a table function come as one array.
  const result: LogicalType = user.millrace === "table"
    ? { kind: "ARRAY", nullable: false, element: declared }
    : declared
  const name = `${definition.deterministic === false ? "user!" : "user"}:${sql}`
  return { name, sql, function: user, args, result }
}

/** The types of a call, or what is wrong with it. */
export function inferUser(
  known: KnownFunction,
  args: ReadonlyArray<LogicalType>
): Signature | string {
  const { sql, args: wanted } = known
  if (args.length !== wanted.length) {
    return `Function '${sql}' wants ${wanted.length} arguments, not ${args.length}`
  }
  for (const [i, type] of args.entries()) {
    if (!castable(type, wanted[i]!, true) && !(type.kind === "NULL")) {
      return `Argument ${i + 1} of '${sql}' must be ${wanted[i]!.kind}, not ${type.kind}`
    }
  }
  return { type: known.result, args: wanted }
}

/** A fault of the function with its name; the job fails with it. */
export function userFault(sql: string, error: unknown): UserFunctionFault {
  if (error instanceof UserFunctionFault) return error
  const reason = error instanceof Mismatch
    ? error.message
    : `it threw ${String(error).slice(0, 200)}`
  return new UserFunctionFault({ name: sql, action: "call", reason, cause: error })
}

/** A scalar function, or a table function as one that gives an array, for interpreters and generated loops. */
export function userScalar(known: KnownFunction): ScalarFunction {
  const { function: user, sql, name } = known
  if (user.millrace === "aggregate") {
    throw new UserFunctionFault({ name: sql, action: "call", reason: "it is no scalar function" })
  }
  const evaluate = user.definition.evaluate as (...args: ReadonlyArray<unknown>) => unknown
  const call = user.millrace === "scalar"
    ? evaluate
    : (...args: ReadonlyArray<unknown>) => [...evaluate(...args) as Iterable<unknown>]
  return {
    name,
    sql: [sql],
    description: "A function of the user.",
    strict: false,
    deterministic: user.definition.deterministic !== false,
    infer: (args) => inferUser(known, args),
    evaluate: () => {
      const convert = known.args.map(toUser)
      const box = fromUser(known.result)
      return (...args: ReadonlyArray<Boxed>): Boxed => {
        try {
          return box(call(...args.map((arg, i) => convert[i]!(arg))))
        } catch (error) {
          throw userFault(sql, error)
        }
      }
    }
  }
}
