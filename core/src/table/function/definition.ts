/**
 * What a SQL function is: its names, its types, its meaning on single values, and (where speed matters) the code that a
 * generated loop contains for it. One entry tells all of it; the registry, the interpreter and the code generator only
 * look entries up.
 *
 * **Law.** `generate` and `lazy` give the same result as `evaluate`, NULLs, wrapping and faults included; a property
 * test compares them.
 */
import type { LogicalType } from "../../type/logical-type.ts"
import type { Expression } from "../expression.ts"
import type { TimeZone } from "../../type/zone.ts"

/** A TIMESTAMP above precision 3: epoch millis and 0…999,999 nanos within the milli. */
export interface Moment {
  readonly millis: number
  readonly nanos: number
}

/**
 * One SQL value outside of columns. BOOLEAN boolean; `i32` and `f64` layouts number; BIGINT and DECIMAL (unscaled) bigint;
 * `ts9` {@link Moment}; CHAR, VARCHAR string; BINARY, VARBINARY bytes; ARRAY and ROW arrays; MAP an array of
 * `[key, value]` pairs; NULL null.
 */
export type Boxed =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Moment
  | ReadonlyArray<Boxed>

/** What code depends on beside its input. */
export interface Environment {
  readonly zone: TimeZone
  /** Epoch millis of the record at hand. */
  readonly nowMillis: () => number
  /** Epoch millis at which the query began, in batch mode: what the functions of the current time then give to every row. */
  readonly startMillis?: number
  /** A number from 0 (inclusive) to 1 (exclusive) that nobody can foresee. */
  readonly random: () => number
  /** Functions of users, by their names in expressions. */
  readonly user?: (name: string) => ScalarFunction
}

/** One use of a function, known when the code is made. */
export interface Call {
  readonly type: LogicalType
  readonly args: ReadonlyArray<LogicalType>
  /** Values of the arguments that are literals; undefined where they are not. */
  readonly constants: ReadonlyArray<Boxed | undefined>
  readonly environment: Environment
  /** The call as text, for faults. */
  readonly text: string
}

/** A function of boxed values; which ones is told by the signature. */
export type Evaluator = (...args: ReadonlyArray<never>) => Boxed

/** How {@link Evaluator}s are called. */
export type AnyEvaluator = (...args: ReadonlyArray<Boxed>) => Boxed

/**
 * How a value stands in generated code.
 *
 * `bool` a JavaScript boolean; `i32`, `f64` a number; `narrow` a whole number of magnitude ≤ 2^52 and `wide` a bigint (BIGINT and every
 * DECIMAL); `ts9` two numbers; `view` bytes, start, length; `coded` a code and a dictionary; `text` a string; `column` a column
 * and a row (nested values not looked at yet); `boxed` anything else.
 */
export type Form =
  | "bool"
  | "i32"
  | "f64"
  | "narrow"
  | "wide"
  | "ts9"
  | "view"
  | "coded"
  | "text"
  | "column"
  | "boxed"

/** A value in generated code: JavaScript expressions without side effects. */
export interface Value {
  readonly form: Form
  readonly type: LogicalType
  /** The value; `view`: its bytes; `coded`: its code; `column`: the column. Unspecified but of the right kind when NULL. */
  readonly code: string
  /** `ts9`: nanos; `view`: start; `coded`: dictionary; `column`: row. */
  readonly second: string
  /** `view`: length. */
  readonly third: string
  /** Whether it is NULL: a boolean expression, `"false"` when it never is. */
  readonly nil: string
  /** `narrow` and `i32`: no magnitude is above this. */
  readonly bound: number
  /** The value, when it is a literal. */
  readonly constant: Boxed | undefined
}

/** The loop body that is being written. */
export interface Emit {
  /** In the narrow form a whole number above 2^52 abandons the batch; in the wide form arithmetic is on bigint. */
  readonly narrow: boolean
  readonly environment: Environment
  /** Add a statement. */
  line(code: string): void
  /** A new variable name. */
  fresh(): string
  /** The name of a constant that holds `value`. */
  constant(value: unknown): string
  /** `const x = code`; gives x. */
  store(code: string): string
  /** The value of an expression; each is computed once within a scope. */
  evaluate(expression: Expression): Value
  /** Statements of a nested scope, to be placed by the caller. */
  scope<A>(body: () => A): { readonly lines: ReadonlyArray<string>; readonly result: A }
  /** A statement that abandons the narrow form of the batch when `condition` holds. */
  widenWhen(condition: string): void
  /** The time of the record, epoch millis. */
  now(): string
  /** The value as what {@link Boxed} says, undefined behaviour when NULL. */
  box(value: Value): string
  /** The value as text; it must be CHAR or VARCHAR. */
  text(value: Value): string
  /** A boxed JavaScript expression as a value of `type`. */
  unbox(code: string, nil: string, type: LogicalType): Value
  /** A call of a function with its use known. */
  callOf(expression: Expression & { readonly op: "call" }): Call
}

/** Types of a use: the result, and what each argument must be cast to. */
export interface Signature {
  readonly type: LogicalType
  readonly args: ReadonlyArray<LogicalType>
}

/** What stands in arguments that are literals, in the form of {@link Expression}; undefined for others. */
export type Literals = ReadonlyArray<boolean | string | null | undefined>

/** One scalar function. */
export interface ScalarFunction {
  /** Its name in {@link Expression}s. */
  readonly name: string
  /** Names and symbols in SQL, upper case. */
  readonly sql: ReadonlyArray<string>
  readonly description: string
  /** A signature, or what is wrong with the arguments. `literals` has what those that are literals hold; it may be empty. */
  readonly infer: (args: ReadonlyArray<LogicalType>, literals: Literals) => Signature | string
  /** With a NULL among the arguments the result is NULL, and `evaluate` and `generate` are not asked. Default true. */
  readonly strict?: boolean
  /** Equal arguments give equal results. Default true. */
  readonly deterministic?: boolean
  readonly evaluate: (call: Call) => Evaluator
  /** Code over evaluated arguments. For strict functions `nil` of the result is already their union. */
  readonly generate?: (emit: Emit, args: ReadonlyArray<Value>, call: Call, nil: string) => Value
  /** Code that decides itself which arguments to evaluate. */
  readonly lazy?: (
    emit: Emit,
    args: ReadonlyArray<Expression>,
    call: Call
  ) => Value
}
