/**
 * Claim: an `OpenTable` is a Map from key to state, whatever the types and forms of the keys. Model: a Map from a text of
 * the key. Generator: batches of random keys of one to three random types, plain or coded, narrow or wide, with releases
 * between and a snapshot restored into tables of other group ranges. A failure means lost, doubled or mixed-up state.
 */
import { describe, it } from "node:test"
import assert from "node:assert/strict"
import * as fc from "fast-check"
import { OpenTable } from "../../src/state/open-table.ts"
import { hashColumns, keyGroup } from "../../src/state/key-group.ts"
import type { Boxed } from "../../src/state/boxed.ts"
import type { LogicalType } from "../../src/type/logical-type.ts"
import { column, type Form, keyOfRow, rowTexts, seed, types, value } from "./kit.ts"

interface Step {
  readonly rows: ReadonlyArray<ReadonlyArray<Boxed>>
  readonly form: Form
  readonly releases: number
}

interface History {
  readonly keys: ReadonlyArray<LogicalType>
  readonly steps: ReadonlyArray<Step>
}

const histories: fc.Arbitrary<History> = fc.array(fc.constantFrom(...types), {
  minLength: 1,
  maxLength: 3
})
  .chain((keys) =>
    fc.record({
      keys: fc.constant(keys),
      steps: fc.array(
        fc.record({
          rows: fc.array(fc.tuple(...keys.map(value)), { minLength: 1, maxLength: 30 }),
          form: fc.constantFrom<Form>("plain", "other"),
          releases: fc.nat(6)
        }),
        { minLength: 1, maxLength: 8 }
      )
    })
  )

function columnsOf(keys: ReadonlyArray<LogicalType>, step: Step) {
  return keys.map((type, k) => column(type, step.rows.map((row) => row[k]), step.form))
}

function check(
  table: OpenTable,
  keys: ReadonlyArray<LogicalType>,
  model: ReadonlyMap<string, number>
): void {
  const live = table.live()
  assert.equal(table.size, model.size)
  assert.equal(live.length, model.size)
  const sums = table.column(0) as Float64Array
  const boxes = table.column(1) as Array<unknown>
  const pairs = table.column(2) as Float64Array
  rowTexts(keys, table.keysOf(live, live.length), live.length).forEach((text, i) => {
    assert.equal(sums[live[i]!], model.get(text), text)
    assert.equal(boxes[live[i]!], `${model.get(text)}`)
    assert.equal(pairs[2 * live[i]! + 1], -model.get(text)!)
  })
}

function run({ keys, steps }: History): void {
  let table = new OpenTable({ keys, state: ["f64", "object", "i64"] })
  const model = new Map<string, number>()
  let weight = 1
  for (const step of steps) {
    const columns = columnsOf(keys, step)
    const rows = step.rows.length
    const slots = new Int32Array(rows)
    const fresh = new Int32Array(rows)
    const made = table.locate(columns, rows, slots, fresh)
    const before = model.size
    step.rows.forEach((row, i) => {
      const text = keyOfRow(keys, row)
      const next = (model.get(text) ?? 0) + weight
      model.set(text, next)
      ;(table.column(0) as Float64Array)[slots[i]!]! += weight
      ;(table.column(1) as Array<unknown>)[slots[i]!] = `${next}`
      ;(table.column(2) as Float64Array)[2 * slots[i]! + 1] = -next
      weight++
    })
    assert.equal(made, model.size - before)
    assert.equal(new Set(fresh.subarray(0, made)).size, made)
    const found = new Int32Array(rows)
    table.find(columns, rows, found)
    assert.deepEqual(found, slots)
    check(table, keys, model)
    const gone = table.live().subarray(0, Math.min(step.releases, table.size))
    for (const text of rowTexts(keys, table.keysOf(gone, gone.length), gone.length)) {
      model.delete(text)
    }
    table.release(gone, gone.length)
    check(table, keys, model)
    table = movedOver(table, keys)
    check(table, keys, model)
  }
}

/** Through a snapshot: the groups restored in another order, after two halves have held them. */
function movedOver(table: OpenTable, keys: ReadonlyArray<LogicalType>): OpenTable {
  const shape = { keys, state: ["f64", "object", "i64"] } as const
  const groups = [...table.snapshot(16)]
  for (const [group, bytes] of groups) {
    const one = new OpenTable(shape)
    one.restore(bytes)
    const live = one.live()
    const hashes = hashColumns(keys, one.keysOf(live, live.length), live.length)
    for (const hash of hashes) assert.equal(keyGroup(hash, 16), group)
  }
  const whole = new OpenTable(shape)
  for (const [, bytes] of groups.reverse()) whole.restore(bytes)
  return whole
}

describe("OpenTable", () => {
  it("OpenTable.locate() finds equal keys in every form and keeps state through releases and restores", () => {
    fc.assert(fc.property(histories, run), { seed, numRuns: 150 })
  })

  it("OpenTable.release() gives memory back: slots are reused by other keys", () => {
    const table = new OpenTable({ keys: [types[6]!], state: ["f64"] })
    const slots = new Int32Array(500)
    const fresh = new Int32Array(500)
    for (let round = 0; round < 40; round++) {
      const texts = Array.from(
        { length: 500 },
        (_, i) => new TextEncoder().encode(`round ${round} key ${i}`)
      )
      assert.equal(table.locate([column(types[6]!, texts, "plain")], 500, slots, fresh), 500)
      assert.ok((table.column(0) as Float64Array).subarray(0, 500).every((sum) => sum === 0))
      ;(table.column(0) as Float64Array).fill(1, 0, 500)
      table.release(table.live(), 500)
    }
    assert.equal(table.size, 0)
    assert.equal(table.slotsMax, 500)
  })
})
