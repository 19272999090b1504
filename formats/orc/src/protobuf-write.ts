/** Protocol buffers written: fields appended to a growing buffer. */
import {
  type ByteSink,
  encodeUtf8,
  GrowingBytes,
  writeByte,
  writeBytes
} from "@millrace/core/internal"

/** A message in the making. */
export class Message {
  private readonly out: GrowingBytes = new GrowingBytes(64)

  /** The message so far. */
  get bytes(): Uint8Array {
    return this.out.view()
  }

  private tag(field: number, wire: number): void {
    writeVarint(this.out, field * 8 + wire)
  }

  /** A whole number ≥ 0, up to 2^53. */
  number(field: number, value: number): this {
    this.tag(field, 0)
    writeVarint(this.out, value)
    return this
  }

  /** A signed number (`sint64`). */
  signed(field: number, value: bigint): this {
    this.tag(field, 0)
    writeWideVarint(this.out, value >= 0n ? value << 1n : (-value << 1n) - 1n)
    return this
  }

  double(field: number, value: number): this {
    this.tag(field, 1)
    this.out.reserve(8)
    new DataView(this.out.bytes.buffer).setFloat64(this.out.length, value, true)
    this.out.length += 8
    return this
  }

  raw(field: number, bytes: Uint8Array): this {
    this.tag(field, 2)
    writeVarint(this.out, bytes.length)
    writeBytes(this.out, bytes, 0, bytes.length)
    return this
  }

  text(field: number, text: string): this {
    return this.raw(field, encodeUtf8(text))
  }

  message(field: number, message: Message): this {
    return this.raw(field, message.bytes)
  }

  /** Numbers ≥ 0 in one field. */
  packed(field: number, values: ReadonlyArray<number>): this {
    const inner = new GrowingBytes(16)
    for (const value of values) writeVarint(inner, value)
    return this.raw(field, inner.view())
  }
}

/** Append a varint of a number ≥ 0, up to 2^53. */
export function writeVarint(out: ByteSink, value: number): void {
  let rest = value
  while (rest >= 128) {
    writeByte(out, rest % 128 + 128)
    rest = Math.floor(rest / 128)
  }
  writeByte(out, rest)
}

/** Append a varint of any number ≥ 0. */
export function writeWideVarint(out: ByteSink, value: bigint): void {
  let rest = value
  while (rest >= 128n) {
    writeByte(out, Number(rest & 127n) + 128)
    rest >>= 7n
  }
  writeByte(out, Number(rest))
}
