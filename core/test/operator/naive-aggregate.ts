/** Aggregates by the book, over lists of boxed rows: the oracle of the aggregating operators. */
import { type Boxed, compareBoxed } from "../../src/state/boxed.ts"
import type { AggregateCall } from "../../src/table/expression.ts"
import { layoutOf } from "../../src/type/logical-type.ts"
import type { LogicalType } from "../../src/type/logical-type.ts"
import { keyText } from "../state/kit.ts"
import type { Row } from "./kit.ts"

/** One value per call over the rows, which are all insertions. */
export function naive(
  calls: ReadonlyArray<AggregateCall>,
  types: ReadonlyArray<LogicalType>,
  rows: ReadonlyArray<Row>
): ReadonlyArray<Boxed> {
  return calls.map((call) => {
    const passing = rows.filter((row) =>
      call.filter === undefined || row.values[call.filter] === true
    )
    if (call.args.length === 0) return BigInt(passing.length)
    let values = passing.map((row) => row.values[call.args[0]!]).filter((value) => value !== null)
    if (call.distinct) {
      values = [...new Map(values.map((value) => [keyText(value), value])).values()]
    }
    return one(call, types[call.args[0]!]!, values)
  })
}

function one(call: AggregateCall, argument: LogicalType, values: ReadonlyArray<Boxed>): Boxed {
  switch (call.name) {
    case "count":
      return BigInt(values.length)
    case "first_value":
      return values[0] ?? null
    case "min":
    case "max": {
      const order = call.name === "max" ? 1 : -1
      return values.reduce<Boxed>(
        (best, value) => best === null || order * compareBoxed(value, best) > 0 ? value : best,
        null
      )
    }
    default:
      return total(call, argument, values)
  }
}

function total(call: AggregateCall, argument: LogicalType, values: ReadonlyArray<Boxed>): Boxed {
  if (values.length === 0 && call.name !== "sum0") return null
  if (layoutOf(call.type) === "f64") {
    const sum = values.reduce<number>((a, b) => a + (b as number), 0)
    return call.name === "avg" ? sum / values.length : sum
  }
  const sum = values.reduce<bigint>((a, b) => a + BigInt(b as bigint | number), 0n)
  if (call.type.kind === "DECIMAL") {
    if (call.name !== "avg") return sum
    const scaled = sum * 10n ** BigInt(call.type.scale - (argument as { scale: number }).scale)
    const n = BigInt(values.length)
    const twice = (scaled < 0n ? -scaled : scaled) * 2n + n
    return (scaled < 0n ? -1n : 1n) * (twice / (2n * n))
  }
  const exact = call.name === "avg" ? sum / BigInt(values.length) : sum
  return call.type.kind === "BIGINT" ? BigInt.asIntN(64, exact) : Number(BigInt.asIntN(32, exact))
}
