/**
 * Builds a `bytes` column value by value, in bytes of its own: what functions on text and decoders of escaped text use. A
 * builder is used again for the next batch; what `finish` gave stays untouched.
 */
import { Column } from "./column.ts"
import { batchRowsMax } from "./element.ts"

const encoder = new TextEncoder()

/** Owned by one loop. Rows are appended in order: `push…` once for each. */
export class BytesBuilder {
  private bytes: Uint8Array
  private length = 0
  private starts: Int32Array
  private lengths: Int32Array
  private nulls: Uint8Array
  private anyNull = false
  /** Rows appended since the last `finish`. */
  rows = 0

  constructor(capacityBytes = 4096) {
    this.bytes = new Uint8Array(capacityBytes)
    this.starts = new Int32Array(batchRowsMax)
    this.lengths = new Int32Array(batchRowsMax)
    this.nulls = new Uint8Array(batchRowsMax)
  }

  /** Append a copy of `length` bytes from `start`. */
  push(bytes: Uint8Array, start: number, length: number): void {
    this.reserve(length)
    const target = this.bytes, at = this.length
    if (length <= 32) { for (let i = 0; i < length; i++) target[at + i] = bytes[start + i]! }
    else target.set(bytes.subarray(start, start + length), at)
    this.row(length)
  }

  /** Append a text as UTF-8. */
  pushText(text: string): void {
    this.reserve(text.length * 3)
    this.row(encoder.encodeInto(text, this.bytes.subarray(this.length)).written)
  }

  /** Append NULL. */
  pushNull(): void {
    this.reserve(0)
    this.nulls[this.rows] = 1
    this.anyNull = true
    this.row(0)
  }

  /** The column of all rows since the last `finish`; the builder is empty afterwards. */
  finish(): Column {
    const rows = this.rows
    const column = new Column({
      layout: "bytes",
      rows,
      nulls: this.anyNull ? this.nulls.slice(0, rows) : undefined,
      bytes: this.bytes.slice(0, this.length),
      starts: this.starts.slice(0, rows),
      lengths: this.lengths.slice(0, rows)
    })
    if (this.anyNull) this.nulls.fill(0)
    this.anyNull = false
    this.rows = 0
    this.length = 0
    return column
  }

  private row(length: number): void {
    this.starts[this.rows] = this.length
    this.lengths[this.rows] = length
    this.length += length
    this.rows++
  }

  private reserve(more: number): void {
    if (this.rows === this.starts.length) {
      const twice = this.rows * 2
      this.starts = copyInts(this.starts, twice)
      this.lengths = copyInts(this.lengths, twice)
      const nulls = new Uint8Array(twice)
      nulls.set(this.nulls)
      this.nulls = nulls
    }
    const wanted = this.length + more
    if (wanted <= this.bytes.length) return
    const bigger = new Uint8Array(Math.max(wanted, this.bytes.length * 2))
    bigger.set(this.bytes.subarray(0, this.length))
    this.bytes = bigger
  }
}

function copyInts(from: Int32Array, size: number): Int32Array {
  const to = new Int32Array(size)
  to.set(from)
  return to
}
