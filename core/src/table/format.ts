/**
 * The contract of a format: bytes to columns and back. Transport is the connector's; framing (lines, containers) is the
 * format's.
 *
 * **Law 1 (columns).** A decoder writes straight into the columns of the projection; what is not projected is skipped, and
 * still checked for well-formedness.
 * **Law 2 (place).** A bad record is reported once, with its bytes and its place; the next record is intact where the
 * format frames. What happens then (fail, skip, dead letter) is not the format's business.
 * **Law 3 (views).** Text columns may be views into the given bytes; the caller does not change these afterwards.
 */
import type { Batch } from "../batch/element.ts"
import type { Column } from "../batch/column.ts"
import type { AnyFault } from "../fault.ts"
import type { LogicalType, RowType } from "../type/logical-type.ts"
import type { Expression } from "./expression.ts"
import type { OptionSet, ReadOptions } from "./options.ts"
import type { Changelog } from "./plan.ts"

/** A record that could not be decoded. */
export interface BadRecord {
  /** The record's bytes, a copy of at most 64 KiB. */
  readonly bytes: Uint8Array
  /** Byte offset of the record within its file or message. */
  readonly offset: number
  /** 1-based number of the record (line, row) in this file as far as it was read in this attempt, or undefined. */
  readonly row: number | undefined
  /** What is wrong: `Expected a number but found "abc" in field 'price'`. No full stop; no secret. */
  readonly error: string
}

/** What a format is made for. */
export interface FormatContext {
  readonly options: ReadOptions
  /** All physical columns of the table that stand in the records, in DDL order. */
  readonly physical: RowType
  /** Paths into `physical` that the plan needs, in output order (`[3]`, `[2, 0]`). Absent for encoders. */
  readonly projection: ReadonlyArray<ReadonlyArray<number>>
  /** Keys of the format's readable metadata: a decoder gives them as columns after the projection. */
  readonly metadata?: ReadonlyArray<string>
  /** IANA zone for TIMESTAMP_LTZ where the format needs one. */
  readonly timeZone: string
  /** For messages: `default_catalog.default_database.t`. */
  readonly table: string
  /** What connectors of messages know of the place: the subject that a schema registry would call these records by (`orders-value`). */
  readonly subject?: string
}

/** Receives bad records; throws when the policy is to fail. */
export type OnBadRecord = (record: BadRecord) => void

/** Decodes records that come as a stream of bytes or as messages. */
export interface RowDecoder {
  /** Rows decoded and not yet taken. */
  readonly rows: number
  /**
   * Decode the records that *begin* in `bytes[from … to)` and end before it, until `rows` reaches `limit`; answers the offset of the first byte not used.
   * An unfinished record at the end is left, unless `last`. The rows since the last `take` must come from one `bytes`.
   */
  decodeStream(bytes: Uint8Array, from: number, to: number, last: boolean, limit: number): number
  /** Decode one whole message, which may hold several records. */
  decodeMessage(bytes: Uint8Array, from: number, to: number): void
  /**
   * The columns of the rows so far, in projection order, and reset. Undefined when there are none. `kinds` for changelog formats. At most
   * `batchRowsMax` rows: one record may hold more than were asked for, then `rows` stays above zero and `take` gives the rest.
   */
  take(): Batch | undefined
  /**
   * Present when a file may begin with what every reader of it needs (a header line). A connector that begins elsewhere in the file gives the
   * file's beginning here first; answers the offset after the header, or -1 when it does not end in these bytes. One that begins at the
   * beginning need not call it. A decoder with it is for one file.
   */
  decodeHeader?(bytes: Uint8Array, from: number, to: number, last: boolean): number
  /**
   * Set after a `decodeMessage` that used nothing, as something must first be fetched (a schema from a registry): the caller waits for it and
   * gives the same message again. Rejects with a fault. Formats that never wait leave it out.
   */
  readonly waiting?: Promise<void> | undefined
}

/** Encodes rows as records, one after the other. */
export interface RowEncoder {
  /** Append row `row` of the columns as one message, without a delimiter. `kind` (a `RowKind`, default insert) counts for changelog formats. */
  encodeRow(columns: ReadonlyArray<Column>, row: number, out: ByteSink, kind?: number): void
  /** Append all rows, each with the delimiter of a file (a line feed). */
  encodeStream(batch: Batch, out: ByteSink): void
  /** Present when something must be fetched before the first row (a schema registered): wait for it. Rejects with a fault. */
  readonly prepare?: () => Promise<void>
}

/** A growing byte buffer, owned by the caller. `bytes[0 … length)` is what was written. */
export interface ByteSink {
  bytes: Uint8Array
  length: number
  /** Make room for `more` bytes; `bytes` may be another array afterwards. */
  reserve(more: number): void
}

/** A whole file that can be read at any place. */
export interface RandomFile {
  readonly path: string
  readonly sizeBytes: number
  /** `length` bytes from `at`, in an array of its own. Throws a DiskFault, also when the file is shorter. */
  read(at: number, length: number): Uint8Array
}

/** Reads one file of a bulk format. */
export interface BulkReader {
  /** The next batch (≤ 1,024 rows, cut at fixed row numbers), or undefined at the end. */
  next(): Batch | undefined
  /** Row number after the last batch given. */
  readonly position: number
  close(): void
}

/** Writes one file of a bulk format. Bytes go to `out` as they are ready; the caller drains it. */
export interface BulkWriter {
  write(batch: Batch): void
  /** Bytes held in memory and not yet in `out`, roughly. */
  readonly buffered: number
  /** Write what is held and the footer. */
  finish(): void
}

/** A format package's factory. */
export interface FormatFactory {
  readonly kind: "format"
  readonly identifier: string
  readonly package: string
  readonly description: string
  readonly options: OptionSet
  /** Problems of a schema or of combined options, as sentences: checked before anything runs. */
  readonly check?: (context: FormatContext, role: "source" | "sink") => ReadonlyArray<string>
  readonly decoder?: (context: FormatContext, onBad: OnBadRecord) => RowDecoder
  readonly encoder?: (context: FormatContext) => RowEncoder
  /** True: records do not tell where they end, so that only messages hold them, never a file. */
  readonly messagesOnly?: boolean
  /** What its records may do to the table; absent: they are inserts. */
  readonly changelog?: (options: ReadOptions, role: "source" | "sink") => Changelog
  /**
   * What its records tell beside the physical columns: key → type. A connector shows the keys with `value.` in front, or as its own
   * documentation says, and asks for them by {@link FormatContext.metadata}. Only of decoders.
   */
  readonly metadata?: (options: ReadOptions) => Readonly<Record<string, LogicalType>>
  /** The bytes that end every record of a stream and stand inside none, so that a file may be cut behind any of them; undefined: there are none. */
  readonly delimiter?: (options: ReadOptions) => Uint8Array | undefined
  readonly bulkReader?: (
    context: FormatContext,
    file: RandomFile,
    /** Row number to start at: a `position` given before. */
    from: number,
    /** Row number to stop at, or Infinity. */
    to: number,
    /** Conjuncts over the projection (`input.index` counts `context.projection`; beyond it: metadata). To skip data by, never needed. */
    filters: ReadonlyArray<Expression>
  ) => BulkReader
  /** Row ranges of about equal work into which a file may be cut, for parallel readers. */
  readonly bulkRanges?: (
    file: RandomFile,
    parts: number
  ) => ReadonlyArray<readonly [from: number, to: number]>
  readonly bulkWriter?: (context: FormatContext, out: ByteSink) => BulkWriter
  /** The file name's ending, with the dot, or nothing. */
  readonly extension?: (options: ReadOptions) => string
}

/** Faults that a format throws on its own account (a file that is not of the format, a missing column) are typed too. */
export type FormatFault = AnyFault
