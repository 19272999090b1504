/** OVER by the book: for each row its frame by looking at every row of its partition. The oracle of the operators of OVER. */
import { type Boxed, compareBoxed } from "../../src/state/boxed.ts"
import type { Frame, OverCall, SortKey } from "../../src/table/expression.ts"
import type { LogicalType } from "../../src/type/logical-type.ts"
import { keyText } from "../state/kit.ts"
import type { Row } from "./kit.ts"
import { naive } from "./naive-aggregate.ts"

type Values = ReadonlyArray<Boxed>

/** What is computed. */
export interface NaiveOver {
  readonly partition: ReadonlyArray<number>
  readonly order: ReadonlyArray<SortKey>
  readonly frames: ReadonlyArray<Frame>
  readonly calls: ReadonlyArray<OverCall>
}

/** Every row with its results; rows that nothing tells apart in order stand as they are given. */
export function naiveOver(
  over: NaiveOver,
  types: ReadonlyArray<LogicalType>,
  rows: ReadonlyArray<Values>
): ReadonlyArray<Values> {
  return rows.map((row, at) => {
    const mine = rows.map((values, i) => ({ values, i })).filter(({ values }) =>
      over.partition.every((k) => keyText(values[k]) === keyText(row[k]))
    ).sort((a, b) => ordered(over.order, a.values, b.values) || a.i - b.i)
    const place = mine.findIndex(({ i }) => i === at)
    const sorted = mine.map(({ values }) => values)
    return [...row, ...over.calls.map((call) => result(over, call, types, sorted, place))]
  })
}

function ordered(order: ReadonlyArray<SortKey>, a: Values, b: Values): number {
  for (const { column, descending, nullsFirst } of order) {
    const [x, y] = [a[column]!, b[column]!]
    if (x === null || y === null) {
      if (x === y) continue
      return (x === null) === nullsFirst ? -1 : 1
    }
    const found = compareBoxed(x, y) * (descending ? -1 : 1)
    if (found !== 0) return found
  }
  return 0
}

function result(
  over: NaiveOver,
  call: OverCall,
  types: ReadonlyArray<LogicalType>,
  sorted: ReadonlyArray<Values>,
  at: number
): Boxed {
  const row = sorted[at]!
  const before = sorted.filter((other) => ordered(over.order, other, row) < 0)
  const upTo = sorted.filter((other) => ordered(over.order, other, row) <= 0)
  const argument = call.args[0]
  switch (call.name) {
    case "row_number":
      return BigInt(at + 1)
    case "rank":
      return BigInt(before.length + 1)
    case "dense_rank":
      return BigInt(
        before.filter((one, i) => i === 0 || ordered(over.order, before[i - 1]!, one) !== 0)
          .length + 1
      )
    case "percent_rank":
      return sorted.length === 1 ? 0 : before.length / (sorted.length - 1)
    case "cume_dist":
      return upTo.length / sorted.length
    case "ntile":
      return ntile(sorted.length, call.offset!)[at]!
    case "lag":
    case "lead": {
      const other = sorted[at + (call.name === "lag" ? -1 : 1) * call.offset!]
      return other !== undefined
        ? other[argument!]!
        : call.args[1] === undefined
        ? null
        : row[call.args[1]]!
    }
  }
  const frame = sorted.filter((_, i) => within(over, over.frames[call.frame!]!, sorted, at, i))
  const present = frame.filter((values) => argument !== undefined && values[argument] !== null).map(
    (values) => values[argument!]!
  )
  if (call.name === "first_value") return present[0] ?? null
  if (call.name === "last_value") return present.at(-1) ?? null
  return naive([call], types, frame.map((values): Row => ({ kind: 0, values })))[0]!
}

function ntile(rows: number, buckets: number): ReadonlyArray<number> {
  return Array.from(
    { length: buckets },
    (_, b) => Array<number>(Math.floor(rows / buckets) + (b < rows % buckets ? 1 : 0)).fill(b + 1)
  ).flat()
}

function within(
  { order }: NaiveOver,
  { unit, low, high }: Frame,
  sorted: ReadonlyArray<Values>,
  at: number,
  i: number
): boolean {
  if (unit === "rows") {
    return (low === "unbounded" || i - at >= low) && (high === "unbounded" || i - at <= high)
  }
  const peers = ordered(order, sorted[i]!, sorted[at]!)
  const key = order[0]
  const value = (row: number): number | null => {
    const boxed = key === undefined ? null : sorted[row]![key.column]!
    return boxed === null ? null : Number(boxed) * (key!.descending ? -1 : 1)
  }
  const [mine, other] = [value(at), value(i)]
  const reaches = (end: number, sign: 1 | -1): boolean => {
    if (end === 0) return sign * peers <= 0
    if (mine === null || other === null) return sign * peers <= 0
    return sign * (other - mine) <= sign * end
  }
  return (low === "unbounded" || reaches(low, -1)) && (high === "unbounded" || reaches(high, 1))
}
