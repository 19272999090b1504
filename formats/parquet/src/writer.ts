/**
 * Writes batches as one file: row groups of at most 65,536 rows, or fewer bytes if the options say so, each flushed to the sink as soon
 * as it is full. What is held in memory is one row group, mostly compressed.
 */
import type { Batch, BulkWriter, ByteSink, Column, FormatContext } from "@millrace/core/internal"
import { ByteWriter } from "hyparquet-writer/src/bytewriter.js"
import { writeMetadata } from "hyparquet-writer/src/metadata.js"
import type { RowGroup } from "hyparquet/src/types.js"
import type { Codec } from "./codec.ts"
import { type FileSchema, makeSchema, type TimestampForm } from "./file-schema.ts"
import { LeafWriter } from "./leaf-writer.ts"
import {
  blockSize,
  compression,
  enableDictionary,
  timestampTimeUnit,
  utcTimezone,
  writeInt64Timestamp
} from "./option-set.ts"
import { nullFault, shred } from "./shred.ts"
import { makeZone } from "./zone.ts"

const groupRowsMax = 65536
const magic = Uint8Array.of(0x50, 0x41, 0x52, 0x31)

/** A writer of the table's physical columns. Its `write` throws FileValueFault for values that do not fit. */
export function makeWriter(context: FormatContext, out: ByteSink): BulkWriter {
  const { options, physical } = context
  const unit = options.need(timestampTimeUnit).toUpperCase() as TimestampForm
  const schema = makeSchema(physical, options.need(writeInt64Timestamp) ? unit : "INT96")
  const zone = options.need(utcTimezone) ? undefined : makeZone(context.timeZone)
  const codec = options.need(compression) as Codec
  const dictionary = options.need(enableDictionary)
  const writers = schema.leaves.map((leaf) => new LeafWriter(leaf, { codec, dictionary, zone }))
  return new Writer(schema, writers, out, options.need(blockSize))
}

class Writer implements BulkWriter {
  private readonly schema: FileSchema
  private readonly writers: ReadonlyArray<LeafWriter>
  private readonly out: ByteSink
  private readonly groupBytesMax: number
  private readonly groups: Array<RowGroup> = []
  private groupRows = 0
  private rows = 0
  private offset = 0

  constructor(
    schema: FileSchema,
    writers: ReadonlyArray<LeafWriter>,
    out: ByteSink,
    groupBytesMax: number
  ) {
    this.schema = schema
    this.writers = writers
    this.out = out
    this.groupBytesMax = groupBytesMax
  }

  get buffered(): number {
    let bytes = 0
    for (const writer of this.writers) bytes += writer.buffered
    return bytes
  }

  write(batch: Batch): void {
    if (this.offset === 0) this.put(magic)
    const { nodes } = this.schema
    for (let i = 0; i < nodes.length; i++) {
      const node = nodes[i]!
      const column = batch.columns[i]!
      if (node.kind === "leaf") this.writeFlat(this.writers[node.leaf.index]!, column)
      else for (let row = 0; row < batch.rows; row++) shred(node, column, row, 0, 0, this.writers)
    }
    for (const writer of this.writers) writer.closeFullPage()
    this.groupRows += batch.rows
    if (this.groupRows >= groupRowsMax || this.buffered >= this.groupBytesMax) this.closeGroup()
  }

  private writeFlat(writer: LeafWriter, column: Column): void {
    const nulls = column.nulls === undefined ? 0 : countOnes(column.nulls)
    if (nulls > 0 && !writer.leaf.nullable) throw nullFault(writer.leaf.path[0]!)
    writer.appendColumn(column, nulls)
  }

  private put(part: Uint8Array): void {
    this.out.reserve(part.length)
    this.out.bytes.set(part, this.out.length)
    this.out.length += part.length
    this.offset += part.length
  }

  private closeGroup(): void {
    if (this.groupRows === 0) return
    const from = this.offset
    const columns = this.writers.map((writer) =>
      writer.finish(this.offset, (part) => this.put(part))
    )
    this.groups.push({
      columns,
      total_byte_size: columns.reduce(
        (sum, column) => sum + column.meta_data!.total_uncompressed_size,
        0n
      ),
      num_rows: BigInt(this.groupRows),
      file_offset: BigInt(from),
      total_compressed_size: BigInt(this.offset - from)
    })
    this.rows += this.groupRows
    this.groupRows = 0
  }

  finish(): void {
    if (this.offset === 0) this.put(magic)
    this.closeGroup()
    const writer = new ByteWriter()
    writeMetadata(writer, {
      version: 1,
      created_by: "millrace version 0.1.0",
      schema: [...this.schema.elements],
      num_rows: BigInt(this.rows),
      row_groups: this.groups,
      metadata_length: 0
    })
    this.put(writer.getBytes())
    this.put(magic)
  }
}

function countOnes(mask: Uint8Array): number {
  let ones = 0
  for (let i = 0; i < mask.length; i++) ones += mask[i]!
  return ones
}
