/**
 * One leaf column of the row group that is being written: levels and values of the open page, finished pages as compressed bytes.
 * A page ends at about a MiB of values; a chunk is its dictionary page, if any page uses it, and the data pages.
 */
import type { Column } from "@millrace/core/internal"
import { ByteWriter } from "hyparquet-writer/src/bytewriter.js"
import { writePageHeader } from "hyparquet-writer/src/datapage.js"
import type { ColumnChunk, Encoding, PageHeader, Statistics } from "hyparquet/src/types.js"
import { checksum, type Codec, compress } from "./codec.ts"
import type { Leaf } from "./file-schema.ts"
import { GrowingBytes } from "./growing-bytes.ts"
import { bitsFor, encodePacked, encodeRun } from "./run-length.ts"
import { TextSink } from "./text-sink.ts"
import { type Bounds, makeBounds, type ValueEncoder, valueEncoder } from "./value-encoder.ts"
import type { Zone } from "./zone.ts"

const pageBytes = 1 << 20

/** What a leaf is written with. */
export interface LeafOptions {
  readonly codec: Codec
  readonly dictionary: boolean
  readonly zone: Zone | undefined
}

/** Appends slots and values; `finish` gives the chunk. */
export class LeafWriter {
  readonly leaf: Leaf
  private readonly codec: Codec
  private readonly encode: ValueEncoder | undefined
  private readonly texts: TextSink | undefined
  private readonly values: GrowingBytes = new GrowingBytes()
  private readonly defs: GrowingBytes = new GrowingBytes()
  private readonly reps: GrowingBytes = new GrowingBytes()
  private readonly parts: Array<Uint8Array> = []
  private partBytes = 0
  private pageSlots = 0
  private pageNulls = 0
  private slots = 0
  private nulls = 0
  private plainBytes = 0
  private codedPages = 0
  private plainPages = 0
  private bounds: Bounds = makeBounds()

  constructor(leaf: Leaf, options: LeafOptions) {
    this.leaf = leaf
    this.codec = options.codec
    if (leaf.element.type === "BYTE_ARRAY") this.texts = new TextSink(options.dictionary)
    else this.encode = valueEncoder(leaf, options.zone)
  }

  /** Bytes held, roughly. */
  get buffered(): number {
    const open = this.texts === undefined ? this.values.length : this.texts.buffered
    return this.partBytes + open + this.defs.length + this.reps.length
  }

  /** All rows of a flat column. `nulls` are as many as its mask marks. */
  appendColumn(column: Column, nulls: number): void {
    const { rows } = column
    if (this.leaf.def > 0) this.appendDefs(column, nulls)
    this.pageSlots += rows
    this.pageNulls += nulls
    this.appendValues(column, 0, rows)
    this.closeFullPage()
  }

  private appendDefs(column: Column, nulls: number): void {
    const { defs } = this
    const from = defs.length
    defs.fill(this.leaf.def, column.rows)
    if (nulls === 0) return
    const mask = column.nulls!
    for (let i = 0; i < column.rows; i++) {
      if (mask[i] === 1) defs.bytes[from + i] = this.leaf.def - 1
    }
  }

  /** One slot without a value. */
  appendAbsent(rep: number, def: number): void {
    if (this.leaf.rep > 0) this.reps.fill(rep, 1)
    this.defs.fill(def, 1)
    this.pageSlots++
    this.pageNulls++
  }

  /** One slot with the value of a row. */
  appendPresent(column: Column, row: number, rep: number): void {
    if (this.leaf.rep > 0) this.reps.fill(rep, 1)
    if (this.leaf.def > 0) this.defs.fill(this.leaf.def, 1)
    this.pageSlots++
    this.appendValues(column, row, row + 1)
  }

  private appendValues(column: Column, from: number, to: number): void {
    if (this.texts !== undefined) this.texts.append(column, from, to)
    else this.encode!(this.values, column, from, to, this.bounds)
  }

  /** Close the page when it is full; to be called between rows. */
  closeFullPage(): void {
    const open = this.texts === undefined
      ? this.values.length
      : this.texts.plain.length + this.texts.codeCount * 4
    if (open + this.reps.length >= pageBytes) this.closePage()
  }

  private closePage(): void {
    if (this.pageSlots === 0) return
    const coded = this.texts?.coded === true
    const present = this.pageSlots - this.pageNulls
    const body = this.body(coded, present)
    this.addPage({
      type: "DATA_PAGE",
      data_page_header: {
        num_values: this.pageSlots,
        encoding: coded ? "RLE_DICTIONARY" : "PLAIN",
        definition_level_encoding: "RLE",
        repetition_level_encoding: "RLE"
      }
    }, body)
    if (coded) this.codedPages++
    else this.plainPages++
    this.slots += this.pageSlots
    this.nulls += this.pageNulls
    this.pageSlots = 0
    this.pageNulls = 0
    this.values.clear()
    this.defs.clear()
    this.reps.clear()
    this.texts?.clearPage()
  }

  /** Levels, each behind its length, then values. */
  private body(coded: boolean, present: number): Uint8Array {
    const { leaf, texts } = this
    const width = coded ? bitsFor(Math.max(0, texts!.dictionary.size - 1)) : 0
    const values = coded
      ? undefined
      : texts !== undefined
      ? texts.plain.written()
      : leaf.element.type === "BOOLEAN"
      ? packed(this.values)
      : this.values.written()
    const levelsMax = 64 + this.reps.length + this.defs.length
    const out = new Uint8Array(levelsMax + (values?.length ?? 16 + Math.ceil(present / 8) * width))
    let at = 0
    if (leaf.rep > 0) at = putLevels(this.reps, leaf.rep, false, out, at)
    if (leaf.def > 0) at = putLevels(this.defs, leaf.def, this.pageNulls === 0, out, at)
    if (values !== undefined) {
      out.set(values, at)
      return out.subarray(0, at + values.length)
    }
    out[at++] = width
    return out.subarray(0, encodePacked(texts!.codes, 0, present, width, out, at))
  }

  private addPage(
    header: Omit<PageHeader, "uncompressed_page_size" | "compressed_page_size">,
    body: Uint8Array,
    first = false
  ): void {
    const compressed = compress(this.codec, body)
    const writer = new ByteWriter(64)
    writePageHeader(writer, {
      ...header,
      uncompressed_page_size: body.length,
      compressed_page_size: compressed.length,
      crc: checksum(compressed)
    })
    const head = writer.getBytes()
    this.plainBytes += head.length + body.length
    this.partBytes += head.length + compressed.length
    // An uncompressed body without levels may be a view of the page buffer, which is used again.
    const kept = compressed.buffer === this.values.bytes.buffer ? compressed.slice() : compressed
    if (first) this.parts.unshift(head, kept)
    else this.parts.push(head, kept)
  }

  /** Append the chunk to `write`, which stands at byte `at` of the file, and begin a new one. */
  finish(at: number, write: (part: Uint8Array) => void): ColumnChunk {
    this.closePage()
    const bounds = this.statistics()
    let dictionaryBytes = 0
    if (this.codedPages > 0) {
      const before = this.partBytes
      const { dictionary } = this.texts!
      const header = { num_values: dictionary.size, encoding: "PLAIN" } as const
      this.addPage(
        { type: "DICTIONARY_PAGE", dictionary_page_header: header },
        dictionary.plain.written().slice(),
        true
      )
      dictionaryBytes = this.partBytes - before
    }
    for (const part of this.parts) write(part)
    const encodings: Array<Encoding> = this.codedPages > 0
      ? ["PLAIN", "RLE", "RLE_DICTIONARY"]
      : ["PLAIN", "RLE"]
    const chunk: ColumnChunk = {
      file_offset: BigInt(at),
      meta_data: {
        type: this.leaf.element.type!,
        encodings,
        path_in_schema: [...this.leaf.path],
        codec: this.codec,
        num_values: BigInt(this.slots),
        total_uncompressed_size: BigInt(this.plainBytes),
        total_compressed_size: BigInt(this.partBytes),
        data_page_offset: BigInt(at + dictionaryBytes),
        ...(dictionaryBytes > 0 ? { dictionary_page_offset: BigInt(at) } : {}),
        statistics: bounds
      }
    }
    this.reset()
    return chunk
  }

  private reset(): void {
    this.parts.length = 0
    this.partBytes = 0
    this.slots = 0
    this.nulls = 0
    this.plainBytes = 0
    this.codedPages = 0
    this.plainPages = 0
    this.bounds = makeBounds()
    this.texts?.clearChunk()
  }

  private statistics(): Statistics {
    const null_count = BigInt(this.nulls)
    const { min, max, usable } = this.bounds
    if (this.texts !== undefined) {
      const found = this.plainPages === 0 ? this.texts.dictionary.bounds() : undefined
      if (found === undefined) return { null_count }
      const [least, greatest] = found
      return {
        null_count,
        min_value: this.texts.dictionary.value(least),
        max_value: this.texts.dictionary.value(greatest)
      }
    }
    if (!usable || min > max) return { null_count }
    const { element } = this.leaf
    if (element.type === "FLOAT" || element.type === "DOUBLE") {
      // Zero has two signs: the bounds take in both.
      return { null_count, min_value: min === 0 ? -0 : min, max_value: max === 0 ? 0 : max }
    }
    if (element.type !== "INT64") return { null_count, min_value: min, max_value: max }
    const unit = element.logical_type?.type === "TIMESTAMP" ? element.logical_type.unit : "MILLIS"
    const factor = unit === "MILLIS" ? 1n : unit === "MICROS" ? 1000n : 1000000n
    return { null_count, min_value: BigInt(min) * factor, max_value: BigInt(max) * factor }
  }
}

function packed(flags: GrowingBytes): Uint8Array {
  const out = new Uint8Array((flags.length + 7) >> 3)
  for (let i = 0; i < flags.length; i++) out[i >> 3] = out[i >> 3]! | (flags.bytes[i]! << (i & 7))
  return out
}

function putLevels(
  levels: GrowingBytes,
  top: number,
  uniform: boolean,
  out: Uint8Array,
  at: number
): number {
  const end = uniform
    ? encodeRun(top, levels.length, out, at + 4)
    : encodePacked(levels.bytes, 0, levels.length, bitsFor(top), out, at + 4)
  const length = end - at - 4
  out[at] = length & 255
  out[at + 1] = (length >>> 8) & 255
  out[at + 2] = (length >>> 16) & 255
  out[at + 3] = length >>> 24
  return end
}
