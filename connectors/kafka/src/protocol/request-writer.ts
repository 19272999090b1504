/**
 * Kafka's wire types, written: big-endian numbers, strings and arrays with their lengths before them, and the compact forms of flexible
 * versions. The buffer grows and belongs to the writer.
 */

const encoder = new TextEncoder()

/** Appends to one growing buffer. Offsets and producer ids are JavaScript numbers: a broker counts them up from zero. */
export class RequestWriter {
  bytes: Uint8Array
  view: DataView
  length = 0

  constructor(capacityBytes = 256) {
    this.bytes = new Uint8Array(capacityBytes)
    this.view = new DataView(this.bytes.buffer)
  }

  /** What was written, as a view. */
  written(): Uint8Array {
    return this.bytes.subarray(0, this.length)
  }

  reserve(more: number): void {
    const wanted = this.length + more
    if (wanted <= this.bytes.length) return
    const bigger = new Uint8Array(Math.max(wanted, this.bytes.length * 2))
    bigger.set(this.bytes.subarray(0, this.length))
    this.bytes = bigger
    this.view = new DataView(bigger.buffer)
  }

  int8(value: number): this {
    this.reserve(1)
    this.bytes[this.length++] = value
    return this
  }

  boolean(value: boolean): this {
    return this.int8(value ? 1 : 0)
  }

  int16(value: number): this {
    this.reserve(2)
    this.view.setInt16(this.length, value)
    this.length += 2
    return this
  }

  int32(value: number): this {
    this.reserve(4)
    this.view.setInt32(this.length, value)
    this.length += 4
    return this
  }

  int64(value: number): this {
    this.reserve(8)
    this.view.setBigInt64(this.length, BigInt(value))
    this.length += 8
    return this
  }

  string(text: string): this {
    const bytes = encoder.encode(text)
    this.int16(bytes.length)
    return this.raw(bytes)
  }

  nullableString(text: string | undefined): this {
    return text === undefined ? this.int16(-1) : this.string(text)
  }

  raw(bytes: Uint8Array): this {
    this.reserve(bytes.length)
    this.bytes.set(bytes, this.length)
    this.length += bytes.length
    return this
  }

  bytesField(bytes: Uint8Array): this {
    this.int32(bytes.length)
    return this.raw(bytes)
  }

  array<A>(items: ReadonlyArray<A>, write: (item: A) => void): this {
    this.int32(items.length)
    for (const item of items) write(item)
    return this
  }

  unsignedVarint(value: number): this {
    this.reserve(5)
    let rest = value >>> 0
    while (rest > 127) {
      this.bytes[this.length++] = (rest & 127) | 128
      rest >>>= 7
    }
    this.bytes[this.length++] = rest
    return this
  }

  compactString(text: string): this {
    const bytes = encoder.encode(text)
    this.unsignedVarint(bytes.length + 1)
    return this.raw(bytes)
  }

  compactArray<A>(items: ReadonlyArray<A>, write: (item: A) => void): this {
    this.unsignedVarint(items.length + 1)
    for (const item of items) write(item)
    return this
  }

  /** No tagged fields. */
  noTags(): this {
    return this.unsignedVarint(0)
  }
}
