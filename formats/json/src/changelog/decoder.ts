/**
 * Changes as JSON to rows with kinds: the records are read as a table of envelopes by the decoder of plain JSON, each is judged as soon as it is
 * read, and the columns of the rows before and after become those of the changelog.
 *
 * A call decodes half as many records as rows are wanted, whatever they hold, so that how a stream is cut depends on its place alone.
 */
import {
  Batch,
  batchRowsMax,
  decodeUtf8,
  type FormatContext,
  gather,
  type OnBadRecord,
  type RowDecoder,
  slice
} from "@millrace/core/internal"
import { JsonDecoder } from "../decoder.ts"
import { Problem } from "../problem.ts"
import type { Reading } from "../reader.ts"
import { Actions, Does, type Verdict } from "./actions.ts"
import type { Dialect } from "./dialect.ts"
import { type Envelope, envelopeOf } from "./envelope.ts"
import { convertMetadata } from "./metadata.ts"
import { ChangedRows } from "./rows.ts"

/** Texts that an envelope's fields must match, by field; records that do not are of other tables. */
export type Includes = ReadonlyMap<string, RegExp>

/** So many texts are remembered as matching or not. */
const matchesMax = 1000

/** See the head of this file. */
export class ChangelogDecoder implements RowDecoder {
  private readonly dialect: Dialect
  private readonly envelope: Envelope
  private readonly inner: JsonDecoder
  private readonly actions: Actions
  private readonly includes: ReadonlyArray<{ readonly output: number; readonly pattern: RegExp }>
  private readonly matches = new Map<string, boolean>()
  private readonly ignoreErrors: boolean
  private readonly onBad: OnBadRecord
  private readonly changed = new ChangedRows()
  private readonly verdict: Verdict = { does: 0, rows: 0, problem: undefined }
  /** By envelope since the last batch. */
  private does: Uint8Array = new Uint8Array(batchRowsMax)
  /** Rows that these envelopes give. */
  private coming = 0
  private rest: Batch | undefined = undefined
  private restFrom = 0

  constructor(
    dialect: Dialect,
    context: FormatContext,
    reading: Reading,
    schemaIncluded: boolean,
    includes: Includes,
    onBad: OnBadRecord
  ) {
    this.dialect = dialect
    this.onBad = onBad
    this.ignoreErrors = reading.ignoreErrors
    const envelope = envelopeOf(dialect, context, schemaIncluded, [...includes.keys()])
    this.envelope = envelope
    this.includes = [...includes].map(([name, pattern]) => ({
      output: envelope.named.get(name)!,
      pattern
    }))
    this.inner = new JsonDecoder(envelope.context, reading, onBad, {
      marked: dialect.before === "changed" ? envelope.previousField : undefined,
      skips: makeSkips(context, includes, reading)
    })
    const top = (output: number) => this.inner.top(output)
    this.actions = new Actions(
      dialect,
      top(envelope.current),
      top(envelope.previous),
      top(envelope.operation)
    )
  }

  get rows(): number {
    return this.coming + (this.rest === undefined ? 0 : this.rest.rows - this.restFrom)
  }

  decodeStream(bytes: Uint8Array, from: number, to: number, last: boolean, limit: number): number {
    if (this.rows >= limit) return from
    const before = this.inner.written
    const records = before + Math.max(1, (limit - this.rows) >> 1)
    const at = this.inner.decodeStream(bytes, from, to, last, records)
    this.judge(before)
    return at
  }

  decodeMessage(bytes: Uint8Array, from: number, to: number): void {
    const before = this.inner.written
    this.inner.decodeMessage(bytes, from, to)
    this.judge(before)
  }

  take(): Batch | undefined {
    if (this.rest === undefined) {
      const batch = this.expand()
      if (batch === undefined || batch.rows <= batchRowsMax) return batch
      this.rest = batch
      this.restFrom = 0
    }
    const { rest, restFrom: from } = this
    const to = Math.min(rest.rows, from + batchRowsMax)
    this.restFrom = to
    if (to === rest.rows) this.rest = undefined
    return new Batch(
      to - from,
      rest.columns.map((column) => slice(column, from, to)),
      rest.kinds?.subarray(from, to)
    )
  }

  /** Decide what the envelopes since `from` do. All of one record are good or bad together. */
  private judge(from: number): void {
    const { inner, verdict } = this
    const { written, base } = inner
    if (written > this.does.length) this.grow(written)
    const { starts } = inner.places
    for (let row = from; row < written;) {
      const start = starts[row]!
      let end = row, rows = 0
      let problem: string | undefined
      for (; end < written && starts[end] === start; end++) {
        if (!this.includesRow(end, base)) {
          this.does[end] = Does.nothing
          continue
        }
        this.actions.of(end, base, verdict)
        this.does[end] = verdict.does
        rows += verdict.rows
        problem ??= verdict.problem
      }
      if (problem === undefined) this.coming += rows
      else {
        this.does.fill(Does.nothing, row, end)
        this.refuse(base, row, problem)
      }
      row = end
    }
  }

  private refuse(base: Uint8Array, row: number, problem: string): void {
    if (this.ignoreErrors) return
    const { starts, ends, numbers } = this.inner.places
    const start = starts[row]!
    let to = ends[row]!
    while (to > start && (base[to - 1] === 10 || base[to - 1] === 13)) to--
    const found = new Problem(problem, false)
    this.onBad(this.inner.badRecord(base, start, to, numbers[row]!, found))
  }

  private grow(envelopes: number): void {
    const bigger = new Uint8Array(2 * envelopes)
    bigger.set(this.does)
    this.does = bigger
  }

  private includesRow(row: number, base: Uint8Array): boolean {
    for (const { output, pattern } of this.includes) {
      const column = this.inner.top(output)
      if (column.nulls[row] === 1) return false
      const text = decodeUtf8(column.own ?? base, column.starts[row]!, column.lengths[row]!)
      const key = `${output} ${text}`
      let matches = this.matches.get(key)
      if (matches === undefined) {
        if (this.matches.size >= matchesMax) this.matches.clear()
        matches = pattern.test(text)
        this.matches.set(key, matches)
      }
      if (!matches) return false
    }
    return true
  }

  /** The rows of all envelopes since the last batch. */
  private expand(): Batch | undefined {
    const total = this.coming
    const batch = this.inner.drain()
    this.coming = 0
    if (batch === undefined || total === 0) return undefined
    const { changed, envelope, dialect } = this
    const held = batch.columns[envelope.current]!
    const heldBefore = batch.columns[envelope.previous]!
    changed.fill(this.does, batch.rows, total, held, heldBefore, dialect)
    const current = dialect.lists ? held.children[0]! : held
    const previous = dialect.lists ? heldBefore.children[0]! : heldBefore
    const columns = changed.columns(envelope.wanted, current, previous, this.inner.absent)
    const told = envelope.metadata.map(({ output, from }) => {
      const column = convertMetadata(batch.columns[output]!, from.conversion)
      return gather(column, changed.envelopes, total)
    })
    const kinds = changed.kinds.slice(0, total)
    const plain = kinds.every((kind) => kind === 0)
    return new Batch(total, [...columns, ...told], plain ? undefined : kinds)
  }
}

/** Whether a record that cannot be read as this table's is one of another table: its names are looked at alone. */
function makeSkips(
  context: FormatContext,
  includes: Includes,
  reading: Reading
): (bytes: Uint8Array, start: number, end: number) => boolean {
  if (includes.size === 0) return () => false
  const names = [...includes.keys()]
  const physical = names.map((name) => ({
    name,
    type: { kind: "VARCHAR", nullable: true, length: 2147483647 } as const
  }))
  const projection = names.map((_, i) => [i])
  const only = { ...context, physical, projection, metadata: [] }
  return (bytes, start, end) => {
    let bad = false
    const decoder = new JsonDecoder(
      only,
      { ...reading, generated: false, ignoreErrors: false },
      () => {
        bad = true
      }
    )
    decoder.decodeMessage(bytes, start, end)
    const batch = bad ? undefined : decoder.take()
    if (batch === undefined) return false
    for (let row = 0; row < batch.rows; row++) {
      const matches = names.every((name, i) => {
        const column = batch.columns[i]!
        if (column.nulls?.[row] === 1) return false
        return includes.get(name)!.test(
          decodeUtf8(column.bytes, column.starts[row]!, column.lengths[row]!)
        )
      })
      if (matches) return false
    }
    return true
  }
}
