/**
 * What travels in a channel: batches and the marks that stand between them. Five classes with a numeric `tag`, so that a
 * task's loop switches on one monomorphic field.
 */
import type { Column } from "./column.ts"

/** The discriminator of {@link Element}. */
export const Tag = { batch: 0, watermark: 1, idle: 2, barrier: 3, end: 4 } as const

/** What a row does to the table that the stream describes. Stored in {@link Batch.kinds}. */
export const RowKind = { insert: 0, updateBefore: 1, updateAfter: 2, delete: 3 } as const

/** The most rows in a batch that travels in a channel. */
export const batchRowsMax = 1024

/** So many bytes of text make a batch full, however few rows it has. */
export const batchBytesMax: number = 256 * 1024

/**
 * A run of rows as columns.
 *
 * **Shape** `rows` ≥ 1 rows (an empty batch is never sent), all columns have that many. `kinds` has one {@link RowKind}
 * per row and is absent when all are inserts. `timestamps` (epoch millis) is present only in DataStream jobs that
 * assigned them. `port` is the output it leaves an operator by: 0 is the main one, others are side outputs.
 *
 * A batch is dense: there is no selection vector (decisions/0002). Once sent it is immutable and may be shared.
 */
export class Batch {
  readonly tag: 0 = 0
  readonly rows: number
  readonly columns: ReadonlyArray<Column>
  readonly kinds: Uint8Array | undefined
  readonly timestamps: Float64Array | undefined
  readonly port: number

  constructor(
    rows: number,
    columns: ReadonlyArray<Column>,
    kinds?: Uint8Array,
    timestamps?: Float64Array,
    port = 0
  ) {
    this.rows = rows
    this.columns = columns
    this.kinds = kinds
    this.timestamps = timestamps
    this.port = port
  }
}

/** No later row has event time ≤ `time` (epoch millis), except late ones. `Infinity` comes before the end of bounded input. */
export class Watermark {
  readonly tag: 1 = 1
  readonly time: number
  constructor(time: number) {
    this.time = time
  }
}

/** The sender expects no rows for a while: its watermark holds nobody back until its next element. */
export class Idle {
  readonly tag: 2 = 2
}

/** Cuts the stream for checkpoint `checkpoint` of attempt `attempt`. */
export class Barrier {
  readonly tag: 3 = 3
  readonly checkpoint: number
  readonly attempt: number
  /** The last one of a finishing or stopping job: after it nothing follows but `End`. */
  readonly final: boolean
  constructor(checkpoint: number, attempt: number, final: boolean) {
    this.checkpoint = checkpoint
    this.attempt = attempt
    this.final = final
  }
}

/** Nothing follows. */
export class End {
  readonly tag: 4 = 4
}

/** What a channel carries. */
export type Element = Batch | Watermark | Idle | Barrier | End
