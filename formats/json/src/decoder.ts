/**
 * JSON to columns: a generated loop over the records that look as expected, the exact reader for all others. A record is a line of a
 * stream, or a whole message; an array at its top holds several rows, which are all good or all bad together.
 */
import {
  assert,
  type BadRecord,
  Batch,
  batchRowsMax,
  type Column,
  type DecodedColumn,
  type FormatContext,
  makeInstant,
  type OnBadRecord,
  parseTimestampBytes,
  type RowDecoder,
  slice
} from "@millrace/core/internal"
import { isUtf8 } from "node:buffer"
import { generate } from "./generate.ts"
import { Problem } from "./problem.ts"
import { Reader, type Reading } from "./reader.ts"
import * as Scan from "./scan.ts"
import { learnShape, plainShape, type Shape } from "./shape.ts"
import { type AbsentFields, type Target, Targets } from "./target.ts"

const excerptBytesMax = 65536
/** So many records have to be left to the exact reader, and be a quarter of all since, before their shape is learned. */
const missesMin = 32
const generationsMax = 4

type Other = (column: number, bytes: Uint8Array, at: number, end: number, row: number) => number

interface Scanner {
  readonly run: Run
  readonly columns: ReadonlyArray<DecodedColumn>
  readonly targets: ReadonlyArray<Target>
}

/** How many rows there are; and of each, if that is asked, where in the bytes its record begins and ends, and the record's number. */
interface Places {
  rows: number
  starts: Int32Array
  ends: Int32Array
  numbers: Float64Array
}

/** What a decoder of changelogs, which reads envelopes by this one, must know beside the columns. */
export interface Watching {
  /** The field (a ROW or an ARRAY of them) in whose objects it counts whether a field that is NULL was there. */
  readonly marked: number | undefined
  /** Whether a bad record is none of this table: it is left out without a word. */
  readonly skips: (bytes: Uint8Array, start: number, end: number) => boolean
}

type Run = (
  bytes: Uint8Array,
  view: DataView,
  at: number,
  end: number,
  row: number,
  limit: number,
  columns: ReadonlyArray<DecodedColumn>,
  other: Other,
  places: Places
) => number

/** A decoder of one file or of the messages of one split. */
export class JsonDecoder implements RowDecoder {
  private readonly targets: Targets
  private readonly reader: Reader
  private readonly reading: Reading
  private readonly onBad: OnBadRecord
  private run: Run
  private columns: ReadonlyArray<DecodedColumn>
  private columnTargets: ReadonlyArray<Target>
  private generations = 0
  private misses = 0
  private hits = 0
  private readonly other: Other
  private readonly watching: Watching | undefined
  readonly places: Places
  /** Rows that {@link JsonDecoder.drain} would give. */
  written = 0
  private record = 0
  /** What text columns are views into. */
  base: Uint8Array = new Uint8Array(0)
  private view: DataView = new DataView(new ArrayBuffer(0))
  /** Of `base`: bytes `[checkedFrom, checkedTo)` are whole lines; `valid` when they are UTF-8. */
  private checkedFrom = 0
  private checkedTo = 0
  private valid = false
  /** Messages since the last batch, one after the other, each ended by a line feed. */
  private arena: Uint8Array = new Uint8Array(0)
  private arenaLength = 0
  /** Rows beyond one batch that a long array gave: handed out in parts. */
  private rest: Batch | undefined = undefined
  private restFrom = 0

  constructor(
    context: FormatContext,
    reading: Reading,
    onBad: OnBadRecord,
    watching?: Watching
  ) {
    this.targets = new Targets(context.physical, context.projection)
    this.watching = watching
    const capacity = watching === undefined ? 0 : batchRowsMax
    this.places = {
      rows: 0,
      starts: new Int32Array(capacity),
      ends: new Int32Array(capacity),
      numbers: new Float64Array(capacity)
    }
    if (watching?.marked !== undefined) this.targets.markAbsent(watching.marked)
    this.reader = new Reader(reading)
    this.reading = reading
    this.onBad = onBad
    const scanner = this.generate(plainShape(this.targets.root))
    this.run = scanner.run
    this.columns = scanner.columns
    this.columnTargets = scanner.targets
    this.other = (column, bytes, at, end, row) => this.readOther(column, bytes, at, end, row)
  }

  private generate(shape: Shape): Scanner {
    const placed = this.watching !== undefined
    const { text, columns } = generate(this.targets.root, shape, placed)
    const helpers = { ...Scan, readTimestamp: timestampReader(this.reading.separator) }
    const run = (new Function("h", text) as (h: typeof helpers) => Run)(helpers)
    return { run, columns, targets: columns.map((column) => this.targets.targetOf(column)) }
  }

  /** After a good record that the scanner left: generate another when most records look as this one. */
  private learn(bytes: Uint8Array, start: number, end: number): void {
    this.misses++
    if (this.misses < missesMin || this.misses * 4 < this.hits) return
    this.misses = 0
    this.hits = 0
    if (this.generations === generationsMax) return
    this.generations++
    const shape = learnShape(this.targets.root, bytes, start, end)
    if (shape === undefined) return
    const scanner = this.generate(shape)
    this.run = scanner.run
    this.columns = scanner.columns
    this.columnTargets = scanner.targets
  }

  get rows(): number {
    return this.written + (this.rest === undefined ? 0 : this.rest.rows - this.restFrom)
  }

  decodeStream(bytes: Uint8Array, from: number, to: number, last: boolean, limit: number): number {
    assert(this.arenaLength === 0, "a batch is decoded from a stream or from messages")
    this.look(bytes, from, to)
    const lines = this.checkedTo
    // The loop may look three bytes beyond a line's end, so that the last lines of a buffer are the reader's.
    const slack = bytes.length - lines >= 3 ? lines : wholeLines(bytes, 0, bytes.length - 3)
    let at = from
    while (this.rows < limit && at < lines) {
      if (this.valid && this.reading.generated && at < slack) {
        at = this.scan(at, slack, limit)
        if (this.rows >= limit || at >= lines) break
      }
      const end = bytes.indexOf(10, at)
      this.read(bytes, at, end, this.valid)
      at = end + 1
    }
    if (last && at >= lines && at < to && this.rows < limit) {
      this.read(bytes, at, to, false)
      at = to
    }
    return at
  }

  decodeMessage(bytes: Uint8Array, from: number, to: number): void {
    const length = to - from
    const start = this.arenaLength
    this.reserve(length + 4)
    this.arena.set(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to), start)
    const end = start + length
    this.arena[end] = 10
    this.arenaLength = end + 1
    const valid = isUtf8(this.arena.subarray(start, end))
    if (valid && this.rest === undefined && this.scan(start, end + 1, this.written + 1) > start) {
      return
    }
    this.read(this.arena, start, end, valid)
  }

  /** The column that the rows of output `index` are written to; for outputs that are whole columns. */
  top(index: number): DecodedColumn {
    return this.targets.top(index)
  }

  /** Which fields the objects of the marked field had not. */
  get absent(): AbsentFields | undefined {
    return this.targets.absent
  }

  /** All rows as one batch of any length, and begin anew; instead of {@link JsonDecoder.take}. */
  drain(): Batch | undefined {
    if (this.written === 0) return undefined
    const columns = this.targets.take(this.written, this.base)
    const batch = new Batch(this.written, columns)
    this.written = 0
    if (this.arenaLength > 0) {
      this.arenaLength = 0
      this.useArena(new Uint8Array(this.arena.length))
    }
    return batch
  }

  take(): Batch | undefined {
    if (this.rest === undefined) {
      const batch = this.drain()
      if (batch === undefined || batch.rows <= batchRowsMax) return batch
      this.rest = batch
      this.restFrom = 0
    }
    const { rest, restFrom } = this
    const to = Math.min(rest.rows, restFrom + batchRowsMax)
    this.restFrom = to
    if (to === rest.rows) this.rest = undefined
    const cut = (column: Column): Column => slice(column, restFrom, to)
    return new Batch(to - restFrom, rest.columns.map(cut))
  }

  /** Find the whole lines of `bytes[from … to)` and whether they are UTF-8, once for all calls on the same bytes. */
  private look(bytes: Uint8Array, from: number, to: number): void {
    if (bytes === this.base && from >= this.checkedFrom && from <= this.checkedTo) {
      if (to === this.checkedTo) return
      if (wholeLines(bytes, from, to) === this.checkedTo) return
    }
    assert(bytes === this.base || this.written === 0, "the rows of a batch come from one array")
    if (bytes !== this.base) this.use(bytes)
    this.checkedFrom = from
    this.checkedTo = wholeLines(bytes, from, to)
    this.valid = isUtf8(bytes.subarray(from, this.checkedTo))
  }

  private use(bytes: Uint8Array): void {
    this.base = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  private useArena(arena: Uint8Array): void {
    this.arena = arena
    this.use(arena)
  }

  private reserve(more: number): void {
    const wanted = this.arenaLength + more
    if (this.arenaLength === 0 && this.base !== this.arena) this.use(this.arena)
    if (wanted <= this.arena.length) return
    const bigger = new Uint8Array(Math.max(wanted, this.arena.length * 2, 65536))
    bigger.set(this.arena.subarray(0, this.arenaLength))
    this.useArena(bigger)
  }

  private scan(at: number, end: number, limit: number): number {
    const held = this.rows - this.written
    const room = Math.min(limit - held, this.columns.length === 0 ? Infinity : batchRowsMax)
    const before = this.written
    const after = this.run(
      this.base,
      this.view,
      at,
      end,
      before,
      room,
      this.columns,
      this.other,
      this.places
    )
    this.written = this.places.rows
    if (this.watching !== undefined) {
      const { numbers } = this.places
      for (let i = before; i < this.written; i++) numbers[i] = this.record + i - before + 1
    }
    this.record += this.written - before
    this.hits += this.written - before
    return after
  }

  /** What the generated loop leaves to the exact reader: one value, at `at`. */
  private readOther(
    column: number,
    bytes: Uint8Array,
    at: number,
    end: number,
    row: number
  ): number {
    const { tokens } = this.reader
    tokens.reset(bytes, at, end)
    this.targets.mark()
    try {
      if (column < 0) tokens.skip(1)
      else this.reader.value(this.columnTargets[column]!, row, 1)
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem
      this.targets.restore(row, row + 1)
      return -1
    }
    return tokens.at
  }

  /** Read one record exactly. */
  private read(bytes: Uint8Array, start: number, end: number, valid: boolean): void {
    this.record++
    const { targets, reader } = this
    const { tokens } = reader
    const before = this.written
    tokens.reset(bytes, afterMark(bytes, start, end), end)
    targets.mark()
    try {
      if (!valid && !isUtf8(bytes.subarray(start, end))) {
        throw new Problem("Expected UTF-8 but found other bytes", true)
      }
      const first = tokens.space()
      if (first < 0) return
      if (first === 91) this.readArray()
      else this.readRow(0)
      if (tokens.space() >= 0) tokens.fail("the end of the record")
      if (this.watching !== undefined) this.place(before, start, end)
      if (first === 123 && this.reading.generated) this.learn(bytes, start, end)
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem
      targets.restore(before, this.written + 1)
      this.written = before
      if (this.reading.ignoreErrors || this.watching?.skips(bytes, start, end) === true) return
      this.onBad(this.badRecord(bytes, start, end, this.record, problem))
    }
  }

  /** Note where the rows since `from` stand. */
  private place(from: number, start: number, end: number): void {
    const { places, written } = this
    if (written > places.starts.length) {
      places.starts = grown(places.starts, new Int32Array(2 * written))
      places.ends = grown(places.ends, new Int32Array(2 * written))
      places.numbers = grown(places.numbers, new Float64Array(2 * written))
    }
    places.numbers.fill(this.record, from, written)
    places.starts.fill(start, from, written)
    places.ends.fill(end, from, written)
  }

  /** The record at `start`, number `row`, as a bad one, in what was decoded last. */
  badRecord(
    bytes: Uint8Array,
    start: number,
    end: number,
    row: number,
    problem: Problem
  ): BadRecord {
    const excerpt = bytes.slice(start, Math.min(end, start + excerptBytesMax))
    const offset = this.arenaLength > 0 ? 0 : start
    return { bytes: excerpt, offset, row, error: problem.message }
  }

  private readRow(depth: number): void {
    const { tokens } = this.reader
    if (tokens.peek() !== 123) tokens.fail("an object")
    this.targets.begin(this.written)
    this.reader.object(this.targets.root, this.written, depth)
    this.written++
  }

  private readArray(): void {
    const { tokens } = this.reader
    tokens.enter(0)
    if (tokens.space() === 93) {
      tokens.at++
      return
    }
    do this.readRow(1)
    while (tokens.another(93))
  }
}

function grown<T extends Int32Array | Float64Array>(from: T, to: T): T {
  to.set(from)
  return to
}

/** The end of the last whole line of `bytes[from … to)`; `from` when there is none. */
function wholeLines(bytes: Uint8Array, from: number, to: number): number {
  return to <= from ? from : Math.max(from, bytes.lastIndexOf(10, to - 1) + 1)
}

/** A byte order mark before a record is no part of it: files of some editors begin with one. */
function afterMark(bytes: Uint8Array, start: number, end: number): number {
  const marked = end - start >= 3 && bytes[start] === 0xef && bytes[start + 1] === 0xbb &&
    bytes[start + 2] === 0xbf
  return marked ? start + 3 : start
}

function timestampReader(
  separator: number
): (bytes: Uint8Array, start: number, end: number, column: DecodedColumn, row: number) => boolean {
  const instant = makeInstant()
  return (bytes, start, end, column, row) => {
    if (column.type.kind === "TIMESTAMP_LTZ") {
      if (bytes[end - 1] !== 90) return false
      end--
    }
    if (!parseTimestampBytes(bytes, start, end - start, separator, instant)) return false
    column.values[row] = instant.millis
    if (column.layout === "ts9") column.nanos[row] = instant.nanos
    return true
  }
}
