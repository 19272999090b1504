/**
 * Writes a file stripe by stripe: the columns are held encoded until a stripe is large enough, then its streams go out compressed. There is no
 * index of rows; statistics stand in the footer, by stripe and for the file.
 */
import {
  type Batch,
  type BulkWriter,
  type ByteSink,
  encodeUtf8,
  type FormatContext,
  GrowingBytes,
  type LogicalType,
  writeByte,
  writeBytes
} from "@millrace/core/internal"
import { type Codec, codecNumber, compress } from "./codec.ts"
import { ColumnWriter, type WrittenStream } from "./column-writer.ts"
import { typeKinds } from "./footer.ts"
import { chunkSize, compression, stripeSize } from "./options.ts"
import { Message } from "./protobuf-write.ts"
import { Statistics } from "./statistics.ts"

const magic = encodeUtf8("ORC")
/** As the C++ library tells its version; 6 means that times before 1970 are as it writes them. */
const writerVersion = 6

/** Days before 1582 are counted as ISO 8601 does. */
const prolepticGregorian = 2

/** A writer of one file. */
export function makeWriter(context: FormatContext, out: ByteSink): BulkWriter {
  const { options } = context
  return new Writer(
    context.physical,
    out,
    options.need(compression) as Codec,
    options.need(stripeSize),
    options.need(chunkSize)
  )
}

class Writer implements BulkWriter {
  private readonly out: ByteSink
  private readonly codec: Codec
  private readonly stripeBytes: number
  private readonly chunkBytes: number
  private readonly root: ColumnWriter
  private readonly all: ReadonlyArray<ColumnWriter>
  private readonly totals: ReadonlyArray<Statistics>
  private readonly footer = new Message()
  private readonly metadata = new Message()
  private offset = 0
  private stripeRows = 0
  private rows = 0

  constructor(
    physical: LogicalType.RowType,
    out: ByteSink,
    codec: Codec,
    stripeBytes: number,
    chunkBytes: number
  ) {
    this.out = out
    this.codec = codec
    this.stripeBytes = stripeBytes
    this.chunkBytes = chunkBytes
    this.root = makeColumn({ kind: "ROW", nullable: false, fields: physical }, "", { next: 0 })
    this.all = columnsOf(this.root)
    this.totals = this.all.map((column) => new Statistics(column.statistics.kind))
  }

  get buffered(): number {
    return this.root.size
  }

  write(batch: Batch): void {
    if (this.offset === 0) this.put(magic)
    const { children, statistics } = this.root
    for (let k = 0; k < children.length; k++) {
      const writer = children[k]!, column = batch.columns[k]!
      for (let row = 0; row < batch.rows; row++) writer.add(column, row)
    }
    for (let row = 0; row < batch.rows; row++) statistics.addOne()
    this.stripeRows += batch.rows
    if (this.root.size >= this.stripeBytes) this.endStripe()
  }

  finish(): void {
    if (this.offset === 0) this.put(magic)
    this.endStripe()
    const contentBytes = this.offset
    const metadata = this.chunks(this.metadata.bytes)
    this.put(metadata)
    const { footer } = this
    footer.number(1, magic.length).number(2, contentBytes)
    for (const column of this.all) footer.message(4, typeMessage(column))
    footer.number(6, this.rows)
    for (const total of this.totals) footer.message(7, total.message())
    footer.number(8, 0).number(11, prolepticGregorian).text(12, "millrace 0.1.0")
    const bytes = this.chunks(footer.bytes)
    this.put(bytes)
    const postscript = new Message().number(1, bytes.length).number(2, codecNumber(this.codec))
    if (this.codec !== "NONE") postscript.number(3, this.chunkBytes)
    postscript.packed(4, [0, 12]).number(5, metadata.length).number(6, writerVersion)
      .raw(8000, magic)
    this.put(postscript.bytes)
    this.put(Uint8Array.of(postscript.bytes.length))
  }

  private put(bytes: Uint8Array): void {
    writeBytes(this.out, bytes, 0, bytes.length)
    this.offset += bytes.length
  }

  private endStripe(): void {
    const { stripeRows } = this
    if (stripeRows === 0) return
    const offset = this.offset
    const footer = new Message()
    for (const stream of this.root.streams()) this.putStream(stream, footer)
    const dataBytes = this.offset - offset
    for (const column of this.all) footer.message(2, new Message().number(1, column.encoding))
    const end = this.chunks(footer.text(3, "UTC").bytes)
    this.put(end)
    const stripe = new Message().number(1, offset).number(2, 0).number(3, dataBytes)
      .number(4, end.length).number(5, stripeRows)
    this.footer.message(3, stripe)
    this.endStatistics()
    this.rows += stripeRows
    this.stripeRows = 0
  }

  private putStream({ kind, column, bytes }: WrittenStream, footer: Message): void {
    const compressed = this.chunks(bytes)
    this.put(compressed)
    footer.message(1, new Message().number(1, kind).number(2, column).number(3, compressed.length))
  }

  private endStatistics(): void {
    const stripe = new Message()
    this.all.forEach((column, i) => {
      stripe.message(1, column.statistics.message())
      this.totals[i]!.merge(column.statistics)
      column.statistics = new Statistics(column.statistics.kind)
    })
    this.metadata.message(1, stripe)
  }

  /** The bytes as compressed chunks. */
  private chunks(bytes: Uint8Array): Uint8Array {
    if (this.codec === "NONE") return bytes
    const out = new GrowingBytes(bytes.length + 16)
    for (let from = 0; from < bytes.length; from += this.chunkBytes) {
      const chunk = bytes.subarray(from, Math.min(bytes.length, from + this.chunkBytes))
      const smaller = compress(this.codec, chunk)
      const original = smaller.length >= chunk.length
      const part = original ? chunk : smaller
      const header = part.length * 2 + (original ? 1 : 0)
      writeByte(out, header & 255)
      writeByte(out, (header >>> 8) & 255)
      writeByte(out, header >>> 16)
      writeBytes(out, part, 0, part.length)
    }
    return out.view().slice()
  }
}

/** The writer of a type; columns are numbered in pre-order. */
function makeColumn(
  type: LogicalType.LogicalType,
  path: string,
  count: { next: number }
): ColumnWriter {
  const number = count.next++
  const part = (of: LogicalType.LogicalType): ColumnWriter => makeColumn(of, `${path}[]`, count)
  switch (type.kind) {
    case "ROW": {
      const prefix = path === "" ? "" : `${path}.`
      const children = type.fields.map((field) =>
        makeColumn(field.type, prefix + field.name, count)
      )
      return new ColumnWriter(type, path, number, children)
    }
    case "ARRAY":
      return new ColumnWriter(type, path, number, [part(type.element)])
    case "MAP":
      return new ColumnWriter(type, path, number, [part(type.key), part(type.value)])
    default:
      return new ColumnWriter(type, path, number, [])
  }
}

function columnsOf(column: ColumnWriter): ReadonlyArray<ColumnWriter> {
  return [column, ...column.children.flatMap(columnsOf)]
}

function typeMessage({ kind, type, children }: ColumnWriter): Message {
  const message = new Message().number(1, typeKinds.indexOf(kind))
  if (children.length > 0) message.packed(2, children.map((child) => child.number))
  if (type.kind === "ROW") { for (const { name } of type.fields) message.text(3, name) }
  if ((kind === "VARCHAR" || kind === "CHAR") && "length" in type) message.number(4, type.length)
  if (type.kind === "DECIMAL") message.number(5, type.precision).number(6, type.scale)
  return message
}
