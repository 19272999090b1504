/**
 * Claim: aggregates that keep their values give, after every history of rows added and taken back, what the rows that are left
 * give, in the order in which they came. Model: a list per key from which the earliest equal row is removed. Generator: histories
 * whose deletions are of rows that are there. A failure: LISTAGG, ARRAY_AGG, COLLECT and their kin drift.
 */
import { describe, it } from "node:test"
import assert from "node:assert/strict"
import * as fc from "fast-check"
import { RowKind } from "../../src/batch/element.ts"
import { makeGroupAggregate } from "../../src/operator/group-aggregate.ts"
import type { Boxed } from "../../src/state/boxed.ts"
import { compileAggregates } from "../../src/table/aggregate/aggregate-set.ts"
import type { AggregateCall } from "../../src/table/expression.ts"
import { type LogicalType, simple, string } from "../../src/type/logical-type.ts"
import { keyText, seed } from "../state/kit.ts"
import {
  changelog,
  cuts,
  materialize,
  type Row,
  run,
  sameWhenCut,
  type Subject,
  tableOf
} from "./kit.ts"

const int = simple("INT")
const input: ReadonlyArray<LogicalType> = [string, string, int]
const schema = input.map((type, k) => ({ name: `c${k}`, type }))
const array: LogicalType = { kind: "ARRAY", nullable: true, element: int }
const call = (name: string, args: ReadonlyArray<number>, type: LogicalType): AggregateCall => ({
  name,
  args,
  type,
  filter: undefined,
  distinct: false
})
const calls: ReadonlyArray<AggregateCall> = [
  call("listagg", [1], string),
  call("array_agg", [2], array),
  call("array_agg_ignore_nulls", [2], array),
  call("first_value", [2], int),
  call("last_value", [2], int),
  call("json_objectagg_absent", [1, 2], string)
]

const subject: Subject = {
  make: () =>
    makeGroupAggregate({
      keys: [0],
      keyTypes: [string],
      groupBy: [0],
      aggregates: compileAggregates(calls, schema, true),
      updateBefore: true
    }),
  inputs: [input],
  output: [string, ...calls.map((one) => one.type)],
  groupBy: [[0]]
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const values = fc.tuple(
  fc.constantFrom<Boxed>(bytes("a"), bytes("b")),
  fc.constantFrom<Boxed>(null, ...["x", "y", "z"].map(bytes)),
  fc.constantFrom<Boxed>(null, 1, 2, 3)
)

/** Each argument list is kept on its own: what is taken back is its earliest equal entry. */
function replay(
  rows: ReadonlyArray<Row>,
  args: ReadonlyArray<number>,
  nulls: boolean
): Map<string, Array<ReadonlyArray<Boxed>>> {
  const lists = new Map<string, Array<ReadonlyArray<Boxed>>>()
  for (const { kind, values: row } of rows) {
    const kept = args.map((at) => row[at]!)
    const list = lists.get(keyText(row[0])) ?? []
    lists.set(keyText(row[0]), list)
    if (kept[0] === null && !nulls) continue
    if (kind === RowKind.insert || kind === RowKind.updateAfter) list.push(kept)
    else {list.splice(
        list.findIndex((one) => one.every((item, k) => keyText(item) === keyText(kept[k]))),
        1
      )}
  }
  return lists
}

const textOf = (item: Boxed) => new TextDecoder().decode(item as Uint8Array)

function model(
  rows: ReadonlyArray<Row>,
  keys: ReadonlyArray<Boxed>
): ReadonlyArray<ReadonlyArray<Boxed>> {
  const lists = [
    replay(rows, [1], false),
    replay(rows, [2], true),
    replay(rows, [2], false),
    replay(rows, [1, 2], true)
  ]
  return keys.map((key) => {
    const [texts, all, some, pairs] = lists.map((list) => list.get(keyText(key))!)
    const numbers = (list: ReadonlyArray<ReadonlyArray<Boxed>>) =>
      list.length === 0 ? null : list.map(([one]) => one!)
    const entries = new Map(
      pairs!.filter(([name, value]) => name !== null && value !== null)
        .map(([name, value]) => [textOf(name), value])
    )
    const object = [...entries].sort(([a], [b]) => a < b ? -1 : 1).map(([name, value]) =>
      `"${name}":${value}`
    )
    return [
      key,
      texts!.length === 0 ? null : bytes(texts!.map(([one]) => textOf(one)).join(",")),
      numbers(all!),
      numbers(some!),
      some![0]?.[0] ?? null,
      some!.at(-1)?.[0] ?? null,
      bytes(`{${object.join(",")}}`)
    ]
  })
}

describe("collected aggregates", () => {
  it(`collected aggregates hold what is left, in order (seed ${seed})`, () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ values, takeBack: fc.boolean() }), { maxLength: 40 }),
        cuts(40),
        (steps, cut) => {
          const { rows, table } = changelog(steps)
          const keys = [...new Map(table.map((row) => [keyText(row[0]), row[0]!])).values()]
          const inputs = [{ input: 0, rows, form: "plain" as const }]
          const { out } = run(subject, inputs)
          assert.deepEqual(materialize(out), tableOf(model(rows, keys)))
          sameWhenCut(subject, inputs, cut)
        }
      ),
      { seed, numRuns: 60 }
    )
  })
})
