/** A small format that keeps the laws, and ways of breaking each: what the suites are tested by. A record is a number of 4 bytes and a text with its length, 255 for NULL. */
import {
  Batch,
  batchRowsMax,
  type BulkReader,
  type Column,
  DecodedColumn,
  Fault,
  type FaultClass,
  type FormatContext,
  type FormatFactory,
  GrowingBytes,
  LogicalType,
  type OnBadRecord,
  type RandomFile,
  type RowDecoder,
  slice
} from "@millrace/core/internal"
import { isUtf8 } from "node:buffer"

const ToyBase: FaultClass<"ToyFault", { path: string }> = Fault<{ path: string }>()(
  "ToyFault",
  "external",
  "never"
)

class ToyFault extends ToyBase {
  override get message(): string {
    return `Cannot read "${this.path}"`
  }
}

/** The one table of the tests. */
export const toyRow: LogicalType.RowType = [
  { name: "id", type: LogicalType.simple("INT", false) },
  { name: "name", type: LogicalType.string }
]

/** A law that is broken. */
export type Mutant =
  | "throws"
  | "silent"
  | "both"
  | "stops-early"
  | "trailing"
  | "stale-null"
  | "projection-ignored"
  | "wrong-text"
  | "large-batch"
  | "keeps-all"
  | "not-utf8"
  | "full-stop"
  | "file-error"
  | "file-lost"
  | "file-grows"

const kept: Array<Array<number>> = []

class ToyDecoder implements RowDecoder {
  rows = 0
  private readonly context: FormatContext
  private readonly onBad: OnBadRecord
  private readonly mutant: Mutant | undefined
  private columns: ReadonlyArray<DecodedColumn>
  private broken = false

  constructor(context: FormatContext, onBad: OnBadRecord, mutant: Mutant | undefined) {
    this.context = context
    this.onBad = onBad
    this.mutant = mutant
    this.columns = toyRow.map((field) => new DecodedColumn(field.type))
  }

  decodeStream(): number {
    throw new Error("messages only")
  }

  decodeMessage(bytes: Uint8Array, from: number, to: number): void {
    const { mutant } = this
    if (mutant === "keeps-all") kept.push(new Array<number>(2 ** 12).fill(0.5))
    if (mutant === "stops-early" && this.broken) return
    const problem = this.problemOf(bytes, from, to)
    if (problem !== undefined) {
      this.broken = true
      if (mutant === "stale-null") this.columns[1]!.setNull(this.rows)
      if (mutant === "throws") throw new TypeError("undefined is not a function")
      if (mutant !== "silent") {
        const error = mutant === "full-stop" ? `${problem}.` : problem
        this.onBad({ bytes: bytes.slice(from, to), offset: 0, row: undefined, error })
      }
      if (mutant !== "both") return
    }
    this.write(bytes, from, to)
  }

  private problemOf(bytes: Uint8Array, from: number, to: number): string | undefined {
    if (to - from < 5) return "Expected five bytes"
    const length = bytes[from + 4]! === 255 ? 0 : bytes[from + 4]!
    const whole = this.mutant === "trailing" ? length <= to - from - 5 : length === to - from - 5
    if (!whole) return `Expected ${length} bytes of text`
    const text = bytes.subarray(from + 5, from + 5 + length)
    return this.mutant === "not-utf8" || isUtf8(text) ? undefined : "Expected UTF-8"
  }

  private write(bytes: Uint8Array, from: number, to: number): void {
    const [id, name] = this.columns as [DecodedColumn, DecodedColumn]
    for (const column of this.columns) column.ensure(this.rows)
    const view = new DataView(bytes.buffer, bytes.byteOffset)
    id.values[this.rows] = to - from < 4 ? 0 : view.getInt32(from)
    if (bytes[from + 4] === 255) name.setNull(this.rows)
    else {
      if (this.mutant !== "stale-null") name.nulls[this.rows] = 0
      const length = Math.max(0, Math.min(bytes[from + 4] ?? 0, to - from - 5))
      const cut = this.mutant === "wrong-text" && length > 20 ? 20 : length
      name.setBytes(this.rows, bytes, bytes, from + 5, cut)
    }
    this.rows++
  }

  take(): Batch | undefined {
    if (this.rows === 0) return undefined
    const rows = this.mutant === "large-batch" ? this.rows : Math.min(this.rows, batchRowsMax)
    const all = this.columns.map((column) => column.column(0, this.rows, new Uint8Array(0)))
    const paths = this.mutant === "projection-ignored"
      ? this.context.projection.map((_, i) => [i])
      : this.context.projection
    const rest = this.rows - rows
    const batch = new Batch(rows, paths.map(([index]) => slice(all[index!]!, 0, rows)))
    const left = rest === 0 ? undefined : all.map((column) => slice(column, rows, this.rows))
    this.columns = toyRow.map((field) => new DecodedColumn(field.type))
    this.rows = 0
    if (left !== undefined) this.again(left[0]!, left[1]!)
    return batch
  }

  private again(id: Column, name: Column): void {
    const columns = [id, name]
    const out = new GrowingBytes()
    for (let row = 0; row < id.rows; row++) {
      out.length = 0
      put(columns, row, out)
      this.write(out.bytes, 0, out.length)
    }
  }
}

function put(columns: Batch["columns"], row: number, out: GrowingBytes): void {
  const [id, name] = columns as [Column, Column]
  out.reserve(300)
  new DataView(out.bytes.buffer, out.bytes.byteOffset).setInt32(
    out.length,
    id.values[row] as number
  )
  const isNull = name.nulls?.[row] === 1
  const source = name.dictionary ?? name
  const at = name.dictionary === undefined ? row : name.values[row] as number
  const length = isNull ? 0 : source.lengths[at]!
  out.bytes[out.length + 4] = isNull ? 255 : length
  out.length += 5
  out.reserve(length)
  const start = source.starts[at]!
  if (!isNull) out.bytes.set(source.bytes.subarray(start, start + length), out.length)
  out.length += length
}

class ToyReader implements BulkReader {
  position = 0
  private at = 4
  private readonly file: RandomFile
  private readonly context: FormatContext
  private readonly mutant: Mutant | undefined

  constructor(context: FormatContext, file: RandomFile, mutant: Mutant | undefined) {
    this.context = context
    this.file = file
    this.mutant = mutant
  }

  next(): Batch | undefined {
    const bytes = this.file.read(0, this.file.sizeBytes)
    if (this.mutant === "file-grows") kept.push(new Array<number>(2 ** 13).fill(0.5))
    const rows = bytes.length < 4 ? 0 : new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)
    const decoder = new ToyDecoder(this.context, () => this.fail(), undefined)
    while (this.position < rows && decoder.rows < 100) {
      const length = bytes[this.at + 4] === 255 ? 0 : bytes[this.at + 4] ?? 0
      const end = this.at + 5 + length
      if (end > bytes.length && this.mutant === "file-lost" && this.position < 1000) {
        this.position++
        decoder.decodeMessage(Uint8Array.of(0, 0, 0, 7, 255), 0, 5)
        continue
      }
      if (end > bytes.length) this.fail()
      decoder.decodeMessage(bytes, this.at, end)
      this.at = end
      this.position++
    }
    if (rows === 0 || (this.position === rows && this.at !== bytes.length)) {
      if (decoder.rows === 0 || this.mutant !== "file-lost") this.fail()
    }
    return decoder.take()
  }

  private fail(): never {
    if (this.mutant === "file-error") throw new RangeError("Offset is outside the bounds")
    throw new ToyFault({ path: this.file.path })
  }

  close(): void {}
}

/** The format, with a law broken or none. */
export function toyFactory(mutant: Mutant | undefined): FormatFactory {
  return {
    kind: "format",
    identifier: "toy",
    package: "toy",
    description: "For tests.",
    options: [],
    decoder: (context, onBad) => new ToyDecoder(context, onBad, mutant),
    encoder: () => ({
      encodeRow: (columns, row, out) => put(columns, row, out as GrowingBytes),
      encodeStream: () => {
        throw new Error("messages only")
      }
    }),
    bulkReader: (context, file) => new ToyReader(context, file, mutant),
    bulkWriter: (_context, out) => {
      const held = new GrowingBytes()
      held.length = 4
      let rows = 0
      return {
        buffered: 0,
        write: (batch) => {
          for (let row = 0; row < batch.rows; row++) put(batch.columns, row, held)
          rows += batch.rows
        },
        finish: () => {
          new DataView(held.bytes.buffer).setUint32(0, rows)
          out.reserve(held.length)
          out.bytes.set(held.view(), out.length)
          out.length += held.length
        }
      }
    }
  }
}

/** Let go of what a mutant held on to. */
export function release(): void {
  kept.length = 0
}
