/**
 * Walks over the records of one fetched partition without making an object of any: keys and values are places in `bytes`. Aborted
 * transactions are passed over where only committed records are wanted, control records always.
 *
 * **Invariant** `position` is where reading goes on: after the last record given, or after all batches when there is none left.
 */
import type { Codecs } from "./codec.ts"
import { crc32c } from "./crc32c.ts"

/** Bytes of a batch before its records. */
export const batchHeaderBytes = 61

const lengthAt = 8
const magicAt = 16
const crcAt = 17
const attributesAt = 21
const checkedFrom = 21

const codecMask = 7
const logAppendTimeFlag = 8
const transactionalFlag = 16
const controlFlag = 32

/** A batch that cannot be read. */
export class BrokenBatch extends Error {}

/** What a cursor is made for. */
export interface CursorOptions {
  readonly records: Uint8Array
  /** Records before it are passed over. */
  readonly from: number
  readonly aborted: ReadonlyArray<{ readonly producerId: number; readonly firstOffset: number }>
  readonly committedOnly: boolean
  readonly checkCrcs: boolean
  readonly codecs: Codecs
}

/** The numbers of the codecs that the batches in `records` need. */
export function codecsIn(records: Uint8Array): ReadonlySet<number> {
  const found = new Set<number>()
  const view = new DataView(records.buffer, records.byteOffset, records.length)
  for (let at = 0; at + batchHeaderBytes <= records.length;) {
    const next = at + 12 + view.getInt32(at + lengthAt)
    if (next > records.length || next <= at) break
    found.add(view.getInt16(at + attributesAt) & codecMask)
    at = next
  }
  found.delete(0)
  return found
}

/** See the head of this file. The fields of the current record are valid until the next call of `next`. */
export class RecordCursor {
  /** The bytes that hold the current record: the response, or what a batch was decompressed to. */
  bytes: Uint8Array
  offset = -1
  timestampMillis = -1
  logAppendTime = false
  leaderEpoch = -1
  keyFrom = 0
  /** −1: null. */
  keyLength = -1
  valueFrom = 0
  /** −1: null. */
  valueLength = -1
  headersFrom = 0
  headerCount = 0
  position: number
  private readonly options: CursorOptions
  private readonly view: DataView
  /** Where the next batch begins in the response. */
  private nextBatch = 0
  private at = 0
  private left = 0
  private held = false
  private baseOffset = 0
  private lastOffset = -1
  private baseTimestamp = 0
  private readonly abortedProducers = new Set<number>()
  private abortedSeen = 0
  private readonly aborted: CursorOptions["aborted"]

  constructor(options: CursorOptions) {
    this.options = options
    this.bytes = options.records
    this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length)
    this.position = options.from
    this.aborted = [...options.aborted].sort((a, b) => a.firstOffset - b.firstOffset)
  }

  /** The offset after the last whole batch; nothing is consumed. */
  endOffset(): number {
    const { view } = this
    const { records, from } = this.options
    let end = from
    for (let at = this.nextBatch; at + batchHeaderBytes <= records.length;) {
      const next = at + 12 + view.getInt32(at + lengthAt)
      if (next > records.length || next <= at) break
      end = Math.max(end, int64(view, at) + view.getInt32(at + 23) + 1)
      at = next
    }
    return end
  }

  /** Go to the next record; false: there is none. Throws {@link BrokenBatch}. */
  next(): boolean {
    if (this.held) {
      this.held = false
      this.position = this.offset + 1
      return true
    }
    for (;;) {
      if (this.left === 0) {
        if (this.lastOffset >= this.position) this.position = this.lastOffset + 1
        if (!this.openBatch()) return false
        continue
      }
      this.readRecord()
      if (this.offset < this.options.from) continue
      this.position = this.offset + 1
      return true
    }
  }

  /** The current record was not used: `next` goes to it once more. */
  hold(): void {
    this.held = true
    this.position = this.offset
  }

  /** Open the next batch with records that are wanted. */
  private openBatch(): boolean {
    const { view } = this
    const { records } = this.options
    const from = this.nextBatch
    if (from + batchHeaderBytes > records.length) return false
    const end = from + 12 + view.getInt32(from + lengthAt)
    if (end > records.length) return false
    const magic = view.getInt8(from + magicAt)
    if (magic !== 2) {
      throw new BrokenBatch(
        `a batch has format ${magic}, which brokers before 0.11 wrote; only format 2 can be read`
      )
    }
    if (end < from + batchHeaderBytes) throw new BrokenBatch("a batch is shorter than its header")
    const wanted = view.getUint32(from + crcAt)
    if (this.options.checkCrcs && crc32c(records, from + checkedFrom, end) !== wanted) {
      throw new BrokenBatch("the checksum of a batch is wrong")
    }
    this.nextBatch = end
    this.baseOffset = int64(view, from)
    this.lastOffset = this.baseOffset + view.getInt32(from + 23)
    const attributes = view.getInt16(from + attributesAt)
    if (this.isUnwanted(attributes, int64(view, from + 43), from)) return true
    this.leaderEpoch = view.getInt32(from + 12)
    this.logAppendTime = (attributes & logAppendTimeFlag) !== 0
    this.baseTimestamp = int64(view, from + (this.logAppendTime ? 35 : 27))
    this.left = view.getInt32(from + 57)
    this.openRecords(attributes & codecMask, from + batchHeaderBytes, end)
    return true
  }

  private openRecords(codec: number, from: number, end: number): void {
    const { records, codecs } = this.options
    if (codec === 0) {
      this.bytes = records
      this.at = from
      return
    }
    const found = codecs.get(codec)
    if (found === undefined) throw new BrokenBatch(`the codec ${codec} of a batch was not loaded`)
    try {
      this.bytes = found.decompress(records.subarray(from, end))
    } catch (error) {
      throw new BrokenBatch(`a batch cannot be decompressed: ${(error as Error).message}`)
    }
    this.at = 0
  }

  /** Control batches, and where only committed records are wanted, those of aborted transactions. */
  private isUnwanted(attributes: number, producerId: number, from: number): boolean {
    const control = (attributes & controlFlag) !== 0
    if (!this.options.committedOnly) return control
    const { aborted, abortedProducers } = this
    while (
      this.abortedSeen < aborted.length && aborted[this.abortedSeen]!.firstOffset <= this.lastOffset
    ) {
      abortedProducers.add(aborted[this.abortedSeen++]!.producerId)
    }
    if (control) {
      // the marker's key: version, then 0 for an abort
      if (this.markerOf(from) === 0) abortedProducers.delete(producerId)
      return true
    }
    return (attributes & transactionalFlag) !== 0 && abortedProducers.has(producerId)
  }

  private markerOf(from: number): number {
    this.bytes = this.options.records
    this.at = from + batchHeaderBytes
    this.left = 1
    this.readRecord()
    return this.keyLength >= 4 ? this.view.getInt16(this.keyFrom + 2) : -1
  }

  private readRecord(): void {
    const { bytes } = this
    this.left--
    const length = this.varint()
    const end = this.at + length
    if (length < 0 || end > bytes.length) throw new BrokenBatch("a record reaches over its batch")
    this.at++
    const delta = this.varlong()
    this.timestampMillis = this.logAppendTime ? this.baseTimestamp : this.baseTimestamp + delta
    this.offset = this.baseOffset + this.varint()
    this.keyLength = this.varint()
    this.keyFrom = this.at
    if (this.keyLength > 0) this.at += this.keyLength
    this.valueLength = this.varint()
    this.valueFrom = this.at
    if (this.valueLength > 0) this.at += this.valueLength
    this.headerCount = this.varint()
    this.headersFrom = this.at
    if (this.at > end) throw new BrokenBatch("a record's parts are longer than the record")
    this.at = end
  }

  private varint(): number {
    const { bytes } = this
    let byte = bytes[this.at++]!
    if (byte < 128) return (byte >>> 1) ^ -(byte & 1)
    let value = byte & 127
    for (let shift = 7; byte >= 128 && shift < 35; shift += 7) {
      byte = bytes[this.at++]!
      value |= (byte & 127) << shift
    }
    return (value >>> 1) ^ -(value & 1)
  }

  private varlong(): number {
    const { bytes } = this
    let byte = bytes[this.at++]!
    if (byte < 128) return (byte >>> 1) ^ -(byte & 1)
    let value = byte & 127
    for (let scale = 128; byte >= 128 && scale < 2 ** 64; scale *= 128) {
      byte = bytes[this.at++]!
      value += (byte & 127) * scale
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }
}

function int64(view: DataView, at: number): number {
  return view.getInt32(at) * 4294967296 + view.getUint32(at + 4)
}

/** Calls `each` for the headers of a record: places of key and value in `bytes`; a value's length −1 is null. */
export function eachHeader(
  cursor: RecordCursor,
  each: (keyFrom: number, keyLength: number, valueFrom: number, valueLength: number) => void
): void {
  const { bytes } = cursor
  let at = cursor.headersFrom
  const varint = (): number => {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = bytes[at++]!
      value |= (byte & 127) << shift
      if (byte < 128) break
    }
    return (value >>> 1) ^ -(value & 1)
  }
  for (let i = 0; i < cursor.headerCount; i++) {
    const keyLength = varint()
    const keyFrom = at
    at += keyLength
    const valueLength = varint()
    const valueFrom = at
    if (valueLength > 0) at += valueLength
    each(keyFrom, keyLength, valueFrom, valueLength)
  }
}
