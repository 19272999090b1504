/** Typed state by slot: arrays that grow together, are zeroed when a slot is given back, and go into snapshots as runs. */
import type { ByteReader, ByteWriter } from "./byte-io.ts"
import type { StateLayout } from "./keyed-table.ts"
import { readPlain, writePlain } from "./plain-codec.ts"

/** What stands behind a state column. */
export type SlotArray = Float64Array | Int32Array | Uint8Array | Array<unknown>

/** The state columns of a table. An `i64` column has two entries per slot: high, low. */
export class SlotColumns {
  readonly layouts: ReadonlyArray<StateLayout>
  readonly arrays: Array<SlotArray>

  constructor(layouts: ReadonlyArray<StateLayout>, capacity: number) {
    this.layouts = layouts
    this.arrays = layouts.map((layout) => make(layout, capacity))
  }

  grow(capacity: number): void {
    this.layouts.forEach((layout, k) => {
      const old = this.arrays[k]!
      const next = make(layout, capacity)
      if (Array.isArray(old)) {
        for (let i = 0; i < old.length; i++) (next as Array<unknown>)[i] = old[i]
      } else (next as Float64Array).set(old)
      this.arrays[k] = next
    })
  }

  /** Zeroes the state of `count` slots. */
  clear(slots: Int32Array, count: number): void {
    for (let k = 0; k < this.layouts.length; k++) {
      const array = this.arrays[k]!
      if (Array.isArray(array)) { for (let i = 0; i < count; i++) array[slots[i]!] = undefined }
      else if (this.layouts[k] === "i64") clearPairs(array as Float64Array, slots, count)
      else clearNumbers(array as Float64Array, slots, count)
    }
  }

  write(writer: ByteWriter, slots: Int32Array, count: number): void {
    this.layouts.forEach((layout, k) => {
      const array = this.arrays[k]!
      if (Array.isArray(array)) {
        writePlain(writer, Array.from({ length: count }, (_, i) => array[slots[i]!]))
        return
      }
      const width = layout === "i64" ? 2 : 1
      const run = make(layout, count) as Float64Array
      for (let i = 0; i < count; i++) {
        for (let w = 0; w < width; w++) run[i * width + w] = array[slots[i]! * width + w] as number
      }
      writer.run(run)
    })
  }

  read(reader: ByteReader, slots: Int32Array, count: number): void {
    this.layouts.forEach((layout, k) => {
      const array = this.arrays[k]!
      if (Array.isArray(array)) {
        const values = readPlain(reader) as ReadonlyArray<unknown>
        for (let i = 0; i < count; i++) array[slots[i]!] = values[i]
        return
      }
      const width = layout === "i64" ? 2 : 1
      const run = reader.run(make(layout, count) as Float64Array)
      for (let i = 0; i < count; i++) {
        for (let w = 0; w < width; w++) array[slots[i]! * width + w] = run[i * width + w]!
      }
    })
  }
}

function make(layout: StateLayout, capacity: number): SlotArray {
  switch (layout) {
    case "bool":
      return new Uint8Array(capacity)
    case "i32":
      return new Int32Array(capacity)
    case "f64":
      return new Float64Array(capacity)
    case "i64":
      return new Float64Array(capacity * 2)
    default:
      return new Array<unknown>(capacity).fill(undefined)
  }
}

function clearNumbers(array: Float64Array, slots: Int32Array, count: number): void {
  for (let i = 0; i < count; i++) array[slots[i]!] = 0
}

function clearPairs(array: Float64Array, slots: Int32Array, count: number): void {
  for (let i = 0; i < count; i++) {
    const at = slots[i]! * 2
    array[at] = 0
    array[at + 1] = 0
  }
}
