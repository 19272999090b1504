/**
 * A small real format for the tests of this package: a line is a row of tab-separated texts. A line that begins with `!` is bad,
 * `*<n>:<text>` gives n rows, and with `header` = true the first line of a file names the columns and must be seen.
 */
import {
  Batch,
  batchRowsMax,
  type ByteSink,
  Column,
  type FormatContext,
  type FormatFactory,
  type OnBadRecord,
  type Option,
  type RowDecoder,
  textOf
} from "@millrace/core/internal"

const header: Option<"boolean"> = {
  key: "header",
  kind: "boolean",
  default: "false",
  description: ""
}

class LineDecoder implements RowDecoder {
  private readonly context: FormatContext
  private readonly onBad: OnBadRecord
  private lines: Array<ReadonlyArray<string>> = []
  private names: ReadonlyArray<string> | undefined

  constructor(context: FormatContext, onBad: OnBadRecord) {
    this.context = context
    this.onBad = onBad
    this.names = context.options.need(header) ? undefined : []
  }

  get rows(): number {
    return this.lines.length
  }

  decodeHeader(bytes: Uint8Array, from: number, to: number, last: boolean): number {
    if (this.names !== undefined) return from
    const feed = bytes.subarray(0, to).indexOf(10, from)
    if (feed < 0 && !last) return -1
    this.names = new TextDecoder().decode(bytes.subarray(from, feed < 0 ? to : feed)).split("\t")
    return feed < 0 ? to : feed + 1
  }

  decodeStream(bytes: Uint8Array, from: number, to: number, last: boolean, limit: number): number {
    let at = this.decodeHeader(bytes, from, to, last)
    if (at < 0) return from
    while (at < to && this.lines.length < limit) {
      const feed = bytes.subarray(0, to).indexOf(10, at)
      if (feed < 0 && !last) return at
      const end = feed < 0 ? to : feed
      this.line(new TextDecoder().decode(bytes.subarray(at, end)), at)
      at = feed < 0 ? to : feed + 1
    }
    return at
  }

  decodeMessage(): void {
    throw new Error("files only")
  }

  take(): Batch | undefined {
    const rows = this.lines.splice(0, batchRowsMax)
    if (rows.length === 0) return undefined
    const columns = this.context.projection.map((path) =>
      texts(rows.map((row) => row[path[0]!] ?? ""))
    )
    return new Batch(rows.length, columns)
  }

  private line(text: string, offset: number): void {
    if (text.startsWith("!")) {
      const bytes = new TextEncoder().encode(text)
      this.onBad({ bytes, offset, row: undefined, error: "It begins with !" })
      return
    }
    const many = /^\*(\d+):(.*)$/.exec(text)
    const fields = (many === null ? text : many[2]!).split("\t")
    for (let i = many === null ? 1 : Number(many[1]); i > 0; i--) this.lines.push(fields)
  }
}

/** A column of texts. */
export function texts(values: ReadonlyArray<string>): Column {
  const encoded = values.map((value) => new TextEncoder().encode(value))
  const lengths = Int32Array.from(encoded, (one) => one.length)
  const starts = new Int32Array(values.length)
  for (let i = 1; i < starts.length; i++) starts[i] = starts[i - 1]! + lengths[i - 1]!
  const bytes = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0))
  encoded.forEach((one, i) => bytes.set(one, starts[i]!))
  return new Column({ layout: "bytes", rows: values.length, bytes, starts, lengths })
}

function append(out: ByteSink, text: string): void {
  const bytes = new TextEncoder().encode(text)
  out.reserve(bytes.length)
  out.bytes.set(bytes, out.length)
  out.length += bytes.length
}

/** The factory. */
export const lineFormat: FormatFactory = {
  kind: "format",
  identifier: "line",
  package: "test",
  description: "Lines of texts.",
  options: [header],
  decoder: (context, onBad) => new LineDecoder(context, onBad),
  encoder: () => {
    const encodeRow = (columns: ReadonlyArray<Column>, row: number, out: ByteSink): void =>
      append(out, columns.map((column) => textOf(column, row)).join("\t"))
    return {
      encodeRow,
      encodeStream: (batch, out) => {
        for (let row = 0; row < batch.rows; row++) {
          encodeRow(batch.columns, row, out)
          append(out, "\n")
        }
      }
    }
  },
  delimiter: (options) => options.need(header) ? undefined : new Uint8Array([10]),
  extension: () => ".line"
}

/** The same rows as a bulk format: a file is whole or nothing, positions are row numbers. */
export const bulkLineFormat: FormatFactory = {
  ...lineFormat,
  identifier: "bulk-line",
  bulkReader: (context, file, from, to) => {
    const text = new TextDecoder().decode(file.read(0, file.sizeBytes))
    const rows = text.split("\n").slice(0, -1)
    let position = from
    return {
      get position() {
        return position
      },
      next: () => {
        const end = Math.min(rows.length, to, (Math.floor(position / 7) + 1) * 7)
        if (position >= end) return undefined
        const part = rows.slice(position, end).map((row) => row.split("\t"))
        position = end
        const columns = context.projection.map((path) =>
          texts(part.map((row) => row[path[0]!] ?? ""))
        )
        return new Batch(part.length, columns)
      },
      close: () => {}
    }
  },
  bulkRanges: (file, parts) => {
    const rows = new TextDecoder().decode(file.read(0, file.sizeBytes)).split("\n").length - 1
    return Array.from(
      { length: parts },
      (_, i) => [Math.floor(rows * i / parts), Math.floor(rows * (i + 1) / parts)] as const
    )
  },
  bulkWriter: (_context, out) => {
    const encoder = lineFormat.encoder!(_context)
    const held: Array<Batch> = []
    return {
      write: (batch) => void held.push(batch),
      get buffered() {
        return held.reduce((sum, batch) => sum + batch.rows * 10, 0)
      },
      finish: () => held.forEach((batch) => encoder.encodeStream(batch, out))
    }
  }
}
