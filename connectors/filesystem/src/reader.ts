/**
 * One subtask's reader: takes splits one after the other, decodes them by the table's format, and adds what the path and the
 * file system know. Its state is the splits in hand, each with the place where reading goes on.
 */
import {
  type AnyFault,
  assert,
  type BadRecord,
  type Batch,
  type BulkReader,
  type Column,
  type Expression,
  type FormatContext,
  type FoundFormat,
  isFault,
  type OperatorContext,
  type Polled,
  type SourceReader,
  type Split
} from "@millrace/core/internal"
import { type ByteSource, openListed, PlainBytes, ShortFile } from "./byte-source.ts"
import { fileConstants, type ScanColumns, withConstants } from "./constants.ts"
import { randomFile } from "./enumerator.ts"
import { FilesystemFault } from "./fault.ts"
import { canInflate, compressionOf, InflatedBytes } from "./inflated-bytes.ts"
import { chunkBytes, recordBytesMax, RowReader } from "./row-reader.ts"
import type { FileSplit } from "./split.ts"

/** What a reader is made for. */
export interface ReaderOptions {
  readonly table: string
  readonly timeZone: string
  readonly format: FoundFormat
  readonly columns: ScanColumns
  readonly filters: ReadonlyArray<Expression>
  readonly defaultName: string
  readonly onBad: (record: BadRecord, source: string) => void
  /** Sizes of chunks and records, for tests; default: {@link chunkBytes}, {@link recordBytesMax}. */
  readonly sizes?: { readonly chunk: number; readonly recordMax: number }
}

/** A split being read. */
interface Current {
  readonly split: FileSplit
  readonly constants: ReadonlyArray<Column | undefined>
  readonly rows: RowReader | undefined
  readonly bulk: { readonly reader: BulkReader; readonly file: { close(): void } } | undefined
}

/** See the head of this file. */
export class FileReader implements SourceReader {
  private readonly options: ReaderOptions
  private context!: OperatorContext
  private readonly waiting: Array<FileSplit> = []
  private current: Current | undefined = undefined

  constructor(options: ReaderOptions) {
    this.options = options
  }

  open(context: OperatorContext): void {
    this.context = context
  }

  add(split: Split): void {
    this.waiting.push(split as FileSplit)
  }

  poll(): Polled {
    const split = this.current?.split ?? this.waiting[0]
    if (split === undefined) return { kind: "empty" }
    try {
      return this.read(this.current ??= this.begin(this.waiting.shift()!))
    } catch (error) {
      if (!(error instanceof ShortFile)) throw error
      throw new FilesystemFault({
        table: this.options.table,
        action: "read the file",
        path: split.path,
        detail:
          `it ends at byte ${error.endBytes}, and had ${split.sizeBytes} bytes when it was listed; ` +
          "files must not change while they are read"
      })
    }
  }

  snapshot(): ReadonlyArray<Split> {
    const { current } = this
    if (current === undefined) return [...this.waiting]
    const { rows, bulk, split } = current
    const place = rows === undefined
      ? { next: bulk!.reader.position, skip: 0 }
      : { next: rows.next, skip: rows.skip }
    return [{ ...split, ...place }, ...this.waiting]
  }

  close(): void {
    const { current } = this
    this.current = undefined
    current?.rows?.close()
    current?.bulk?.reader.close()
    current?.bulk?.file.close()
  }

  private read(current: Current): Polled {
    const { split } = current
    const batch = current.rows === undefined ? current.bulk!.reader.next() : current.rows.read()
    if (batch === "wait") return { kind: "empty" }
    if (batch === "again") {
      this.context.notify()
      return { kind: "empty" }
    }
    if (batch === undefined) {
      this.close()
      return { kind: "finished", split: split.id }
    }
    return { kind: "batch", split: split.id, batch: this.assemble(batch, current) }
  }

  private assemble(batch: Batch, current: Current): Batch {
    return withConstants(batch, this.options.columns, current.constants)
  }

  private begin(split: FileSplit): Current {
    const { columns, table, defaultName } = this.options
    const constants = fileConstants(columns, split, table, defaultName)
    return split.kind === "bulk"
      ? this.beginBulk(split, constants)
      : this.beginRows(split, constants)
  }

  private beginBulk(split: FileSplit, constants: Current["constants"]): Current {
    const { factory } = this.options.format
    const file = randomFile(this.context.disk, this.options.table, split)
    try {
      const to = split.to < 0 ? Infinity : split.to
      const reader = factory.bulkReader!(
        this.formatContext(),
        file,
        split.next,
        to,
        this.options.filters
      )
      return { split, constants, rows: undefined, bulk: { reader, file } }
    } catch (error) {
      file.close()
      throw error
    }
  }

  private beginRows(split: FileSplit, constants: Current["constants"]): Current {
    const { factory } = this.options.format
    assert(factory.decoder !== undefined, "the format was checked to have a decoder")
    const onBad = (record: BadRecord): void => {
      this.options.onBad({ ...record, offset: record.offset + rows.base }, split.path)
    }
    const decoder = factory.decoder(this.formatContext(), onBad)
    const sizes = this.options.sizes ?? { chunk: chunkBytes, recordMax: recordBytesMax }
    const rows: RowReader = new RowReader(this.bytesOf(split), decoder, onBad, split, sizes)
    return { split, constants, rows, bulk: undefined }
  }

  private bytesOf(split: FileSplit): ByteSource {
    const { table } = this.options
    const kind = compressionOf(split.path)
    const fault = (detail: string): FilesystemFault =>
      new FilesystemFault({ table, action: "read the file", path: split.path, detail })
    if (kind === "unsupported") {
      throw fault("its compression is not supported; use .gz, .zst, .bz2 or .deflate, or unpack it")
    }
    if (kind !== undefined && !canInflate(kind)) {
      throw fault(`this runtime cannot undo ${kind}; use Node 24, or unpack it`)
    }
    const file = openListed(this.context.disk, table, split)
    if (kind === undefined) {
      return new PlainBytes(file, split.to < 0 ? split.sizeBytes : split.to)
    }
    const fail = (error: Error): void =>
      this.context.fail(
        isFault(error)
          ? error as AnyFault
          : fault(`its ${kind} content is damaged: ${error.message}`)
      )
    return new InflatedBytes(file, split.sizeBytes, kind, this.context.notify, fail)
  }

  private formatContext(): FormatContext {
    const { columns, format, table, timeZone } = this.options
    const { physical, projection, metadata } = columns
    return { options: format.options, physical, projection, metadata, timeZone, table }
  }
}
