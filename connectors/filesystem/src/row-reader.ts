/**
 * Reads one split of a row format and cuts it into batches by place alone: a batch holds the records from its start up to
 * 1,024 rows or the next absolute multiple of the chunk size. So what follows a position is the same whenever reading
 * begins there.
 *
 * A record that crosses the end of a chunk is read with the whole next chunk behind it, one crossing more chunks with more,
 * up to {@link recordBytesMax}; beyond that it is a bad record and reading goes on behind the next line feed.
 */
import {
  type Batch,
  batchRowsMax,
  type OnBadRecord,
  type RowDecoder
} from "@millrace/core/internal"
import type { ByteSource } from "./byte-source.ts"

/** Where chunks end: at multiples of this. Part of what a position means, so a change would break old checkpoints. */
export const chunkBytes: number = 2 ** 20

/** The longest record. */
export const recordBytesMax: number = 64 * 2 ** 20

/** So much of a file's beginning is looked at first for a header. */
const headBytes = 65536

const excerptBytesMax = 65536

/** How many chunks without a row one call reads before it lets others run. */
const turnsMax = 8

const lineFeed = 10

/** See the head of this file. Offsets are of the (decoded) file. */
export class RowReader {
  private readonly source: ByteSource
  private readonly decoder: RowDecoder
  private readonly onBad: OnBadRecord
  private readonly chunk: number
  private readonly recordMax: number
  /** Exclusive; Infinity: the end of the source. */
  private readonly end: number
  private window: Uint8Array = new Uint8Array(0)
  private windowFrom = 0
  /** Where the batches after the decoder's rows begin. */
  private following: number
  private headed: boolean
  private scanning: number | undefined = undefined
  /** Where reading goes on, and how many rows of there have been given. */
  next: number
  skip: number
  /** Of the rows at `next`: how many have been taken from the decoder; fewer than `skip` right after a restore. */
  private given = 0

  constructor(
    source: ByteSource,
    decoder: RowDecoder,
    onBad: OnBadRecord,
    range: { readonly next: number; readonly skip: number; readonly to: number },
    sizes: { readonly chunk: number; readonly recordMax: number }
  ) {
    this.source = source
    this.decoder = decoder
    this.onBad = onBad
    this.end = range.to < 0 ? Infinity : range.to
    this.next = range.next
    this.following = range.next
    this.skip = range.skip
    this.headed = range.next === 0
    this.chunk = sizes.chunk
    this.recordMax = sizes.recordMax
  }

  /** The file offset of `bytes[0]` of what the decoder sees now: bad records add it to theirs. */
  get base(): number {
    return this.windowFrom
  }

  /** `"wait"`: the source has nothing yet; `"again"`: nothing so far, call again; undefined: the end. */
  read(): Batch | "wait" | "again" | undefined {
    if (this.decoder.rows > 0) {
      const batch = this.give()
      if (batch !== undefined) return batch
    }
    if (!this.headed && !this.readHead()) return "wait"
    for (let turn = 0; turn < turnsMax; turn++) {
      if (this.scanning !== undefined) {
        const done = this.scan(this.scanning)
        if (done !== "done") return done
      }
      if (this.next >= this.end || this.source.endsAt(this.next)) return undefined
      const outcome = this.decode()
      if (outcome === "wait") return "wait"
      const batch = outcome === "rows" ? this.give() : undefined
      if (batch !== undefined) return batch
    }
    return "again"
  }

  close(): void {
    this.source.close()
  }

  /** What stands before the first record (a header line) is read also when reading begins behind it. False: not yet. */
  private readHead(): boolean {
    if (this.decoder.decodeHeader !== undefined) {
      for (let to = headBytes;; to *= 2) {
        const head = this.source.window(0, to)
        if (head === undefined) return false
        const last = this.source.endsAt(head.length)
        if (this.decoder.decodeHeader(head, 0, head.length, last) >= 0 || last) break
        if (to >= this.recordMax) break
      }
    }
    this.headed = true
    return true
  }

  private chunkEnd(offset: number): number {
    return Math.min(this.end, (Math.floor(offset / this.chunk) + 1) * this.chunk)
  }

  /** Make the window reach from `next` to `to`; false: not yet. */
  private load(to: number): boolean {
    const windowEnd = this.windowFrom + this.window.length
    const inside = this.next >= this.windowFrom && this.window.length > 0
    if (inside && (windowEnd >= to || this.source.endsAt(windowEnd))) return true
    const window = this.source.window(this.next, to)
    if (window === undefined) return false
    this.window = window
    this.windowFrom = this.next
    return true
  }

  /** Decode from `next`, with as many chunks as its first record needs. */
  private decode(): "rows" | "none" | "wait" {
    for (let to = this.chunkEnd(this.next);; to = this.chunkEnd(to)) {
      if (!this.load(to)) return "wait"
      const end = Math.min(to, this.windowFrom + this.window.length)
      const last = end >= this.end || this.source.endsAt(end)
      const from = this.next - this.windowFrom
      const length = end - this.windowFrom
      // Past 2 GiB a difference of file offsets stays a double in JavaScriptCore, and a scanner that is given one runs four times slower.
      const used = this.decoder.decodeStream(this.window, from | 0, length | 0, last, batchRowsMax)
      if (this.decoder.rows > 0) {
        this.following = this.windowFrom + used
        return "rows"
      }
      if (used > from || last) {
        this.next = last && used === from ? end : this.windowFrom + used
        return "none"
      }
      if (end - this.next > this.recordMax) {
        this.refuse()
        return "none"
      }
    }
  }

  private refuse(): void {
    const from = this.next - this.windowFrom
    this.onBad({
      bytes: this.window.slice(from, from + excerptBytesMax),
      offset: from,
      row: undefined,
      error: `The record is longer than ${this.recordMax} bytes`
    })
    this.scanning = this.next
  }

  /** Look for the line feed behind a record that is too long; `next` stays, as a restore must begin at the record. */
  private scan(from: number): "done" | "wait" | "again" {
    let at = from
    for (let turn = 0; turn < turnsMax; turn++) {
      const bytes = this.source.window(at, at + this.chunk)
      if (bytes === undefined) {
        this.scanning = at
        return "wait"
      }
      const found = bytes.indexOf(lineFeed)
      const end = this.source.endsAt(at + bytes.length) || at + bytes.length >= this.end
      if (found >= 0 || end) {
        this.next = this.following = found >= 0 ? at + found + 1 : at + bytes.length
        this.scanning = undefined
        return "done"
      }
      at += bytes.length
    }
    this.scanning = at
    return "again"
  }

  /**
   * Hand out the decoder's rows; a record with more rows than a batch keeps `next` and counts in `skip`. Undefined: all of
   * them had been given before the restore.
   */
  private give(): Batch | undefined {
    let batch: Batch | undefined
    while (batch === undefined && this.decoder.rows > 0) {
      const taken = this.decoder.take()!
      this.given += taken.rows
      if (this.given > this.skip) batch = taken
    }
    if (this.decoder.rows > 0) this.skip = this.given
    else {
      this.next = this.following
      this.given = this.skip = 0
    }
    return batch
  }
}
