/** Parts and orders of arrays; maps from others. */
import { type LogicalType, simple, withNullable } from "../../type/logical-type.ts"
import { compareBoxed } from "./comparison.ts"
import type { Boxed, Call, ScalarFunction } from "./definition.ts"
import { ExpressionFault } from "./fault.ts"
import { commonType, isInteger, isNested } from "./type-rule.ts"
import { anyNullable } from "./value.ts"

type Items = ReadonlyArray<Boxed>
type Entries = ReadonlyArray<readonly [Boxed, Boxed]>

function isArray(type: LogicalType | undefined): type is LogicalType & { kind: "ARRAY" } {
  return type?.kind === "ARRAY"
}

/** Both ends count from 1, from the end when negative, and belong to the part; 0 is taken for 1. */
function slice(items: Items, from: number, to = items.length): Items {
  const place = (at: number) => at < 0 ? items.length + at + 1 : Math.max(1, at)
  const first = place(from)
  const last = place(to)
  if (first > items.length || last < 1 || first > last) return []
  return items.slice(Math.max(1, first) - 1, last)
}

const arraySlice: ScalarFunction = {
  name: "arraySlice",
  sql: ["ARRAY_SLICE"],
  description:
    "The part of an array between two places, both included; a negative one counts from the end.",
  infer: (args) => {
    const [of, ...places] = args
    if (!isArray(of) || places.length < 1 || places.length > 2 || !places.every(isInteger)) {
      return "ARRAY_SLICE wants an ARRAY and one or two places"
    }
    const type = withNullable(of, anyNullable(args))
    return { type, args: [of, ...places.map((place) => simple("INT", place.nullable))] }
  },
  evaluate: () => slice
}

function sort(call: Call): (items: Items, ascending?: boolean, nullsFirst?: boolean) => Boxed {
  const type = (call.type as { element: LogicalType }).element
  return (items, ascending = true, nullsFirst = ascending) => {
    const known = items.filter((item) => item !== null)
    const nulls = items.filter((item) => item === null)
    const sign = ascending ? 1 : -1
    known.sort((a, b) => sign * compareBoxed(a, b, type, type))
    return nullsFirst ? [...nulls, ...known] : [...known, ...nulls]
  }
}

const arraySort: ScalarFunction = {
  name: "arraySort",
  sql: ["ARRAY_SORT"],
  description:
    "The elements in order: ascending unless the second argument is FALSE; NULLs first when ascending, last otherwise, or as the third says.",
  infer: (args) => {
    const [of, ...ways] = args
    const fits = isArray(of) && !isNested(of.element) && ways.length <= 2 &&
      ways.every((way) => way.kind === "BOOLEAN")
    if (!fits) return "ARRAY_SORT wants an ARRAY of values that have an order, and BOOLEANs"
    return { type: withNullable(of, anyNullable(args)), args }
  },
  evaluate: (call) => sort(call)
}

const arrayConcat: ScalarFunction = {
  name: "arrayConcat",
  sql: ["ARRAY_CONCAT"],
  description: "The elements of all arrays, one after the other.",
  infer: (args) => {
    const type = commonType(args)
    if (args.length === 0 || !isArray(type)) return "ARRAY_CONCAT wants ARRAYs of one type"
    return { type, args: args.map((arg) => withNullable(type, arg.nullable)) }
  },
  evaluate: () => (...arrays: ReadonlyArray<Items>): Boxed => arrays.flat()
}

function put(
  entries: Array<readonly [Boxed, Boxed]>,
  entry: readonly [Boxed, Boxed],
  type: LogicalType
): void {
  const at = entries.findIndex(([key]) =>
    key === null || entry[0] === null
      ? key === entry[0]
      : compareBoxed(key, entry[0], type, type) === 0
  )
  if (at < 0) entries.push(entry)
  else entries[at] = entry
}

const mapUnion: ScalarFunction = {
  name: "mapUnion",
  sql: ["MAP_UNION"],
  description: "The entries of all maps; of equal keys the last counts.",
  infer: (args) => {
    const type = commonType(args)
    if (args.length === 0 || type?.kind !== "MAP") return "MAP_UNION wants MAPs of one type"
    return { type, args: args.map((arg) => withNullable(type, arg.nullable)) }
  },
  evaluate: (call) => {
    const { key } = call.type as { key: LogicalType }
    return (...maps: ReadonlyArray<Entries>): Boxed => {
      const all: Array<readonly [Boxed, Boxed]> = []
      for (const entry of maps.flat()) put(all, entry, key)
      return all
    }
  }
}

const mapFromArrays: ScalarFunction = {
  name: "mapFromArrays",
  sql: ["MAP_FROM_ARRAYS"],
  description: "The map of an array of keys and one of values, which have the same length.",
  infer: (args) => {
    const [keys, values] = args
    if (args.length !== 2 || !isArray(keys) || !isArray(values)) {
      return "MAP_FROM_ARRAYS wants two ARRAYs"
    }
    const nullable = anyNullable(args)
    return { type: { kind: "MAP", nullable, key: keys.element, value: values.element }, args }
  },
  evaluate: (call) => {
    const { key } = call.type as { key: LogicalType }
    return (keys: Items, values: Items): Boxed => {
      if (keys.length !== values.length) {
        const reason = `there are ${keys.length} keys, but ${values.length} values`
        throw new ExpressionFault({ expression: call.text, reason })
      }
      const all: Array<readonly [Boxed, Boxed]> = []
      keys.forEach((item, i) => put(all, [item, values[i]!], key))
      return all
    }
  }
}

/** More functions of nested values. */
export const moreCollections: ReadonlyArray<ScalarFunction> = [
  arraySlice,
  arraySort,
  arrayConcat,
  mapUnion,
  mapFromArrays
]
