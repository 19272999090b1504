/** Rows to messages: what stands before the record (nothing, or a schema's number) and the record itself. */
import {
  type Batch,
  type ByteSink,
  Column,
  type RowEncoder,
  RowKind,
  slice,
  writeBytes
} from "@millrace/core/internal"
import type { Put } from "./generate-encoder.ts"

/** A message for each row. */
export class AvroEncoder implements RowEncoder {
  private readonly put: Put

  constructor(put: Put) {
    this.put = put
  }

  encodeRow(columns: ReadonlyArray<Column>, row: number, out: ByteSink): void {
    this.put(columns, row, row + 1, out)
  }

  encodeStream(_batch: Batch, _out: ByteSink): void {
    throw new Error("Broken invariant: records of messages do not stand in a stream")
  }
}

/** A message for each row with the registered schema's number before it. `put` writes rows, or envelopes of before, after and op. */
export class RegisteredEncoder implements RowEncoder {
  private readonly put: Put
  private readonly register: () => Promise<number>
  private readonly envelope: boolean
  private readonly head: Uint8Array = new Uint8Array(5)
  private id = -1

  constructor(put: Put, envelope: boolean, register: () => Promise<number>) {
    this.put = put
    this.envelope = envelope
    this.register = register
  }

  async prepare(): Promise<void> {
    if (this.id >= 0) return
    this.id = await this.register()
    new DataView(this.head.buffer).setInt32(1, this.id)
  }

  encodeRow(
    columns: ReadonlyArray<Column>,
    row: number,
    out: ByteSink,
    kind: number = RowKind.insert
  ): void {
    if (this.id < 0) throw new Error("Broken invariant: an encoder is prepared before it encodes")
    writeBytes(out, this.head, 0, 5)
    if (this.envelope) this.put(envelopeOf(columns, row, kind), 0, 1, out)
    else this.put(columns, row, row + 1, out)
  }

  encodeStream(_batch: Batch, _out: ByteSink): void {
    throw new Error("Broken invariant: records of messages do not stand in a stream")
  }
}

const isNull = Uint8Array.of(1)

/** One row of before, after and op: an update is the deletion of one row and the creation of another. */
function envelopeOf(columns: ReadonlyArray<Column>, row: number, kind: number): Array<Column> {
  const removed = kind === RowKind.delete || kind === RowKind.updateBefore
  const children = columns.map((column) => slice(column, row, row + 1))
  const image = new Column({ layout: "row", rows: 1, children })
  const none = new Column({ layout: "row", rows: 1, nulls: isNull, children })
  const op = new Column({
    layout: "bytes",
    rows: 1,
    bytes: removed ? deleted : created,
    starts: Int32Array.of(0),
    lengths: Int32Array.of(1)
  })
  return removed ? [image, none, op] : [none, image, op]
}

const created = Uint8Array.of(99)
const deleted = Uint8Array.of(100)
