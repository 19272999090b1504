/**
 * Windows by the book: which windows a row is in, what leaves when a watermark comes. The oracle of the operators of windows, with the rows,
 * aggregates and histories that their properties are tried on.
 */
import * as fc from "fast-check"
import type { Boxed } from "../../src/state/boxed.ts"
import type { TimeWindow } from "../../src/state/time-window.ts"
import { simple, string, timestamp } from "../../src/type/logical-type.ts"
import type { LogicalType } from "../../src/type/logical-type.ts"
import type { AggregateCall } from "../../src/table/expression.ts"
import { type Form, keyText } from "../state/kit.ts"
import { type Input, insert, type Row } from "./kit.ts"

const decimal: LogicalType = { kind: "DECIMAL", nullable: true, precision: 12, scale: 2 }
const wideDecimal: LogicalType = { kind: "DECIMAL", nullable: true, precision: 38, scale: 2 }
/** Time, key, then arguments. */
export const input: ReadonlyArray<LogicalType> = [
  timestamp(3),
  string,
  simple("BIGINT"),
  simple("DOUBLE"),
  simple("BOOLEAN"),
  decimal,
  simple("INT")
]
/** The same with names. */
export const schema: ReadonlyArray<{ name: string; type: LogicalType }> = input.map((type, k) => ({
  name: `c${k}`,
  type
}))

/** One call of each kind. */
export const calls: ReadonlyArray<AggregateCall> = [
  { name: "count", args: [], filter: undefined, distinct: false, type: simple("BIGINT", false) },
  { name: "count", args: [2], filter: 4, distinct: false, type: simple("BIGINT", false) },
  { name: "sum", args: [2], filter: undefined, distinct: false, type: simple("BIGINT") },
  { name: "avg", args: [2], filter: undefined, distinct: false, type: simple("BIGINT") },
  { name: "min", args: [2], filter: undefined, distinct: false, type: simple("BIGINT") },
  { name: "max", args: [2], filter: 4, distinct: false, type: simple("BIGINT") },
  { name: "sum", args: [3], filter: undefined, distinct: false, type: simple("DOUBLE") },
  { name: "avg", args: [3], filter: undefined, distinct: false, type: simple("DOUBLE") },
  { name: "max", args: [3], filter: undefined, distinct: false, type: simple("DOUBLE") },
  { name: "max", args: [1], filter: undefined, distinct: false, type: string },
  { name: "sum", args: [5], filter: undefined, distinct: false, type: wideDecimal },
  {
    name: "avg",
    args: [5],
    filter: undefined,
    distinct: false,
    type: { ...wideDecimal, scale: 6 } as LogicalType
  },
  { name: "count", args: [2], filter: undefined, distinct: true, type: simple("BIGINT", false) },
  { name: "sum", args: [6], filter: undefined, distinct: true, type: simple("INT") },
  { name: "sum0", args: [6], filter: 4, distinct: false, type: simple("INT", false) },
  { name: "avg", args: [6], filter: undefined, distinct: false, type: simple("INT") },
  { name: "first_value", args: [1], filter: undefined, distinct: false, type: string }
]

/** Text as it is boxed. */
export const text = (one: string): Uint8Array => new TextEncoder().encode(one)
const row = fc.tuple(
  fc.integer({ min: -30, max: 60 }),
  fc.constantFrom<Boxed>(null, text("a"), text("b"), text("cd"), text("")),
  fc.constantFrom<Boxed>(null, 0n, 3n, -7n, 2n ** 52n, -(2n ** 52n), 2n ** 61n, -(2n ** 61n)),
  fc.constantFrom<Boxed>(null, 0, 1.5, -3.25, 1024),
  fc.constantFrom<Boxed>(null, true, false),
  fc.constantFrom<Boxed>(null, 105n, -250n, 999999999999n),
  fc.constantFrom<Boxed>(null, 1, 2, -3, 2147483647)
).map((values) => insert(...values))

/** Batches of rows and watermarks. */
export const history: fc.Arbitrary<Array<Input>> = fc.array(
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        input: fc.constant(0),
        rows: fc.array(row, { minLength: 1, maxLength: 12 }),
        form: fc.constantFrom<Form>("plain", "other")
      })
    },
    { weight: 1, arbitrary: fc.integer({ min: -30, max: 70 }).map((watermark) => ({ watermark })) }
  ),
  { maxLength: 14 }
)

interface Open {
  start: number
  end: number
  /** The last row's time, for sessions. */
  last: number
  readonly key: string
  rows: Array<Row>
}

/** A window that closed, with its rows in the order they came. */
export interface Closed {
  readonly start: number
  readonly end: number
  readonly rows: ReadonlyArray<Row>
}

/** Windows of the row's key that a row at `time` is in, by trying all that could be. */
function windowsOf(
  window: Exclude<TimeWindow, { kind: "session" }>,
  time: number
): Array<[number, number]> {
  const { sizeMillis, offsetMillis } = window
  const every = window.kind === "hop" ? window.slideMillis : sizeMillis
  const found: Array<[number, number]> = []
  for (let n = -60; n <= 60; n++) {
    const start = n * every + offsetMillis
    const steps = window.kind === "cumulate" ? sizeMillis / window.stepMillis : 1
    for (let k = 1; k <= steps; k++) {
      const end = window.kind === "cumulate" ? start + k * window.stepMillis : start + sizeMillis
      if (time >= start && time < end) found.push([start, end])
    }
  }
  return found
}

/** The windows that close, in order of their ends, and the number of rows that were late for all of theirs. */
export function closedWindows(
  window: TimeWindow,
  inputs: ReadonlyArray<Input>,
  keyOf: (row: Row) => string = (row) => keyText(row.values[1])
): { readonly closed: ReadonlyArray<Closed>; readonly late: number } {
  let open: Array<Open> = []
  const closed: Array<Closed> = []
  let watermark = -Infinity
  let late = 0
  const add = (row: Row): void => {
    const time = row.values[0] as number
    const key = keyOf(row)
    if (window.kind === "session") {
      const own = { start: time, end: time + window.gapMillis, last: time, key, rows: [row] }
      const touching = open.filter((one) =>
        one.key === key && one.start <= own.end && one.end >= own.start
      )
      if (touching.length === 0 && own.end - 1 <= watermark) {
        late++
        return
      }
      const all = [...touching, own]
      open = open.filter((one) => !touching.includes(one))
      const last = Math.max(...all.map((one) => one.last))
      open.push({
        start: Math.min(...all.map((one) => one.start)),
        end: last + window.gapMillis,
        last,
        key,
        rows: all.flatMap((one) => one.rows)
      })
      return
    }
    const windows = windowsOf(window, time)
    const live = windows.filter(([, end]) => end - 1 > watermark)
    if (windows.length > 0 && live.length === 0) late++
    for (const [start, end] of live) {
      const known = open.find((one) => one.key === key && one.start === start && one.end === end)
      if (known === undefined) open.push({ start, end, last: end, key, rows: [row] })
      else known.rows.push(row)
    }
  }
  for (const one of [...inputs, { watermark: Infinity }] as ReadonlyArray<Input>) {
    if ("rows" in one) one.rows.forEach(add)
    else if ("watermark" in one) {
      watermark = Math.max(watermark, one.watermark)
      const due = open.filter((each) => each.end - 1 <= watermark).sort((a, b) => a.end - b.end)
      open = open.filter((each) => each.end - 1 > watermark)
      closed.push(...due)
    }
  }
  return { closed, late }
}
