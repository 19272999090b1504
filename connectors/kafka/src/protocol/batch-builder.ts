/**
 * One record batch for one partition while it is filled: records stand in the bytes as they go over the wire, the header is written when
 * it is finished. A finished batch never changes, so that a repeated request is recognised by its sequence number.
 */
import type { Codec } from "./codec.ts"
import { crc32c } from "./crc32c.ts"
import { batchHeaderBytes } from "./record-cursor.ts"
import type { ProducerIdentity } from "./transactions.ts"

/** A piece of bytes; `length` −1: null. */
export interface Piece {
  readonly bytes: Uint8Array
  readonly from: number
  readonly length: number
}

const noHeaders = Uint8Array.of(0)

/** What the header of a finished batch says. */
export interface BatchHead {
  readonly codec: { readonly number: number; readonly codec: Codec } | undefined
  /** Undefined: no idempotence. */
  readonly producer: ProducerIdentity | undefined
  readonly baseSequence: number
  readonly transactional: boolean
}

/** See the head of this file. */
export class RecordBatchBuilder {
  private bytes: Uint8Array
  length: number = batchHeaderBytes
  count = 0
  private baseTimestampMillis = 0
  private maxTimestampMillis = 0

  constructor(capacityBytes: number) {
    this.bytes = new Uint8Array(capacityBytes)
  }

  /** How many bytes a record would add at most. */
  static recordBytesMax(key: Piece, value: Piece, headersBytes: number): number {
    return 32 + Math.max(0, key.length) + Math.max(0, value.length) + headersBytes
  }

  /** Add a record. `headers`: their count and contents as on the wire, or undefined for none. */
  append(timestampMillis: number, key: Piece, value: Piece, headers: Uint8Array | undefined): void {
    if (this.count === 0) this.baseTimestampMillis = this.maxTimestampMillis = timestampMillis
    if (timestampMillis > this.maxTimestampMillis) this.maxTimestampMillis = timestampMillis
    const rest = headers ?? noHeaders
    const delta = zigzag(timestampMillis - this.baseTimestampMillis)
    const keySize = Math.max(0, key.length), valueSize = Math.max(0, value.length)
    const keyMark = zigzag(key.length), valueMark = zigzag(value.length)
    const index = this.count * 2
    const size = 1 + sizeOf(delta) + sizeOf(index) + sizeOf(keyMark) + keySize + sizeOf(valueMark) +
      valueSize + rest.length
    this.reserve(size + 5)
    this.varint(size * 2)
    this.bytes[this.length++] = 0
    this.varint(delta)
    this.varint(index)
    this.varint(keyMark)
    this.copy(key.bytes, key.from, keySize)
    this.varint(valueMark)
    this.copy(value.bytes, value.from, valueSize)
    this.copy(rest, 0, rest.length)
    this.count++
  }

  /** The batch as it is sent. The builder is used up. */
  finish(head: BatchHead): Uint8Array {
    const { codec, producer } = head
    let { bytes, length } = this
    if (codec !== undefined) {
      const packed = codec.codec.compress(bytes.subarray(batchHeaderBytes, length))
      length = batchHeaderBytes + packed.length
      const whole = new Uint8Array(length)
      whole.set(packed, batchHeaderBytes)
      bytes = whole
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, length)
    view.setBigInt64(0, 0n)
    view.setInt32(8, length - 12)
    view.setInt32(12, -1)
    view.setInt8(16, 2)
    view.setInt16(21, (codec?.number ?? 0) | (head.transactional ? 16 : 0))
    view.setInt32(23, this.count - 1)
    view.setBigInt64(27, BigInt(this.baseTimestampMillis))
    view.setBigInt64(35, BigInt(this.maxTimestampMillis))
    view.setBigInt64(43, BigInt(producer?.producerId ?? -1))
    view.setInt16(51, producer?.epoch ?? -1)
    view.setInt32(53, producer === undefined ? -1 : head.baseSequence)
    view.setInt32(57, this.count)
    view.setUint32(17, crc32c(bytes, 21, length))
    return bytes.subarray(0, length)
  }

  private reserve(more: number): void {
    const wanted = this.length + more
    if (wanted <= this.bytes.length) return
    const bigger = new Uint8Array(Math.max(wanted, this.bytes.length * 2))
    bigger.set(this.bytes.subarray(0, this.length))
    this.bytes = bigger
  }

  /** A number that is zigzagged already; above 31 bits it is a double. */
  private varint(value: number): void {
    let rest = value
    while (rest > 2147483647) {
      this.bytes[this.length++] = (rest % 128) | 128
      rest = Math.floor(rest / 128)
    }
    let small = rest | 0
    while (small > 127) {
      this.bytes[this.length++] = (small & 127) | 128
      small >>>= 7
    }
    this.bytes[this.length++] = small
  }

  private copy(from: Uint8Array, start: number, length: number): void {
    const { bytes } = this
    const at = this.length
    if (length <= 48) { for (let i = 0; i < length; i++) bytes[at + i] = from[start + i]! }
    else bytes.set(from.subarray(start, start + length), at)
    this.length = at + length
  }
}

function zigzag(value: number): number {
  return value >= 0 ? value * 2 : -value * 2 - 1
}

function sizeOf(value: number): number {
  let size = 1
  for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) size++
  return size
}
