/** What one subtask has done so far: plain counters that its own fiber writes and anybody may read. */

/** Counters of one subtask. `watermarkMillis` is the last one below Infinity that its head saw, epoch millis. */
export class SubtaskMetrics {
  readonly task: string
  readonly subtask: number
  /** Rows polled by a source, before any filter. */
  rowsIn = 0
  /** Rows written by sinks. */
  rowsOut = 0
  badRecords = 0
  /** Batches polled by a source, or elements taken from lanes. */
  elements = 0
  watermarkMillis: number = -Infinity
  /** Whether a sink is part of this task: its watermark is what the user sees as event time. */
  readonly hasSink: boolean
  /** What operators counted: `operator name: metric` → number. */
  readonly counts: Map<string, number> = new Map()

  constructor(task: string, subtask: number, hasSink: boolean) {
    this.task = task
    this.subtask = subtask
    this.hasSink = hasSink
  }

  /** Add `by` to a named counter. */
  count(metric: string, by: number): void {
    this.counts.set(metric, (this.counts.get(metric) ?? 0) + by)
  }

  /** Another watermark passed the head of the task. */
  advance(millis: number): void {
    if (millis !== Infinity && millis > this.watermarkMillis) this.watermarkMillis = millis
  }
}
