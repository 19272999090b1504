/**
 * A bounded table that is read as a whole before the first row is looked up, and again at intervals if asked; it is read by its source, a
 * batch at a time, in the steps of the operator that looks up. While it is read again the rows of before stand.
 */
import type { Column } from "../../batch/column.ts"
import type { LookupTable } from "../../operator/lookup-join.ts"
import type { OperatorContext } from "../../operator/operator.ts"
import type { Source, SourceReader, SplitEnumerator } from "../../source/source.ts"
import { JoinSide } from "../../state/join-side.ts"
import type { KeyedRows } from "../../state/keyed-rows.ts"
import { KeyRows } from "../../state/key-rows.ts"
import type { LogicalType } from "../../type/logical-type.ts"
import * as Effect from "effect/Effect"

/** What is read. */
export interface FullTableOptions {
  readonly source: Source
  readonly types: ReadonlyArray<LogicalType>
  /** Key columns among those of the source. */
  readonly keys: ReadonlyArray<number>
  /** From the end of a reading to the next; undefined: it is read once. */
  readonly reloadMillis: number | undefined
}

/** One reading. */
interface Reading {
  readonly side: JoinSide
  readonly enumerator: SplitEnumerator
  readonly reader: SourceReader
  /** Whether the reader has a split. */
  busy: boolean
}

/** See the head of this file. */
export class FullTable implements LookupTable {
  private readonly options: FullTableOptions
  private readonly keyed = new KeyRows()
  private context: OperatorContext | undefined = undefined
  private reading: Reading | undefined = undefined
  private rows: JoinSide | undefined = undefined
  private isDue = true

  constructor(options: FullTableOptions) {
    this.options = options
  }

  open(context: OperatorContext): void {
    this.context = context
  }

  rowsOf(_keys: ReadonlyArray<Column>, _count: number): KeyedRows | undefined {
    if (this.isDue && this.reading === undefined) this.reading = this.start()
    if (this.reading !== undefined) this.advance(this.reading)
    return this.rows
  }

  private start(): Reading {
    const { source, types, keys } = this.options
    const context = this.context!
    this.isDue = false
    const enumerator = source.enumerator({
      job: context.job,
      disk: context.disk,
      fork: context.fork,
      fail: context.fail,
      nowMillis: context.nowMillis,
      parallelism: 1,
      restored: undefined,
      discovered: context.notify
    })
    const reader = source.reader()
    reader.open({ ...context, restored: undefined })
    return { side: new JoinSide(types, keys), enumerator, reader, busy: false }
  }

  /** Reads on until nothing comes; a notification will come then. */
  private advance(reading: Reading): void {
    for (;;) {
      if (!reading.busy) {
        const split = reading.enumerator.next(0)
        if (split === "wait") return
        if (split === "done") return this.finish(reading)
        reading.reader.add(split)
        reading.busy = true
      }
      const polled = reading.reader.poll()
      if (polled.kind === "empty") return
      if (polled.kind === "finished") {
        reading.busy = false
        continue
      }
      const { batch } = polled
      const keys = this.options.keys.map((k) => batch.columns[k]!)
      this.keyed.read(keys, keys, batch.rows)
      const { rows, count, columns } = this.keyed
      reading.side.add(batch.columns, columns, rows, count, new Int32Array(count))
    }
  }

  private finish(reading: Reading): void {
    this.stop(reading)
    this.rows = reading.side
    const { reloadMillis } = this.options
    if (reloadMillis === undefined) return
    this.context!.fork(Effect.sleep(reloadMillis), () => {
      this.isDue = true
    })
  }

  private stop(reading: Reading): void {
    this.reading = undefined
    reading.reader.close()
    reading.enumerator.close()
  }

  close(): void {
    if (this.reading !== undefined) this.stop(this.reading)
  }
}
