/**
 * Claim: a `RowStore` gives back the rows it was given, through releases, reuse of ids and snapshots, and what it gave
 * before stays as it was. Model: a Map from id to boxed row. A failure: joins and ranks give rows that never were.
 */
import { describe, it } from "node:test"
import assert from "node:assert/strict"
import * as fc from "fast-check"
import { Interner } from "../../src/state/interner.ts"
import { type Boxed, columnOfBoxed } from "../../src/state/boxed.ts"
import { ByteReader, ByteWriter } from "../../src/state/byte-io.ts"
import { readColumn, writeColumn } from "../../src/state/column-codec.ts"
import { columnOfIds } from "../../src/state/key-column.ts"
import { readPlain, writePlain } from "../../src/state/plain-codec.ts"
import { restoreRows, snapshotRows } from "../../src/state/row-snapshot.ts"
import { RowStore } from "../../src/state/row-store.ts"
import { string } from "../../src/type/logical-type.ts"
import type { LogicalType } from "../../src/type/logical-type.ts"
import { column, type Form, keyOfRow, rowTexts, seed, types, value } from "./kit.ts"

const forms = fc.constantFrom<Form>("plain", "other")
const shapes = fc.array(fc.constantFrom(...types), { minLength: 1, maxLength: 3 })

const histories = shapes.chain((shape) =>
  fc.record({
    shape: fc.constant(shape),
    steps: fc.array(
      fc.record({
        rows: fc.array(fc.tuple(...shape.map(value)), { minLength: 1, maxLength: 40 }),
        form: forms,
        releases: fc.nat(30)
      }),
      { minLength: 1, maxLength: 6 }
    )
  })
)

function check(
  store: RowStore,
  shape: ReadonlyArray<LogicalType>,
  model: ReadonlyMap<number, string>
): void {
  assert.equal(store.size, model.size)
  const ids = Int32Array.from(model.keys())
  assert.deepEqual(rowTexts(shape, store.gather(ids, ids.length), ids.length), [...model.values()])
}

describe("RowStore", () => {
  it("RowStore.gather() gives the rows that were appended, and earlier columns do not change", () => {
    fc.assert(
      fc.property(histories, ({ shape, steps }) => {
        const store = new RowStore(shape)
        const model = new Map<number, string>()
        const given: Array<() => void> = []
        for (const { rows, form, releases } of steps) {
          const columns = shape.map((type, k) => column(type, rows.map((row) => row[k]), form))
          const ids = new Int32Array(rows.length)
          const all = Int32Array.from(rows, (_, i) => i)
          store.append(columns, all, rows.length, ids)
          rows.forEach((row, i) => {
            assert.ok(!model.has(ids[i]!), "an id in use is not given again")
            model.set(ids[i]!, keyOfRow(shape, row))
            assert.ok(
              shape.some((type) => type.kind === "MAP") || store.equals(columns, i, ids[i]!)
            )
          })
          check(store, shape, model)
          const live = Int32Array.from(model.keys())
          const before = store.gather(live, live.length)
          const texts = [...model.values()]
          given.push(() => assert.deepEqual(rowTexts(shape, before, texts.length), texts))
          const gone = live.slice(0, releases)
          for (const id of gone) model.delete(id)
          store.release(gone, gone.length)
          check(store, shape, model)
        }
        for (const one of given) one()
        const ids = Int32Array.from(model.keys())
        const blobs = [...snapshotRows(store, shape, ids, [0], 8).values()]
        const restored = blobs.flatMap((bytes) => {
          const { rows, columns } = restoreRows(bytes, shape)
          return rowTexts(shape, columns, rows)
        })
        assert.deepEqual(restored.sort(), [...model.values()].sort())
      }),
      { seed, numRuns: 150 }
    )
  })

  it("RowStore.gather() gives NULL for −1", () => {
    for (const type of types) {
      const store = new RowStore([type])
      const gathered = store.gather(Int32Array.of(-1, -1), 2)
      assert.deepEqual(rowTexts([type], gathered, 2), ["null", "null"])
    }
  })
})

describe("Interner", () => {
  it("Interner.sweep() bounds the ids by those held, and dictionaries made before and after are right", () => {
    const interner = new Interner()
    const encoder = new TextEncoder()
    let held: Array<{ id: number; text: string }> = []
    let early: ReturnType<typeof columnOfIds> | undefined
    for (let round = 0; round < 60; round++) {
      for (const { id } of held) interner.drop(id)
      interner.sweep()
      held = Array.from({ length: 300 }, (_, i) => {
        const text = `${i % 3 === 0 ? "same" : round} ${i}`
        const bytes = encoder.encode(text)
        const id = interner.intern(bytes, 0, bytes.length)
        interner.hold(id)
        return { id, text }
      })
      const ids = Int32Array.from(held, (one) => one.id)
      const made = columnOfIds(interner, ids, ids.length, Math.max(...ids), undefined)
      const want = held.map((one) => keyOfRow([string], [encoder.encode(one.text)]))
      assert.deepEqual(rowTexts([string], [made], ids.length), want)
      early ??= made
    }
    assert.ok(interner.idsMax < 3000, `${interner.idsMax} ids for 300 held`)
    assert.equal(rowTexts([string], [early!], 2)[1], keyOfRow([string], [encoder.encode("0 1")]))
  })
})

describe("state codecs", () => {
  it("readColumn() reads what writeColumn() wrote, of every type and form", () => {
    for (const type of types) {
      fc.assert(
        fc.property(fc.array(value(type), { maxLength: 20 }), forms, (values, form) => {
          const writer = new ByteWriter(1)
          writeColumn(
            writer,
            type,
            values.length === 0 ? columnOfBoxed(type, []) : column(type, values, form)
          )
          const read = readColumn(new ByteReader(writer.take()), type, values.length)
          assert.deepEqual(
            rowTexts([type], [read], values.length),
            values.map((one) => keyOfRow([type], [one]))
          )
        }),
        { seed, numRuns: 40 }
      )
    }
  })

  it("readPlain() reads what writePlain() wrote", () => {
    const plain: Array<Boxed> = [
      undefined,
      null,
      true,
      false,
      1.5,
      -(2n ** 70n),
      3n,
      "Zürich",
      Uint8Array.of(1, 2),
      [1, [null]],
      { a: 1, b: { c: "x" } }
    ]
    const writer = new ByteWriter(1)
    writePlain(writer, plain)
    assert.deepEqual(readPlain(new ByteReader(writer.take())), plain)
  })

  it("ByteReader refuses to read past the end", () => {
    assert.throws(
      () => new ByteReader(Uint8Array.of(1, 2)).u32(),
      /keyed state is read within its bytes/
    )
  })
})
