/**
 * All functions by name. The binder asks it for types, the interpreter and the code generator for meaning.
 *
 * SQL names are in upper case; operators go by their symbols and words (`+`, `<>`, `AND`, `IS NOT NULL`, `NOT LIKE`, `CASE`). The
 * arguments stand in the order in which the SQL text has them; words among them (the unit of EXTRACT or FLOOR … TO,
 * the side of TRIM) are CHAR literals. CASE has condition, value, …, else value. A unary `-` is `-` with one argument.
 */
import type { LogicalType } from "../../type/logical-type.ts"
import { aggregates } from "./aggregate.ts"
import { arithmetic } from "./arithmetic.ts"
import { collections } from "./collection.ts"
import { moreCollections } from "./collection-more.ts"
import { comparisons } from "./comparison.ts"
import { conditionals } from "./conditional.ts"
import type { Environment, Literals, ScalarFunction } from "./definition.ts"
import { hashes } from "./hash.ts"
import { jsons } from "./json.ts"
import { logic } from "./logic.ts"
import { mathematics } from "./math.ts"
import { checks } from "./not-null.ts"
import { singleValues } from "./single-value.ts"
import { patterns } from "./pattern.ts"
import { randoms } from "./random.ts"
import { strings } from "./string.ts"
import { moreStrings } from "./string-format.ts"
import { temporals } from "./temporal.ts"
import { temporalTexts } from "./temporal-text.ts"
import { textCodes } from "./text-code.ts"
import { printf } from "./text-format.ts"
import { typeOf } from "./typeof.ts"

export { castable, commonType } from "./type-rule.ts"

/** A function that was found: its name in {@link Expression}s, its type, and the types to which the arguments must be cast. */
export interface Inferred {
  readonly name: string
  readonly type: LogicalType
  readonly args: ReadonlyArray<LogicalType>
}

const scalars: ReadonlyArray<ScalarFunction> = [
  ...arithmetic,
  ...comparisons,
  ...logic,
  ...conditionals,
  ...mathematics,
  ...strings,
  ...moreStrings,
  ...patterns,
  ...temporals,
  ...temporalTexts,
  ...collections,
  ...moreCollections,
  ...jsons,
  ...hashes,
  ...checks,
  ...singleValues,
  ...textCodes,
  printf,
  typeOf,
  ...randoms
]

const byName: ReadonlyMap<string, ScalarFunction> = new Map(
  scalars.map((scalar) => [scalar.name, scalar])
)

const bySql: ReadonlyMap<string, ScalarFunction> = new Map(
  scalars.flatMap((scalar) => scalar.sql.map((name) => [name, scalar] as const))
)

const operatorWords: ReadonlySet<string> = new Set([
  "AND",
  "OR",
  "NOT",
  "BETWEEN",
  "LIKE",
  "CASE",
  "ITEM"
])

/** Whether a name in expressions is that of a user's function. */
export function isUserName(name: string): boolean {
  return name.startsWith("user:") || name.startsWith("user!:")
}

/** The entry of a name in expressions; those of users are in the environment. A name that is unknown is a bug of the planner. */
export function scalarOf(name: string, environment?: Environment): ScalarFunction {
  const scalar = byName.get(name) ?? (isUserName(name) ? environment?.user?.(name) : undefined)
  if (scalar === undefined) throw new Error(`Broken invariant: there is no function "${name}"`)
  return scalar
}

/** Whether equal arguments give equal results, so that calls may be folded, shared and cached. */
export function isDeterministic(name: string): boolean {
  if (isUserName(name)) return name.startsWith("user:")
  return scalarOf(name).deterministic !== false
}

/**
 * The types of `sqlName(args)`, or what is wrong with it, as a sentence without a full stop. `literals` holds the values of arguments that
 * are literals: the digits of ROUND and the unit of TIMESTAMPADD decide about types. Never throws.
 */
export function inferScalar(
  sqlName: string,
  args: ReadonlyArray<LogicalType>,
  literals: Literals = []
): Inferred | { readonly problem: string } {
  const upper = sqlName.toUpperCase()
  const name = args.length === 1 && upper === "-"
    ? "$NEGATE"
    : args.length === 1 && upper === "+"
    ? "$PLUS"
    : upper
  const scalar = bySql.get(name)
  if (scalar === undefined) return { problem: `There is no function "${sqlName}"` }
  const signature = scalar.infer(args, literals)
  if (typeof signature === "string") return { problem: signature }
  return { name: scalar.name, type: signature.type, args: signature.args }
}

/** The same for an aggregate function. `COUNT(*)` has no arguments. */
export function inferAggregate(
  sqlName: string,
  args: ReadonlyArray<LogicalType>,
  distinct: boolean
): Inferred | { readonly problem: string } {
  const aggregate = aggregates.find((item) => item.sql === sqlName.toUpperCase())
  if (aggregate === undefined) {
    return { problem: `The aggregate function "${sqlName}" is not supported yet` }
  }
  const signature = aggregate.infer(args, distinct)
  if (typeof signature === "string") return { problem: signature }
  return { name: aggregate.name, type: signature.type, args: signature.args }
}

const callable: ReadonlyArray<string> = [
  // The binder calls those with words between the parentheses by a name of its own.
  ...[...bySql.keys()].map((name) => name.replace(/^\$(?=JSON_)/, "")),
  ...aggregates.map((item) => item.sql),
  "APPROX_COUNT_DISTINCT",
  "CURRENT_DATABASE",
  "JSON_ARRAYAGG",
  "JSON_OBJECTAGG"
].filter((name) => /^[A-Z_][A-Z0-9_]*$/.test(name) && !operatorWords.has(name)).sort()

/** Every name of a scalar or aggregate function that a user may write as `NAME(…)`, sorted; operators are left out. */
export function functionNames(): ReadonlyArray<string> {
  return callable
}

/** Whether `NAME(…)`, in upper case, calls a scalar function. */
export function isScalarName(name: string): boolean {
  return bySql.has(name) && /^[A-Z_]/.test(name) && !operatorWords.has(name)
}
