/** ROW, ARRAY and MAP: making them, reaching into them, counting them. */
import { type LogicalType, simple, withNullable } from "../../type/logical-type.ts"
import type { Boxed, Call, ScalarFunction, Signature } from "./definition.ts"
import { compareBoxed } from "./comparison.ts"
import { commonType, isInteger, isText, textType } from "./type-rule.ts"
import { anyNullable } from "./value.ts"

type Items = ReadonlyArray<Boxed>
type Entries = ReadonlyArray<readonly [Boxed, Boxed]>

function entry(
  name: string,
  sql: ReadonlyArray<string>,
  description: string,
  infer: ScalarFunction["infer"],
  evaluate: ScalarFunction["evaluate"],
  strict = true
): ScalarFunction {
  return { name, sql, description, infer, evaluate, strict }
}

function same(a: Boxed, b: Boxed, type: LogicalType): boolean {
  return a === null || b === null ? a === b : compareBoxed(a, b, type, type) === 0
}

const at = entry(
  "at",
  ["ITEM"],
  "The element of an array at a place from 1, or the value of a map's key; NULL if there is none.",
  (args) => {
    const [of, key] = args
    if (args.length !== 2) return "ITEM wants 2 arguments"
    if (of!.kind === "ARRAY" && isInteger(key!)) {
      return { type: withNullable(of!.element, true), args: [of!, simple("INT", key!.nullable)] }
    }
    if (of!.kind === "MAP") {
      return {
        type: withNullable(of!.value, true),
        args: [of!, withNullable(of!.key, key!.nullable)]
      }
    }
    return `A ${key!.kind} cannot select from ${of!.kind}`
  },
  (call) => {
    const of = call.args[0]!
    if (of.kind === "ARRAY") return (items: Items, index: number): Boxed => items[index - 1] ?? null
    const keyType = (of as { key: LogicalType }).key
    return (entries: Entries, key: Boxed): Boxed =>
      entries.find(([k]) => same(k, key, keyType))?.[1] ?? null
  }
)

const cardinality = entry(
  "cardinality",
  ["CARDINALITY"],
  "The number of elements or entries.",
  ([a]) =>
    a !== undefined && (a.kind === "ARRAY" || a.kind === "MAP" || a.kind === "MULTISET")
      ? { type: simple("INT", a.nullable), args: [a] }
      : "CARDINALITY wants an ARRAY or MAP",
  () => (items: Items): Boxed => items.length
)

const element = entry(
  "element",
  ["ELEMENT"],
  "The only element of an array; NULL of an empty one.",
  ([a]) =>
    a?.kind === "ARRAY"
      ? { type: withNullable(a.element, true), args: [a] }
      : "ELEMENT wants an ARRAY",
  () => (items: Items): Boxed => items.length === 1 ? items[0]! : null
)

const array = entry(
  "array",
  ["ARRAY"],
  "An array of the arguments.",
  (args) => {
    const type = commonType(args)
    if (type === undefined) {
      return args.length === 0
        ? "An ARRAY needs an element"
        : "The elements of an ARRAY have no common type"
    }
    return {
      type: { kind: "ARRAY", nullable: false, element: type },
      args: args.map((arg) => withNullable(type, arg.nullable || arg.kind === "NULL"))
    }
  },
  () => (...items: Items): Boxed => items,
  false
)

const map = entry(
  "map",
  ["MAP"],
  "A map of keys and values in turn.",
  (args) => {
    const key = commonType(args.filter((_, i) => i % 2 === 0))
    const value = commonType(args.filter((_, i) => i % 2 === 1))
    if (args.length % 2 === 1 || key === undefined || value === undefined) {
      return "A MAP wants keys and values in turn, each of one type"
    }
    return {
      type: { kind: "MAP", nullable: false, key, value },
      args: args.map((arg, i) =>
        withNullable(i % 2 === 0 ? key : value, arg.nullable || arg.kind === "NULL")
      )
    }
  },
  (call) => {
    const keyType = (call.type as { key: LogicalType }).key
    return (...items: Items): Boxed => {
      const entries: Array<[Boxed, Boxed]> = []
      for (let i = 0; i < items.length; i += 2) {
        const known = entries.find(([key]) => same(key, items[i]!, keyType))
        if (known === undefined) entries.push([items[i]!, items[i + 1]!])
        else known[1] = items[i + 1]!
      }
      return entries
    }
  },
  false
)

const row = entry(
  "row",
  ["ROW"],
  "A row of the arguments.",
  (args) => ({
    type: {
      kind: "ROW",
      nullable: false,
      fields: args.map((type, i) => ({ name: `EXPR$${i}`, type }))
    },
    args
  }),
  () => (...items: Items): Boxed => items,
  false
)

function inferArray(
  sql: string,
  args: ReadonlyArray<LogicalType>,
  more: number
): Signature | string {
  const [of] = args
  if (of?.kind !== "ARRAY" || args.length !== 1 + more) {
    return `${sql} wants an ARRAY${more > 0 ? " and an element" : ""}`
  }
  const rest = args.slice(1).map((arg) =>
    withNullable(of.element, arg.nullable || arg.kind === "NULL")
  )
  return { type: { ...of, nullable: of.nullable }, args: [of, ...rest] }
}

function elementType(call: Call): LogicalType {
  return (call.args[0] as { element: LogicalType }).element
}

/** A function of an array and an element, which may be NULL. */
function withElement(
  name: string,
  sql: string,
  description: string,
  result: (array: LogicalType, item: LogicalType) => LogicalType,
  compute: (items: Items, item: Boxed, type: LogicalType) => Boxed
): ScalarFunction {
  return entry(
    name,
    [sql],
    description,
    (args) => {
      const signature = inferArray(sql, args, 1)
      if (typeof signature === "string") return signature
      return { ...signature, type: result(args[0]!, signature.args[1]!) }
    },
    (call) => (items: Items | null, item: Boxed): Boxed =>
      items === null ? null : compute(items, item, elementType(call)),
    false
  )
}

function distinct(items: Items, type: LogicalType): Items {
  const kept: Array<Boxed> = []
  for (const item of items) if (!kept.some((known) => same(known, item, type))) kept.push(item)
  return kept
}

function plain(
  name: string,
  sql: string,
  description: string,
  compute: (items: Items, type: LogicalType) => Boxed
): ScalarFunction {
  return entry(
    name,
    [sql],
    description,
    (args) => inferArray(sql, args, 0),
    (call) => (items: Items): Boxed => compute(items, elementType(call))
  )
}

function twoArrays(
  name: string,
  sql: string,
  description: string,
  compute: (a: Items, b: Items, type: LogicalType) => Boxed
): ScalarFunction {
  return entry(
    name,
    [sql],
    description,
    (args) => {
      const type = commonType(args)
      if (args.length !== 2 || type?.kind !== "ARRAY") return `${sql} wants two ARRAYs of one type`
      return { type, args: args.map((arg) => withNullable(type, arg.nullable)) }
    },
    (call) => (a: Items, b: Items): Boxed => compute(a, b, elementType(call))
  )
}

function extreme(name: string, sql: string, sign: number): ScalarFunction {
  return entry(
    name,
    [sql],
    "The greatest or least element that is not NULL.",
    (args) => {
      const signature = inferArray(sql, args, 0)
      return typeof signature === "string"
        ? signature
        : { ...signature, type: withNullable((args[0] as { element: LogicalType }).element, true) }
    },
    (call) => (items: Items): Boxed => {
      const type = elementType(call)
      let best: Boxed = null
      for (const item of items) {
        if (item !== null && (best === null || compareBoxed(item, best, type, type) * sign > 0)) {
          best = item
        }
      }
      return best
    }
  )
}

function ofMap(
  name: string,
  sql: string,
  description: string,
  result: (key: LogicalType, value: LogicalType) => LogicalType,
  pick: (entries: Entries) => Boxed
): ScalarFunction {
  return entry(
    name,
    [sql],
    description,
    ([a]) =>
      a?.kind === "MAP"
        ? {
          type: { kind: "ARRAY", nullable: a.nullable, element: result(a.key, a.value) },
          args: [a]
        }
        : `${sql} wants a MAP`,
    () => pick as (entries: never) => Boxed
  )
}

const join = entry(
  "arrayJoin",
  ["ARRAY_JOIN"],
  "The texts of an array with a separator between; NULL elements left out or replaced.",
  (args) => {
    const [of, ...rest] = args
    if (
      of?.kind !== "ARRAY" || !isText(of.element) || rest.length < 1 || rest.length > 2 ||
      !rest.every(isText)
    ) return "ARRAY_JOIN wants an ARRAY of STRING and a separator"
    return { type: textType(anyNullable(args)), args }
  },
  () => (items: Items, separator: string, nothing?: string): Boxed =>
    items.map((item) => item ?? nothing).filter((item) => item !== undefined).join(separator)
)

const split = entry(
  "split",
  ["SPLIT"],
  "The parts of a text between separators.",
  (args) =>
    args.length === 2 && args.every(isText)
      ? { type: { kind: "ARRAY", nullable: anyNullable(args), element: textType(true) }, args }
      : "SPLIT wants a text and a separator",
  () => (a: string, separator: string): Boxed =>
    separator === "" ? Array.from(a) : a.split(separator)
)

const boolean = (array: LogicalType) => simple("BOOLEAN", array.nullable)
const unchanged = (array: LogicalType) => array
const anyElement = (array: LogicalType, item: LogicalType): LogicalType =>
  array.kind === "ARRAY" && item.nullable
    ? { ...array, element: withNullable(array.element, true) }
    : array

/** Functions of nested values. */
export const collections: ReadonlyArray<ScalarFunction> = [
  at,
  cardinality,
  element,
  array,
  map,
  row,
  withElement(
    "arrayContains",
    "ARRAY_CONTAINS",
    "Whether the element is there.",
    boolean,
    (items, item, type) => items.some((known) => same(known, item, type))
  ),
  withElement(
    "arrayPosition",
    "ARRAY_POSITION",
    "Where the element first stands, from 1; 0 if nowhere.",
    (of, item) => simple("INT", of.nullable || item.nullable),
    (items, item, type) =>
      item === null ? null : items.findIndex((known) => same(known, item, type)) + 1
  ),
  withElement(
    "arrayRemove",
    "ARRAY_REMOVE",
    "The array without the element.",
    unchanged,
    (items, item, type) => items.filter((known) => !same(known, item, type))
  ),
  withElement(
    "arrayAppend",
    "ARRAY_APPEND",
    "The array with the element after it.",
    anyElement,
    (items, item) => [...items, item]
  ),
  withElement(
    "arrayPrepend",
    "ARRAY_PREPEND",
    "The array with the element before it.",
    anyElement,
    (items, item) => [item, ...items]
  ),
  plain("arrayDistinct", "ARRAY_DISTINCT", "The array without repetitions.", distinct),
  plain(
    "arrayReverse",
    "ARRAY_REVERSE",
    "The elements in reverse order.",
    (items) => [...items].reverse()
  ),
  twoArrays(
    "arrayUnion",
    "ARRAY_UNION",
    "The elements of both, once each.",
    (a, b, type) => distinct([...a, ...b], type)
  ),
  twoArrays(
    "arrayExcept",
    "ARRAY_EXCEPT",
    "The elements of the first that the second has not.",
    (a, b, type) => distinct(a.filter((item) => !b.some((known) => same(known, item, type))), type)
  ),
  twoArrays(
    "arrayIntersect",
    "ARRAY_INTERSECT",
    "The elements that both have, once each.",
    (a, b, type) => distinct(a.filter((item) => b.some((known) => same(known, item, type))), type)
  ),
  extreme("arrayMax", "ARRAY_MAX", 1),
  extreme("arrayMin", "ARRAY_MIN", -1),
  join,
  split,
  ofMap("mapKeys", "MAP_KEYS", "The keys.", (key) => key, (entries) => entries.map(([key]) => key)),
  ofMap(
    "mapValues",
    "MAP_VALUES",
    "The values.",
    (_key, value) => value,
    (entries) => entries.map(([, value]) => value)
  ),
  ofMap(
    "mapEntries",
    "MAP_ENTRIES",
    "The entries as rows of key and value.",
    (key, value) => ({
      kind: "ROW",
      nullable: true,
      fields: [{ name: "key", type: key }, { name: "value", type: value }]
    }),
    (entries) => entries.map(([key, value]) => [key, value])
  )
]
