/**
 * Appends window_start, window_end and window_time to every row, once for each window that it is in: a windowing function that nothing
 * aggregates. Rows leave window by window, in the order they came.
 */
import { Column } from "../batch/column.ts"
import { Batch, type Element, Tag } from "../batch/element.ts"
import {
  type AlignedWindow,
  firstWindowEnd,
  lastWindowEnd,
  paneMillis,
  stepMillis,
  windowStart
} from "../state/time-window.ts"
import { eventTimes, keepRows, paneEnds } from "../state/window-rows.ts"
import { type Operator, type OperatorContext, Status } from "./operator.ts"

/** Which windows, over which column. */
export interface WindowAssignOptions {
  readonly window: AlignedWindow
  readonly timeColumn: number
}

/** An operator that assigns windows. */
export function makeWindowAssign(options: WindowAssignOptions): Operator {
  return new WindowAssign(options)
}

class WindowAssign implements Operator {
  private readonly options: WindowAssignOptions
  private readonly paneMillis: number
  private name = ""
  private mark: Element | undefined = undefined
  private batch: Batch | undefined = undefined
  private panes = new Float64Array(0)
  /** Which of its windows each row is given next: the first, the second … */
  private turn = 0

  constructor(options: WindowAssignOptions) {
    this.options = options
    this.paneMillis = paneMillis(options.window)
  }

  open(context: OperatorContext): void {
    this.name = context.name
  }

  push(element: Element): void {
    if (element.tag !== Tag.batch) {
      this.mark = element
      return
    }
    const { window, timeColumn } = this.options
    const times = eventTimes(element.columns[timeColumn]!, this.name)
    this.panes = new Float64Array(element.rows)
    paneEnds(times, element.rows, this.paneMillis, window.offsetMillis, this.panes)
    this.batch = element
    this.turn = 0
  }

  step(): Element | Status {
    if (this.batch !== undefined) {
      const assigned = this.assign(this.batch)
      if (assigned !== undefined) return assigned
      this.batch = undefined
    }
    const { mark } = this
    this.mark = undefined
    return mark ?? Status.done
  }

  /** The rows that have a window of this turn; undefined: none has one any more. */
  private assign(batch: Batch): Batch | undefined {
    const { window } = this.options
    const shift = this.turn++ * stepMillis(window)
    const rows = new Int32Array(batch.rows)
    const ends = new Float64Array(batch.rows)
    let count = 0
    for (let i = 0; i < batch.rows; i++) {
      const pane = this.panes[i]!
      const end = firstWindowEnd(window, pane) + shift
      if (end > lastWindowEnd(window, pane)) continue
      rows[count] = i
      ends[count++] = end
    }
    if (count === 0) return undefined
    const kept = count === batch.rows ? batch : keepRows(batch, rows, count)
    const starts = new Float64Array(count)
    const lasts = new Float64Array(count)
    for (let i = 0; i < count; i++) {
      starts[i] = windowStart(window, ends[i]!)
      lasts[i] = ends[i]! - 1
    }
    const added = [starts, ends.subarray(0, count), lasts].map((values) =>
      new Column({ layout: "f64", rows: count, values })
    )
    return new Batch(count, [...kept.columns, ...added], kept.kinds, kept.timestamps)
  }

  snapshot(): undefined {}
}
