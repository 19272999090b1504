/** Kafka's wire types, read from one response. Reading past the end throws a {@link ResponseEnd}, which its caller turns into a fault. */

const decoder = new TextDecoder()

/** The response is shorter than its own lengths say. */
export class ResponseEnd extends Error {}

/** Reads forward. Byte fields are views into the response. */
export class ResponseReader {
  readonly bytes: Uint8Array
  readonly view: DataView
  at: number

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.at = at
  }

  /** Go on by `count` bytes and answer where they begin. */
  skip(count: number): number {
    const from = this.at
    if (count < 0 || from + count > this.bytes.length) {
      throw new ResponseEnd(`wanted ${count} bytes at ${from} of ${this.bytes.length}`)
    }
    this.at = from + count
    return from
  }

  int8(): number {
    return this.view.getInt8(this.skip(1))
  }

  boolean(): boolean {
    return this.int8() !== 0
  }

  int16(): number {
    return this.view.getInt16(this.skip(2))
  }

  int32(): number {
    return this.view.getInt32(this.skip(4))
  }

  int64(): number {
    const from = this.skip(8)
    return this.view.getInt32(from) * 4294967296 + this.view.getUint32(from + 4)
  }

  string(): string {
    return this.nullableString() ?? ""
  }

  nullableString(): string | undefined {
    const length = this.int16()
    return length < 0 ? undefined : this.text(length)
  }

  /** A byte field as a view; null is empty. */
  bytesField(): Uint8Array {
    const length = this.int32()
    if (length <= 0) return this.bytes.subarray(0, 0)
    const from = this.skip(length)
    return this.bytes.subarray(from, from + length)
  }

  array<A>(read: () => A): Array<A> {
    return this.items(this.int32(), read)
  }

  unsignedVarint(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.bytes[this.skip(1)]!
      value |= (byte & 127) << shift
      if (byte < 128) return value >>> 0
    }
    throw new ResponseEnd("a number is longer than five bytes")
  }

  compactString(): string {
    const length = this.unsignedVarint() - 1
    return length < 0 ? "" : this.text(length)
  }

  compactArray<A>(read: () => A): Array<A> {
    return this.items(this.unsignedVarint() - 1, read)
  }

  /** Pass over tagged fields. */
  tags(): void {
    for (let count = this.unsignedVarint(); count > 0; count--) {
      this.unsignedVarint()
      this.skip(this.unsignedVarint())
    }
  }

  private items<A>(count: number, read: () => A): Array<A> {
    const items: Array<A> = []
    for (let i = 0; i < count; i++) items.push(read())
    return items
  }

  private text(length: number): string {
    const from = this.skip(length)
    return decoder.decode(this.bytes.subarray(from, from + length))
  }
}
