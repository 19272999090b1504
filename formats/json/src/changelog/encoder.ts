/** Rows with kinds to changes as JSON: a row that comes is an insertion, one that goes a deletion, so that an update is two records. */
import {
  type Batch,
  type ByteSink,
  type Column,
  encodeUtf8,
  type LogicalType,
  type RowEncoder,
  RowKind,
  writeByte,
  writeBytes
} from "@millrace/core/internal"
import { JsonEncoder, type Writing } from "../encoder.ts"
import type { Dialect } from "./dialect.ts"

/** What stands around a row. */
interface Frame {
  readonly head: Uint8Array
  readonly tail: Uint8Array
}

/** See the head of this file. */
export class ChangelogEncoder implements RowEncoder {
  private readonly inner: JsonEncoder
  private readonly coming: Frame
  private readonly going: Frame

  constructor(dialect: Dialect, physical: LogicalType.RowType, writing: Writing) {
    this.inner = new JsonEncoder(physical, writing)
    this.coming = frameOf(dialect, true, writing.ignoreNulls)
    this.going = frameOf(dialect, false, writing.ignoreNulls)
  }

  encodeRow(
    columns: ReadonlyArray<Column>,
    row: number,
    out: ByteSink,
    kind: number = RowKind.insert
  ): void {
    const comes = kind === RowKind.insert || kind === RowKind.updateAfter
    const { head, tail } = comes ? this.coming : this.going
    writeBytes(out, head, 0, head.length)
    this.inner.encodeRow(columns, row, out)
    writeBytes(out, tail, 0, tail.length)
  }

  encodeStream(batch: Batch, out: ByteSink): void {
    const { columns, kinds, rows } = batch
    for (let row = 0; row < rows; row++) {
      this.encodeRow(columns, row, out, kinds?.[row])
      writeByte(out, 10)
    }
  }
}

function frameOf(dialect: Dialect, comes: boolean, ignoreNulls: boolean): Frame {
  const { current, previous, before, lists, operation, written } = dialect
  const end = `,"${operation}":"${comes ? written.insert : written.delete}"}`
  if (before === "changed") {
    return {
      head: encodeUtf8(`{"${current}":${lists ? "[" : ""}`),
      tail: encodeUtf8((lists ? "]" : "") + end)
    }
  }
  const empty = (name: string) => ignoreNulls ? "" : `"${name}":null`
  return comes
    ? {
      head: encodeUtf8(`{${empty(previous)}${ignoreNulls ? "" : ","}"${current}":`),
      tail: encodeUtf8(end)
    }
    : {
      head: encodeUtf8(`{"${previous}":`),
      tail: encodeUtf8(`${ignoreNulls ? "" : ","}${empty(current)}${end}`)
    }
}
