/** Messages to rows, each a message of the table's type, with what a schema registry's clients put before it if the options say so. */
import {
  type Batch,
  type FormatContext,
  MessageColumns,
  type OnBadRecord,
  type RowDecoder,
  wantOf
} from "@millrace/core/internal"
import { generate, type Run } from "./generate.ts"
import { readFramed } from "./framing.ts"
import { confluent, ignoreParseErrors, readDefaults } from "./options.ts"
import { Problem } from "./problem.ts"
import type { Cursor } from "./scan.ts"
import type { MessageType } from "./schema.ts"
import { shapeOf } from "./shape.ts"

const excerptBytesMax = 65536

/** See the head of this file. */
export class ProtobufDecoder implements RowDecoder {
  private readonly columns: MessageColumns
  private readonly run: Run
  private readonly framed: boolean
  private readonly silent: boolean
  private readonly onBad: OnBadRecord
  private readonly cursor: Cursor = { at: 0, wide: 0n }
  private record = 0

  constructor(context: FormatContext, message: MessageType, onBad: OnBadRecord) {
    const { options, physical } = context
    this.columns = new MessageColumns(physical, context.projection)
    const want = wantOf(physical, this.columns.paths, this.columns.tops)
    this.run = generate(shapeOf(message, want), options.need(readDefaults))
    this.framed = options.need(confluent)
    this.silent = options.need(ignoreParseErrors)
    this.onBad = onBad
  }

  get rows(): number {
    return this.columns.ready
  }

  decodeStream(): number {
    throw new Error("Broken invariant: records of messages do not stand in a stream")
  }

  decodeMessage(bytes: Uint8Array, from: number, to: number): void {
    const { columns, cursor } = this
    this.record++
    const start = columns.begin(bytes, from, to, 1)
    const end = start + to - from
    try {
      const at = this.framed ? readFramed(columns.base, start, end, cursor) : start
      this.run(columns.base, columns.view, at, end, columns.rows, cursor)
      columns.rows++
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem
      columns.abandon(start, 1)
      if (this.silent) return
      this.onBad({
        bytes: bytes.slice(from, Math.min(to, from + excerptBytesMax)),
        offset: 0,
        row: this.record,
        error: problem.text
      })
    }
  }

  take(): Batch | undefined {
    return this.columns.take()
  }
}
