/**
 * Messages to rows: each is one record, in the writer's schema that its {@link Framing} names. Code is generated once for each schema; a
 * schema that does not fit the table makes each of its messages a bad record.
 */
import {
  type Batch,
  type FormatContext,
  MessageColumns,
  type OnBadRecord,
  type RowDecoder,
  RowKind
} from "@millrace/core/internal"
import { makeState, type Run, type State } from "./generate.ts"
import { Problem } from "./problem.ts"

const excerptBytesMax = 65536

/** Code for the messages of one schema, or why there is none. */
export type Program = Run | Problem

/** Tells of a message where its record begins and by which schema it was written. */
export interface Framing {
  /** Whether a message without any byte is passed without a word (a tombstone). */
  readonly tombstones: boolean
  /** Leaves the record's place in `framing.at`. A promise: the schema has to be fetched first. Throws Problem. */
  program(bytes: Uint8Array, from: number, to: number): Program | Promise<void>
  at: number
}

/** Rows of one message: what the changelog envelope says, or one insert. */
export type Envelope = "none" | "debezium"

/** See the head of this file. */
export class AvroDecoder implements RowDecoder {
  readonly columns: MessageColumns
  waiting: Promise<void> | undefined = undefined
  private readonly framing: Framing
  private readonly envelope: boolean
  private readonly onBad: OnBadRecord
  private readonly state: State = makeState()
  private record = 0

  /** `framing` is made from the columns that the programs write. */
  constructor(
    context: FormatContext,
    envelope: Envelope,
    framing: (columns: MessageColumns) => Framing,
    onBad: OnBadRecord
  ) {
    this.columns = new MessageColumns(context.physical, context.projection)
    this.envelope = envelope === "debezium"
    this.framing = framing(this.columns)
    this.onBad = onBad
  }

  get rows(): number {
    return this.columns.ready
  }

  decodeStream(): number {
    throw new Error("Broken invariant: records of messages do not stand in a stream")
  }

  decodeMessage(bytes: Uint8Array, from: number, to: number): void {
    if (from === to && this.framing.tombstones) return
    let start = -1
    this.record++
    try {
      const program = this.framing.program(bytes, from, to)
      if (program instanceof Promise) {
        this.waiting = program
        this.record--
        return
      }
      this.waiting = undefined
      if (program instanceof Problem) throw program
      start = this.columns.begin(bytes, from, to, 2)
      this.run(program, start + this.framing.at - from, start + to - from)
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem
      this.waiting = undefined
      if (start >= 0) this.columns.abandon(start, 2)
      this.onBad({
        bytes: bytes.slice(from, Math.min(to, from + excerptBytesMax)),
        offset: 0,
        row: this.record,
        error: problem.text
      })
    }
  }

  private run(program: Run, at: number, end: number): void {
    const { columns, state } = this
    const row = columns.rows
    program(columns.base, columns.view, at, end, row, row + 1, state)
    if (state.at < end) {
      throw new Problem(`Expected the end of the record but found ${end - state.at} bytes more`)
    }
    if (this.envelope) this.change(row, state)
    columns.rows = state.row
  }

  /** What the operation of an envelope makes of its images. */
  private change(row: number, state: State): void {
    const { before, after, op } = state
    switch (op) {
      case 99: // c
      case 114: // r
        if (after < 0) throw new Problem(`Expected an "after" image of operation "${letter(op)}"`)
        return this.give(row, state.row, after, RowKind.insert)
      case 117: // u
        if (before < 0) throw new Problem(noBefore("UPDATE"))
        if (after < 0) throw new Problem('Expected an "after" image of operation "u"')
        return this.give(row, state.row, before, RowKind.updateBefore, after, RowKind.updateAfter)
      case 100: // d
        if (before < 0) throw new Problem(noBefore("DELETE"))
        return this.give(row, state.row, before, RowKind.delete)
      default:
        throw new Problem(`Unknown "op" value "${letter(op)}"`)
    }
  }

  private give(
    from: number,
    to: number,
    first: number,
    kind: number,
    second: number = -1,
    secondKind: number = 0
  ): void {
    const { columns } = this
    columns.setKind(first, kind)
    if (second >= 0) columns.setKind(second, secondKind)
    const usual = first === from && to === from + (second < 0 ? 1 : 2)
    if (!usual) columns.order ??= Array.from({ length: from }, (_, row) => row)
    if (columns.order === undefined) return
    columns.order.push(first)
    if (second >= 0) columns.order.push(second)
  }

  take(): Batch | undefined {
    return this.columns.take()
  }
}

function letter(op: number): string {
  return op === 0 ? "" : String.fromCharCode(op)
}

function noBefore(what: string): string {
  return `The "before" field of ${what} message is null, if you are using Debezium Postgres Connector, ` +
    "please check the Postgres table has been set REPLICA IDENTITY to FULL level"
}

/** One schema for all messages, which are nothing but a record. */
export class PlainFraming implements Framing {
  readonly tombstones: boolean = false
  at = 0
  private readonly only: Program

  constructor(only: Program) {
    this.only = only
  }

  program(_bytes: Uint8Array, from: number): Program {
    this.at = from
    return this.only
  }
}
