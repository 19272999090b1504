/**
 * The operator that drives a sink: rows to the writer, prepared output into the snapshot, commits after completion.
 *
 * **Invariant** a committable is in every snapshot from the barrier that prepared it until its commit has succeeded. So
 * whatever dies, a restored checkpoint knows all output that may not be visible yet, and commits it first. A writer that can
 * cut does not hold the barrier: the snapshot then comes when all that was cut off up to it is durable.
 */
import {
  type Barrier,
  type Batch,
  type Element,
  type End,
  Tag,
  type Watermark
} from "../batch/element.ts"
import { type AnyFault, assert } from "../fault.ts"
import {
  type Operator,
  type OperatorContext,
  type Plain,
  type Snapshot,
  Status
} from "../operator/operator.ts"
import type { SubtaskMetrics } from "../observe/subtask-metrics.ts"
import type { Rendezvous } from "./rendezvous.ts"
import type { Committer, Sink, SinkWriter } from "./sink.ts"

/** What was prepared at one barrier. */
interface Prepared {
  readonly checkpoint: number
  /** Undefined: it is still being made durable. */
  committables: ReadonlyArray<Plain> | undefined
}

/** What stands in the snapshot's items, one per committable and per piece of writer state. */
type Item =
  | { readonly kind: "commit"; readonly checkpoint: number; readonly committable: Plain }
  | { readonly kind: "state"; readonly state: Plain }

/** The places around a commit where a crash is most dangerous; the simulation dies at them. */
export type SinkSite = "prepared" | "committing" | "committed" | "restoring"

/** See the head of this file. It gives marks on, and no batch. */
export class SinkOperator implements Operator {
  private readonly sink: Sink
  private readonly metrics: SubtaskMetrics
  private readonly rendezvous: Rendezvous
  private readonly reach: (site: SinkSite) => void
  private readonly writer: SinkWriter
  private committer: Committer | undefined = undefined
  private context!: OperatorContext
  private state: ReadonlyArray<Plain> = []
  private opened = false
  private closed = false
  private element: Element | undefined = undefined
  /** Where the barrier in hand stands. */
  private preparing: "no" | "running" | "ready" = "no"
  private prepared: Array<Prepared> = []
  /** Snapshots that wait for what was cut off. Each answers whether it could be given. */
  private late: Array<() => boolean> = []
  /** Commits up to this checkpoint are wanted. */
  private completed = 0
  private committing = false

  constructor(
    sink: Sink,
    metrics: SubtaskMetrics,
    rendezvous: Rendezvous,
    reach: (site: SinkSite) => void
  ) {
    this.sink = sink
    this.metrics = metrics
    this.rendezvous = rendezvous
    this.reach = reach
    this.writer = sink.writer()
  }

  open(context: OperatorContext): void {
    this.context = context
    this.committer = this.sink.committer?.(context)
    const items = (context.restored?.items ?? []) as unknown as ReadonlyArray<Item>
    this.state = items.flatMap((item) => item.kind === "state" ? [item.state] : [])
    const left = items.flatMap((item) => item.kind === "commit" ? [item] : [])
    const go = () => this.rendezvous.arrive(() => this.openWriter())
    if (left.length === 0 || this.committer === undefined) {
      go()
      return
    }
    this.reach("restoring")
    context.fork(this.committer.commit(left.map((item) => item.committable)), go)
  }

  push(element: Element): void {
    assert(this.element === undefined, "a sink is pushed to when it is done")
    this.element = element
  }

  step(): Element | Status {
    const { element } = this
    if (element === undefined) return Status.done
    if (!this.opened) return Status.waiting
    switch (element.tag) {
      case Tag.batch:
        return this.write(element)
      case Tag.watermark:
      case Tag.idle:
        return this.give(element as Watermark)
      case Tag.barrier:
        return this.prepare(element)
      case Tag.end:
        return this.finish(element)
    }
  }

  snapshot(): Snapshot {
    const states: ReadonlyArray<Plain> = this.writer.snapshot()
      .map((state) => ({ kind: "state", state }))
    const entries = this.prepared.slice()
    if (areDurable(entries)) return { items: [...states, ...itemsOf(entries)] }
    return {
      later: (give) => {
        const tryGive = (): boolean => {
          if (!areDurable(entries)) return false
          give([...states, ...itemsOf(entries)])
          return true
        }
        if (!tryGive()) this.late.push(tryGive)
      }
    }
  }

  complete(checkpoint: number): void {
    if (checkpoint > this.completed) this.completed = checkpoint
    this.commitNext()
  }

  close(): void {
    if (this.closed) return
    this.closed = true
    try {
      this.writer.close()
    } finally {
      this.committer?.close()
    }
  }

  /** Called for all siblings in one go, so that no writer cleans up beside one that already writes. */
  private openWriter(): void {
    if (this.closed) return
    try {
      this.writer.open(this.context, this.state)
    } catch (error) {
      // It may be a sibling's call that we are in: the failure is ours.
      this.context.fail(error as AnyFault)
      return
    }
    this.state = []
    this.opened = true
    this.context.notify()
  }

  private give(element: Element): Element {
    this.element = undefined
    return element
  }

  private write(batch: Batch): Status {
    if (!this.writer.ready()) return Status.waiting
    this.writer.write(batch)
    this.metrics.rowsOut += batch.rows
    this.element = undefined
    return Status.done
  }

  /** The writer goes on at once; the snapshot waits. */
  private cut({ checkpoint, final }: Barrier): void {
    const entry: Prepared = { checkpoint, committables: undefined }
    this.prepared.push(entry)
    this.context.fork(this.writer.cut!(checkpoint, final), (committables) => {
      entry.committables = committables
      if (committables.length === 0) this.prepared = this.prepared.filter((one) => one !== entry)
      this.reach("prepared")
      this.late = this.late.filter((give) => !give())
    })
  }

  private prepare(barrier: Barrier): Element | Status {
    if (this.writer.cut !== undefined) {
      this.cut(barrier)
      return this.give(barrier)
    }
    if (this.preparing === "no") {
      this.preparing = "running"
      const { checkpoint, final } = barrier
      this.context.fork(this.writer.prepareCommit(checkpoint, final), (committables) => {
        if (committables.length > 0) this.prepared.push({ checkpoint, committables })
        this.preparing = "ready"
        this.reach("prepared")
      })
    }
    // The fork may have ended at once: that is for the compiler to forget what it knew.
    if ((this.preparing as string) !== "ready") return Status.waiting
    this.preparing = "no"
    return this.give(barrier)
  }

  private finish(end: End): Element | Status {
    return this.committing || this.prepared.length > 0 && this.committer !== undefined
      ? Status.waiting
      : this.give(end)
  }

  /** Commit what is prepared up to the completed checkpoint. One commit at a time, so that they happen in order. */
  private commitNext(): void {
    const { committer } = this
    if (this.committing) return
    const due = this.prepared.filter((entry) => entry.checkpoint <= this.completed)
    assert(areDurable(due), "a checkpoint is complete when all that was cut off is durable")
    if (due.length === 0) return
    const rest = () => {
      this.prepared = this.prepared.filter((entry) => !due.includes(entry))
    }
    if (committer === undefined) {
      rest()
      return
    }
    this.committing = true
    this.reach("committing")
    this.context.fork(committer.commit(due.flatMap((entry) => entry.committables!)), () => {
      rest()
      this.committing = false
      this.reach("committed")
      this.commitNext()
    })
  }
}

function areDurable(entries: ReadonlyArray<Prepared>): boolean {
  return entries.every((entry) => entry.committables !== undefined)
}

function itemsOf(entries: ReadonlyArray<Prepared>): ReadonlyArray<Plain> {
  return entries.flatMap(({ checkpoint, committables }) =>
    committables!.map((committable) => ({ kind: "commit", checkpoint, committable }))
  )
}
