/** Columns of rows, lists and maps, made of other columns. */
import { Column, Damage } from "@millrace/core/internal"
import type { IntegerReader } from "./integers.ts"
import type { DenseReader, NodeReader } from "./node-reader.ts"

/** The most elements of one list column in a batch: what lengths claim is bounded by it. */
export const elementsMax: number = 2 ** 24

/** A STRUCT. */
export function readRows(children: ReadonlyArray<NodeReader>): DenseReader {
  return {
    read: (rows) =>
      new Column({ layout: "row", rows, children: children.map((child) => child.read(rows)) }),
    skip: (count) => {
      for (const child of children) child.skip(count)
    }
  }
}

/** A LIST of one child or a MAP of two. */
export function readLists(
  layout: "list" | "map",
  lengthData: IntegerReader,
  children: ReadonlyArray<NodeReader>
): DenseReader {
  return {
    read: (rows) => {
      const found = lengthData.readNarrow(rows)
      const starts = new Int32Array(rows)
      const lengths = new Int32Array(rows)
      const total = fill(found, starts, lengths)
      return new Column({
        layout,
        rows,
        starts,
        lengths,
        children: children.map((child) => child.read(total))
      })
    },
    skip: (count) => {
      for (let left = count; left > 0;) {
        const part = Math.min(left, 1024)
        const found = lengthData.readNarrow(part)
        const total = fill(found, new Int32Array(part), new Int32Array(part))
        for (const child of children) child.skip(total)
        left -= part
      }
    }
  }
}

function fill(found: Float64Array, starts: Int32Array, lengths: Int32Array): number {
  let total = 0
  for (let i = 0; i < found.length; i++) {
    const length = found[i]!
    starts[i] = total
    lengths[i] = length
    total += length
    if (!(length >= 0 && total <= elementsMax)) {
      throw new Damage(`the lists of ${found.length} rows claim more than ${elementsMax} elements`)
    }
  }
  return total
}
