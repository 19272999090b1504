/**
 * Aggregation by several grouping sets: every row is copied once per set, with the keys that the set leaves out as NULL and the number of
 * the set beside them, and then grouped by all of that. GROUPING and its kin are read off the number.
 */
import { assert } from "../../fault.ts"
import { simple, withNullable } from "../../type/logical-type.ts"
import type { AggregateCall, Expression } from "../expression.ts"
import { inferScalar } from "../function/registry.ts"
import { literal } from "./bind-literal.ts"
import { input } from "./expression-tree.ts"
import { makeAggregate } from "./make-aggregate.ts"
import type { RelationPool } from "./relation-pool.ts"
import type { Relation } from "./relation.ts"

/** Rows grouped: the keys, then the number of the set if there are several, then the calls. */
export interface Grouped {
  readonly relation: Relation
  /** The number of the set; undefined when all rows are of the one full set. */
  readonly setColumn: number | undefined
  readonly callsFrom: number
}

/** Group `of` by its columns `keys` in each of `sets`. */
export function makeGrouping(
  pool: RelationPool,
  of: Relation,
  keys: ReadonlyArray<number>,
  sets: ReadonlyArray<ReadonlyArray<number>>,
  calls: ReadonlyArray<AggregateCall>
): Grouped {
  if (sets.length === 1 && sets[0]!.length === keys.length) {
    const relation = makeAggregate(pool, of, keys, calls)
    return { relation, setColumn: undefined, callsFrom: keys.length }
  }
  const width = of.columns.length
  const given = of.columns.map((column, index) => input(index, column.type))
  const projections = sets.map((set, number) => [
    ...given,
    ...keys.map((key, at) =>
      set.includes(at) ? given[key]! : literal(null, withNullable(of.columns[key]!.type, true))
    ),
    numberOf(number)
  ])
  const names = [...of.columns, ...keys.map((key) => of.columns[key]!)].map(({ name }) => name)
  const expanded = pool.make({ kind: "expand", projections }, [of], [...names, "$grouping_set"])
  const numbers = [...keys, width].map((_, at) => width + at)
  const relation = makeAggregate(pool, expanded, numbers, calls)
  return { relation, setColumn: keys.length, callsFrom: keys.length + 1 }
}

function numberOf(value: number): Expression {
  return literal(String(value), simple("BIGINT", false))
}

/** For each set the bits of GROUPING(keys): 1 where the set leaves the key out, the last key lowest. */
export function groupingBits(
  keys: ReadonlyArray<number>,
  sets: ReadonlyArray<ReadonlyArray<number>>
): ReadonlyArray<number> {
  return sets.map((set) => keys.reduce((bits, key) => bits * 2 + (set.includes(key) ? 0 : 1), 0))
}

/** For each set how many equal ones stand before it: GROUP_ID. */
export function groupIds(sets: ReadonlyArray<ReadonlyArray<number>>): ReadonlyArray<number> {
  const texts = sets.map((set) => set.join())
  return texts.map((text, at) => texts.slice(0, at).filter((other) => other === text).length)
}

/** The value of `values` that belongs to a row's set. */
export function bySet(
  values: ReadonlyArray<number>,
  { relation, setColumn }: Grouped
): Expression {
  const last = values.at(-1)!
  if (setColumn === undefined || values.every((value) => value === last)) return numberOf(last)
  const set = input(setColumn, relation.columns[setColumn]!.type)
  const branches = values.slice(0, -1).flatMap((value, at) => [
    called("=", [set, numberOf(at)]),
    numberOf(value)
  ])
  return called("CASE", [...branches, numberOf(last)])
}

function called(sqlName: string, args: ReadonlyArray<Expression>): Expression {
  const inferred = inferScalar(sqlName, args.map((arg) => arg.type))
  assert(!("problem" in inferred), `${sqlName} takes numbers`)
  return { op: "call", name: inferred.name, args, type: inferred.type }
}
