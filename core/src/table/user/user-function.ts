/**
 * Functions of a user: what a module exports for CREATE FUNCTION, and what a program gives to a session. A definition is plain data with
 * functions in it, so it does not matter which copy of this package made it.
 *
 * **Values** BOOLEAN boolean; TINYINT … INT, FLOAT, DOUBLE number; BIGINT bigint; DECIMAL its decimal text; CHAR, VARCHAR string;
 * BINARY, VARBINARY Uint8Array; DATE a Date at midnight UTC; TIMESTAMP a Date whose UTC parts are the wall clock; TIMESTAMP_LTZ a
 * Date (both to the milli); TIME and INTERVAL DAY TO SECOND millis, INTERVAL YEAR TO MONTH months; ARRAY an array, MAP and
 * MULTISET (counts by value) a Map; ROW an object by names of fields; NULL null.
 */

/** A type by its SQL text, as `"ARRAY<STRING>"`, or by an Effect Schema. */
export type DeclaredType = string | { readonly ast: unknown }

/** A value of a declared type; `unknown` for what texts of types do not tell here. */
export type ValueOf<T> = T extends { readonly Type: infer A } ? A
  : T extends `${infer Base} NOT NULL` ? TextValue<Base>
  : T extends string ? TextValue<T> | null
  : unknown

type TextValue<T> = T extends "BOOLEAN" ? boolean
  : T extends "TINYINT" | "SMALLINT" | "INT" | "INTEGER" | "FLOAT" | "DOUBLE" ? number
  : T extends "BIGINT" ? bigint
  : T extends "STRING" | `VARCHAR${string}` | `CHAR${string}` | `DECIMAL${string}` ? string
  : T extends "BYTES" | `VARBINARY${string}` | `BINARY${string}` ? Uint8Array
  : T extends "DATE" | `TIMESTAMP${string}` ? Date
  : unknown

/** Values of a list of declared types. */
export type ValuesOf<T extends ReadonlyArray<DeclaredType>> = {
  readonly [K in keyof T]: ValueOf<T[K]>
}

interface Declared<A extends ReadonlyArray<DeclaredType>, R extends DeclaredType> {
  /** The types that arguments are cast to. */
  readonly arguments: A
  readonly result: R
  /** Whether equal arguments always give equal results. Default true; says that calls may be shared. */
  readonly deterministic?: boolean
}

/** One value from the arguments of a row. NULL arguments come as null. */
export interface ScalarDefinition<
  A extends ReadonlyArray<DeclaredType> = ReadonlyArray<DeclaredType>,
  R extends DeclaredType = DeclaredType
> extends Declared<A, R> {
  readonly evaluate: (...args: ValuesOf<A>) => ValueOf<R>
}

/** Any number of rows from the arguments of a row; `result` is the type of one of them, a ROW where it has several columns. */
export interface TableDefinition<
  A extends ReadonlyArray<DeclaredType> = ReadonlyArray<DeclaredType>,
  R extends DeclaredType = DeclaredType
> extends Declared<A, R> {
  readonly evaluate: (...args: ValuesOf<A>) => Iterable<ValueOf<R>>
}

/** An aggregate: an accumulator, which must be plain data as it is part of checkpoints, and what is made of it. */
export interface AggregateDefinition<
  A extends ReadonlyArray<DeclaredType> = ReadonlyArray<DeclaredType>,
  R extends DeclaredType = DeclaredType,
  S = unknown
> extends Declared<A, R> {
  readonly create: () => S
  /** The accumulator with one row more; it may be the same object, changed. */
  readonly add: (accumulator: S, ...args: ValuesOf<A>) => S
  /** The accumulator without a row that was added. Absent: not over rows that are taken back. */
  readonly retract?: (accumulator: S, ...args: ValuesOf<A>) => S
  /** One accumulator of the rows of two. Absent: not in hopping, cumulating and session windows. */
  readonly merge?: (accumulator: S, other: S) => S
  readonly result: R
  readonly finish: (accumulator: S) => ValueOf<R>
}

/** A scalar function. */
export interface UserScalar {
  readonly millrace: "scalar"
  readonly definition: ScalarDefinition
}

/** A table function. */
export interface UserTable {
  readonly millrace: "table"
  readonly definition: TableDefinition
}

/** An aggregate function. */
export interface UserAggregate {
  readonly millrace: "aggregate"
  readonly definition: AggregateDefinition
}

/** Any function of a user. */
export type UserFunction = UserScalar | UserTable | UserAggregate

/** Make a scalar function. */
export function scalar<
  const A extends ReadonlyArray<DeclaredType>,
  const R extends DeclaredType
>(definition: ScalarDefinition<A, R>): UserScalar {
  return { millrace: "scalar", definition: definition as unknown as ScalarDefinition }
}

/** Make a table function. */
export function table<
  const A extends ReadonlyArray<DeclaredType>,
  const R extends DeclaredType
>(definition: TableDefinition<A, R>): UserTable {
  return { millrace: "table", definition: definition as unknown as TableDefinition }
}

/** Make an aggregate function. */
export function aggregate<
  const A extends ReadonlyArray<DeclaredType>,
  const R extends DeclaredType,
  S
>(definition: AggregateDefinition<A, R, S>): UserAggregate {
  return { millrace: "aggregate", definition: definition as unknown as AggregateDefinition }
}

/** Whether a value is a function of a user. */
export function isUserFunction(value: unknown): value is UserFunction {
  if (typeof value !== "object" || value === null) return false
  const { millrace } = value as { readonly millrace?: unknown }
  return millrace === "scalar" || millrace === "table" || millrace === "aggregate"
}
