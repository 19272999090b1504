/**
 * Messages to rows: the key's format and the value's each decode into columns of their own, and a row of the table names a row of each.
 * While every message gives one row of both, which is nearly always so, the columns are put side by side as they are.
 *
 * A value that is null (a tombstone) deletes its key's row in `upsert` tables and is no row in others.
 */
import {
  type BadRecord,
  Batch,
  Column,
  concat,
  DecodedColumn,
  type FormatContext,
  gather,
  type LogicalType,
  type OnBadRecord,
  type RowDecoder,
  RowKind,
  type ScanAbilities,
  slice
} from "@millrace/core/internal"
import type { Half, KeyValue } from "../key-value.ts"
import type { RecordCursor } from "../protocol/record-cursor.ts"
import { MetadataColumns } from "./metadata-columns.ts"

const excerptBytesMax = 65536

/** What a decoder is made for. */
export interface MessageDecoderOptions {
  readonly table: string
  readonly timeZone: string
  readonly keyValue: KeyValue
  readonly upsert: boolean
  readonly abilities: ScanAbilities
  readonly onBad: (record: BadRecord, source: string) => void
}

/** Where an output column comes from. */
interface Origin {
  readonly half: "key" | "value"
  readonly index: number
  readonly type: LogicalType.LogicalType
}

const none = new Uint8Array(0)

/** See the head of this file. Rows since the last {@link take} are of one partition. */
export class MessageDecoder {
  /** Rows decoded and not yet taken. */
  rows = 0
  private readonly options: MessageDecoderOptions
  private readonly origins: ReadonlyArray<Origin>
  private readonly key: RowDecoder | undefined
  private readonly value: RowDecoder
  private readonly metadata: MetadataColumns
  private topic = ""
  private partition = -1
  private cursor: RecordCursor | undefined = undefined
  /** Per row the row of the key's and the value's columns; −1: NULL. */
  private keyRows = new Int32Array(1024)
  private valueRows = new Int32Array(1024)
  private kinds = new Uint8Array(1024)
  /** Whether row i is row i of both halves. */
  private aligned = true
  private keyCount = 0
  private valueCount = 0
  /** Columns of a batch of which only a part was taken. */
  private held:
    | { readonly key: ReadonlyArray<Column>; readonly value: ReadonlyArray<Column> }
    | undefined
  private takenRows = 0

  constructor(options: MessageDecoderOptions) {
    const { keyValue, abilities, upsert } = options
    this.options = options
    const keyProjection: Array<ReadonlyArray<number>> = []
    const valueProjection: Array<ReadonlyArray<number>> = []
    this.origins = abilities.projection.map(([place]): Origin => {
      const inKey = keyValue.key?.places.indexOf(place!) ?? -1
      const inValue = keyValue.value.places.indexOf(place!)
      const half = inKey >= 0 && (upsert || inValue < 0) ? "key" : "value"
      const list = half === "key" ? keyProjection : valueProjection
      const at = half === "key" ? inKey : inValue
      list.push([at])
      return { half, index: list.length - 1, type: keyValue[half]!.physical[at]!.type }
    })
    const needsKey = upsert || keyProjection.length > 0
    this.key = needsKey ? this.decoderOf(keyValue.key!, keyProjection, "key") : undefined
    this.value = this.decoderOf(keyValue.value, valueProjection, "value")
    this.metadata = new MetadataColumns(abilities.metadata)
  }

  /** Say whose records follow. Nothing may be waiting to be taken. */
  begin(topic: string, partition: number): void {
    this.topic = topic
    this.partition = partition
  }

  /** Decode the current record of a cursor. */
  decode(cursor: RecordCursor): void {
    this.cursor = cursor
    const key = this.decodeKey(cursor)
    if (key === undefined) return
    if (cursor.valueLength < 0) {
      if (this.options.upsert) this.addRows(key, -1, 1, RowKind.delete)
      return
    }
    const { value } = this
    const before = value.rows
    value.decodeMessage(cursor.bytes, cursor.valueFrom, cursor.valueFrom + cursor.valueLength)
    const added = value.rows - before
    if (added === 0) return
    const at = this.valueCount
    this.valueCount += added
    this.addRows(key, at, added, this.options.upsert ? RowKind.updateAfter : RowKind.insert)
  }

  /** The next batch of at most `batchRowsMax` rows; undefined: none. */
  take(): Batch | undefined {
    if (this.rows === 0) return undefined
    if (this.aligned && this.held === undefined) {
      const batch = this.takeAligned()
      if (batch !== undefined) return batch
    }
    return this.takeGathered()
  }

  private decoderOf(
    half: Half,
    projection: ReadonlyArray<ReadonlyArray<number>>,
    name: string
  ): RowDecoder {
    const { table, timeZone } = this.options
    const context: FormatContext = {
      options: half.format.options,
      physical: half.physical,
      projection,
      timeZone,
      table
    }
    const onBad: OnBadRecord = (record) => this.bad(name, record)
    return half.format.factory.decoder!(context, onBad)
  }

  private bad(half: string, record: BadRecord): void {
    const source = `${this.topic}-${this.partition} offset ${this.cursor!.offset} ${half}`
    this.options.onBad(record, source)
  }

  /** The key's row; −1: NULL or not wanted; undefined: the message is no row. */
  private decodeKey(cursor: RecordCursor): number | undefined {
    const { key } = this
    if (key === undefined) return -1
    if (cursor.keyLength < 0) {
      if (!this.options.upsert) return -1
      const { bytes, valueFrom, valueLength } = cursor
      const length = Math.min(Math.max(0, valueLength), excerptBytesMax)
      this.bad("key", {
        bytes: bytes.slice(valueFrom, valueFrom + length),
        offset: 0,
        row: undefined,
        error: "Expected a key but the message has none"
      })
      return undefined
    }
    const before = key.rows
    key.decodeMessage(cursor.bytes, cursor.keyFrom, cursor.keyFrom + cursor.keyLength)
    if (key.rows === before) return undefined
    const at = this.keyCount
    this.keyCount += key.rows - before
    return at
  }

  private addRows(key: number, value: number, count: number, kind: number): void {
    if (this.rows + this.takenRows + count > this.keyRows.length) this.grow(count)
    let row = this.rows + this.takenRows
    for (let i = 0; i < count; i++, row++) {
      this.keyRows[row] = key
      this.valueRows[row] = value < 0 ? -1 : value + i
      this.kinds[row] = kind
      if ((this.key !== undefined && key !== row) || this.valueRows[row] !== row) {
        this.aligned = false
      }
    }
    this.rows += count
    this.metadata.add(this.cursor!, count)
  }

  private grow(count: number): void {
    const size = Math.max(this.keyRows.length * 2, this.rows + this.takenRows + count)
    const keyRows = new Int32Array(size),
      valueRows = new Int32Array(size),
      kinds = new Uint8Array(size)
    keyRows.set(this.keyRows)
    valueRows.set(this.valueRows)
    kinds.set(this.kinds)
    this.keyRows = keyRows
    this.valueRows = valueRows
    this.kinds = kinds
  }

  /** All rows at once, nothing copied; undefined: the value's decoder gives them in parts. */
  private takeAligned(): Batch | undefined {
    const { rows } = this
    const value = this.value.take()!
    const key = this.key?.take()
    if (value.rows !== rows || (key !== undefined && key.rows !== rows)) {
      this.hold(value, key)
      return undefined
    }
    const columns = this.origins.map(({ half, index }) =>
      (half === "key" ? key! : value).columns[index]!
    )
    const metadata = this.metadata.columns(0, rows, this.topic, this.partition)
    const kinds = this.options.upsert ? this.kinds.slice(0, rows) : value.kinds
    this.reset()
    return new Batch(rows, metadata.length === 0 ? columns : [...columns, ...metadata], kinds)
  }

  /** Everything that both decoders have, as whole columns. */
  private hold(value: Batch | undefined, key: Batch | undefined): void {
    this.held = { key: drained(key, this.key), value: drained(value, this.value) }
  }

  private takeGathered(): Batch {
    if (this.held === undefined) this.hold(undefined, undefined)
    const { key, value } = this.held!
    const from = this.takenRows
    const to = Math.min(from + 1024, from + this.rows)
    const columns = this.origins.map(({ half, index, type }) =>
      gatherOrNull(
        (half === "key" ? key : value)[index],
        half === "key" ? this.keyRows : this.valueRows,
        from,
        to,
        type
      )
    )
    const metadata = this.metadata.columns(from, to, this.topic, this.partition)
    const kinds = this.options.upsert ? this.kinds.slice(from, to) : this.kindsOf(from, to)
    this.takenRows = to
    this.rows -= to - from
    if (this.rows === 0) this.reset()
    return new Batch(to - from, [...columns, ...metadata], kinds)
  }

  private kindsOf(from: number, to: number): Uint8Array | undefined {
    const all = this.held!.value[this.held!.value.length - 1]
    if (all === undefined) return undefined
    const kinds = all.values as Uint8Array
    return Uint8Array.from(this.valueRows.subarray(from, to), (row) => kinds[row]!)
  }

  private reset(): void {
    this.rows = 0
    this.takenRows = 0
    this.aligned = true
    this.keyCount = 0
    this.valueCount = 0
    this.held = undefined
    this.metadata.clear()
  }
}

/** The columns of `first` and of all that `decoder` still has; behind them one of row kinds. */
function drained(first: Batch | undefined, decoder: RowDecoder | undefined): ReadonlyArray<Column> {
  const batches: Array<Batch> = first === undefined ? [] : [first]
  for (let next = decoder?.take(); next !== undefined; next = decoder?.take()) batches.push(next)
  if (batches.length === 0) return []
  const kinds = concatKinds(batches)
  const rows = batches.reduce((sum, batch) => sum + batch.rows, 0)
  const columns = batches[0]!.columns.map((_, i) =>
    concat(batches.map((batch) => batch.columns[i]!))
  )
  return [...columns, new Column({ layout: "bool", rows, values: kinds })]
}

function concatKinds(batches: ReadonlyArray<Batch>): Uint8Array {
  const all = new Uint8Array(batches.reduce((sum, batch) => sum + batch.rows, 0))
  let at = 0
  for (const { kinds, rows } of batches) {
    if (kinds !== undefined) all.set(kinds, at)
    at += rows
  }
  return all
}

/** Rows `rows[from … to)` of a column, NULL where it is −1. `column` undefined: no row was decoded, so all are NULL. */
function gatherOrNull(
  column: Column | undefined,
  rows: Int32Array,
  from: number,
  to: number,
  type: LogicalType.LogicalType
): Column {
  const count = to - from
  if (column === undefined || column.rows === 0) return nullColumn(type, count)
  const wanted = rows.slice(from, to)
  if (!wanted.includes(-1)) return gather(column, wanted, count)
  const nulls = Uint8Array.from(wanted, (row) => row < 0 || column.nulls?.[row] === 1 ? 1 : 0)
  for (let i = 0; i < count; i++) if (wanted[i]! < 0) wanted[i] = 0
  const { layout, values, nanos, bytes, starts, lengths, dictionary, children } = gather(
    column,
    wanted,
    count
  )
  return new Column({
    layout,
    rows: count,
    nulls,
    values,
    nanos,
    bytes,
    starts,
    lengths,
    dictionary,
    children
  })
}

function nullColumn(type: LogicalType.LogicalType, rows: number): Column {
  const decoded = new DecodedColumn(type, rows)
  for (let i = 0; i < rows; i++) decoded.setNull(i)
  return slice(decoded.column(0, rows, none), 0, rows)
}
