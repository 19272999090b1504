/**
 * ORDER BY: in batch mode all rows at the end of the input; over a stream in ascending order of event time, where rows leave in order when
 * the watermark has reached them. Rows stand in memory, up to a stated number.
 *
 * **Invariant** rows that wait are stored and listed by their time (batch mode: one list); a row at or before the watermark is late: it is
 * dropped and counted.
 */
import { type Column, gather, isNull } from "../batch/column.ts"
import { Batch, batchRowsMax, type Element, Tag } from "../batch/element.ts"
import { assert, Fault } from "../fault.ts"
import type { FaultClass } from "../fault.ts"
import { type RowOrder, sortedRows } from "../state/compare-rows.ts"
import { restoreRows, snapshotRows } from "../state/row-snapshot.ts"
import { RowStore } from "../state/row-store.ts"
import type { LogicalType } from "../type/logical-type.ts"
import { type Operator, type OperatorContext, type Snapshot, Status } from "./operator.ts"

/** What is sorted; columns are of the input. */
export interface SortOptions {
  readonly types: ReadonlyArray<LogicalType>
  readonly order: ReadonlyArray<RowOrder>
  /** The event time, first of the order and ascending; undefined: everything waits for the end. */
  readonly timeColumn: number | undefined
  /** More rows than this fail the job. */
  readonly rowsMax: number
}

interface LimitParts {
  readonly operator: string
  readonly rowsMax: number
}

const Base: FaultClass<"SortLimitFault", LimitParts> = Fault<LimitParts>()(
  "SortLimitFault",
  "user",
  "never"
)

/** More rows are to be sorted than may stand in memory. */
export class SortLimitFault extends Base {
  override get message(): string {
    return `Cannot sort more than ${this.rowsMax} rows in memory in "${this.operator}": add a LIMIT, or raise 'millrace.sort.rows-max'`
  }
}

/** An operator that gives its input's rows in order. */
export function makeSort(options: SortOptions): Operator {
  return new Sort(options)
}

class Sort implements Operator {
  private readonly options: SortOptions
  private store: RowStore
  private readonly waiting: Map<number, Array<number>> = new Map()
  private context: OperatorContext | undefined = undefined
  private watermark = -Infinity
  private mark: Element | undefined = undefined
  /** Ids of due rows in order. */
  private due: Int32Array | undefined = undefined
  private given = 0

  constructor(options: SortOptions) {
    this.options = options
    this.store = new RowStore(options.types)
  }

  open(context: OperatorContext): void {
    this.context = context
    for (const { bytes } of context.restored?.groups ?? []) {
      const { rows, columns } = restoreRows(bytes, this.options.types)
      this.keep(columns, rows)
    }
    const marks = context.restored?.union as ReadonlyArray<number> | undefined
    if (marks !== undefined && marks.length > 0) this.watermark = Math.min(...marks)
  }

  push(element: Element): void {
    if (element.tag === Tag.batch) {
      assert(element.kinds === undefined, "only inserted rows are sorted")
      return this.accept(element)
    }
    this.mark = element
    if (element.tag !== Tag.watermark || element.time <= this.watermark) return
    if (this.options.timeColumn !== undefined) this.watermark = element.time
    if (this.options.timeColumn !== undefined || element.time === Infinity) this.fall(element.time)
  }

  private accept(batch: Batch): void {
    const { timeColumn } = this.options
    if (timeColumn === undefined) return this.keep(batch.columns, batch.rows)
    const time = batch.columns[timeColumn]!
    const values = time.values as Float64Array
    const onTime = new Int32Array(batch.rows)
    let count = 0
    for (let i = 0; i < batch.rows; i++) {
      if (!isNull(time, i) && values[i]! > this.watermark) onTime[count++] = i
    }
    if (count < batch.rows) this.context!.count("lateRows", batch.rows - count)
    if (count > 0) this.keep(batch.columns.map((column) => gather(column, onTime, count)), count)
  }

  private keep(columns: ReadonlyArray<Column>, rows: number): void {
    const { timeColumn, rowsMax } = this.options
    const ids = new Int32Array(rows)
    this.store.append(columns, Int32Array.from(ids.keys()), rows, ids)
    if (this.store.size > rowsMax) {
      throw new SortLimitFault({ operator: this.context!.name, rowsMax })
    }
    const times = timeColumn === undefined ? undefined : columns[timeColumn]!.values as Float64Array
    for (let i = 0; i < rows; i++) {
      const time = times === undefined ? 0 : times[i]!
      const list = this.waiting.get(time)
      if (list === undefined) this.waiting.set(time, [ids[i]!])
      else list.push(ids[i]!)
    }
  }

  /** Rows up to `time` are due. */
  private fall(time: number): void {
    const times = [...this.waiting.keys()].filter((one) => one <= time).sort((a, b) => a - b)
    const ids = Int32Array.from(times.flatMap((one) => this.waiting.get(one)!))
    for (const one of times) this.waiting.delete(one)
    const columns = this.options.order.map(({ column }) =>
      this.store.columns[column]!.gather(ids, ids.length)
    )
    const types = this.options.order.map(({ column }) => this.options.types[column]!)
    const order = this.options.order.map((key, column) => ({ ...key, column }))
    this.due = sortedRows(types, columns, order, ids.length).map((row) => ids[row]!)
    this.given = 0
  }

  step(): Element | Status {
    const { due, mark } = this
    if (due !== undefined) {
      const ids = due.slice(this.given, this.given + batchRowsMax)
      this.given += ids.length
      if (ids.length > 0) {
        const columns = this.store.gather(ids, ids.length)
        this.store.release(ids, ids.length)
        return new Batch(ids.length, columns)
      }
      this.due = undefined
      if (this.waiting.size === 0) this.store = new RowStore(this.options.types)
    }
    this.mark = undefined
    return mark ?? Status.done
  }

  snapshot(): Snapshot {
    const ids = Int32Array.from([...this.waiting.values()].flat())
    const { groupsMax } = this.context!
    return {
      groups: snapshotRows(this.store, this.options.types, ids, [], groupsMax),
      union: [this.watermark]
    }
  }
}
