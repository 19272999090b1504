/** Elements of collections as rows: long ones page by page, multisets, NULL rows among elements, changes. */
import { describe, it } from "node:test"
import assert from "node:assert/strict"
import { RowKind } from "../../src/batch/element.ts"
import { makeUnnest } from "../../src/operator/unnest.ts"
import type { Boxed } from "../../src/state/boxed.ts"
import { type LogicalType, simple, withNullable } from "../../src/type/logical-type.ts"
import { insert, type Row, run, type Subject, textOf } from "./kit.ts"

const int = simple("INT")

function subjectOf(
  type: LogicalType,
  element: ReadonlyArray<LogicalType>,
  outer = false,
  ordinality = false
): Subject {
  return {
    make: () => makeUnnest({ column: 1, type, outer, ordinality }),
    inputs: [[int, type]],
    output: [int, type, ...element, ...ordinality ? [int] : []],
    groupBy: [[0]]
  }
}

/** What comes out, without the collection. */
function unnested(subject: Subject, rows: ReadonlyArray<Row>): ReadonlyArray<string> {
  const { out } = run(subject, [{ input: 0, rows, form: "plain" }])
  return out.map(({ kind, values }) =>
    textOf({ kind, values: [values[0]!, ...values.slice(2)] as ReadonlyArray<Boxed> })
  )
}

const array: LogicalType = { kind: "ARRAY", nullable: true, element: int }

describe("unnest", () => {
  it("makeUnnest() gives the elements of long and of empty arrays, page by page", () => {
    const long = Array.from({ length: 2500 }, (_, i) => i)
    const rows = [insert(1, long), insert(2, []), insert(3, null), insert(4, [null, 5])]
    const inner = [...long.map((i) => `+I "1" "${i}"`), `+I "4" null`, `+I "4" "5"`]
    assert.deepEqual(unnested(subjectOf(array, [int]), rows), inner)
    const outer = [...inner.slice(0, 2500), `+I "2" null`, `+I "3" null`, ...inner.slice(2500)]
    assert.deepEqual(unnested(subjectOf(array, [int], true), rows), outer)
  })

  it("makeUnnest() gives an element of a multiset as often as it is in", () => {
    const type: LogicalType = { kind: "MULTISET", nullable: true, element: int }
    const rows = [insert(1, [[7, 2], [8, 0], [9, 1500]]), insert(2, [[7, 1]])]
    const want = [
      ...[1, 2].map((place) => `+I "1" "7" "${place}"`),
      ...Array.from({ length: 1500 }, (_, i) => `+I "1" "9" "${i + 3}"`),
      `+I "2" "7" "1"`
    ]
    assert.deepEqual(unnested(subjectOf(type, [int], false, true), rows), want)
  })

  it("makeUnnest() gives fields of rows, NULL where the row is, and keeps kinds", () => {
    const row: LogicalType = {
      kind: "ROW",
      nullable: true,
      fields: [{ name: "a", type: withNullable(int, false) }, { name: "b", type: int }]
    }
    const type: LogicalType = { kind: "ARRAY", nullable: true, element: row }
    const kinds = [RowKind.updateBefore, RowKind.updateAfter]
    const rows = kinds.map((kind): Row => ({ kind, values: [kind, [[1, null], null]] }))
    assert.deepEqual(unnested(subjectOf(type, [int, int], true), rows), [
      `-U "1" "1" null`,
      `-U "1" null null`,
      `+U "2" "1" null`,
      `+U "2" null null`
    ])
  })
})
