/**
 * The coordinator of one attempt: an actor that hands out splits, triggers checkpoints, collects acknowledgements, has
 * them stored and tells that they are complete. It holds no reference into a task but its mailbox.
 *
 * **Invariants** at most one checkpoint is open; it is complete only when every subtask has acknowledged it once and the
 * store has written it; numbers rise. An enumerator's snapshot and the triggers are taken in one step, so that every split
 * is in just one of them.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { Mailbox } from "../actor/mailbox.ts"
import { Signal } from "../actor/signal.ts"
import type { CheckpointState, SubtaskState } from "../checkpoint/store.ts"
import { assert } from "../fault.ts"
import type { Plain, Snapshot } from "../operator/operator.ts"
import type { SplitEnumerator } from "../source/source.ts"
import { leaveAsyncContext } from "./async-context.ts"
import type { CheckpointOptions, CompletedCheckpoint } from "./checkpointing.ts"
import type { Decisions } from "./decisions.ts"
import { IncompleteCheckpoint } from "./job-fault.ts"

/** A subtask as the coordinator knows it. */
export interface Member {
  readonly task: string
  readonly index: number
  readonly mailbox: Mailbox
  /** The state id of its source, when it has one. */
  readonly source: string | undefined
}

/** What is told to the coordinator. */
export type Report =
  | {
    readonly _tag: "Acknowledged"
    readonly member: number
    readonly checkpoint: number
    readonly snapshots: ReadonlyMap<string, Snapshot>
  }
  | { readonly _tag: "Requested"; readonly member: number }
  | { readonly _tag: "Exhausted"; readonly member: number }
  | { readonly _tag: "Discovered"; readonly source: string }
  | { readonly _tag: "Ended"; readonly member: number }
  | {
    readonly _tag: "Stored"
    readonly checkpoint: number
    readonly exit: Exit.Exit<number, unknown>
  }
  | { readonly _tag: "StopAsked" }
  | { readonly _tag: "Failed"; readonly cause: Cause.Cause<unknown> }

/** What a coordinator is made of. */
export interface CoordinatorParts {
  readonly enumerators: ReadonlyMap<string, SplitEnumerator>
  readonly identity: { readonly job: string; readonly run: string; readonly attempt: number }
  readonly groupsMax: number
  readonly names: ReadonlyMap<string, string>
  readonly checkpoints: CheckpointOptions | undefined
  /** True: the job had finished, there is nothing to store any more. */
  readonly restoredFinal: boolean
  /** The number of the next checkpoint; rises over attempts. */
  readonly nextCheckpoint: () => number
  readonly decisions: Decisions
  /** For intervals and timeouts: does not jump. */
  readonly monotonicMillis: () => number
  /** Run an effect beside the coordinator until the attempt ends. */
  readonly fork: (
    effect: Effect.Effect<number, unknown>,
    done: (exit: Exit.Exit<number, unknown>) => void
  ) => () => void
  readonly onComplete: (state: CheckpointState, completed: CompletedCheckpoint) => void
  readonly onAbort: () => void
}

/** The checkpoint that is under way. */
interface Open {
  readonly checkpoint: number
  readonly final: boolean
  /** Whether all input had been read, not just stopped. */
  readonly finished: boolean
  readonly startedMillis: number
  readonly enumerators: ReadonlyMap<string, Plain>
  readonly parts: Map<number, SubtaskState>
  storing: (() => void) | undefined
  state: CheckpointState | undefined
}

/** See the head of this file. */
export class Coordinator {
  private readonly parts: CoordinatorParts
  private readonly signal: Signal = new Signal()
  private readonly reports: Array<Report> = []
  private readonly waiting: Set<number> = new Set()
  private readonly exhausted: Set<number> = new Set()
  private readonly ended: Set<number> = new Set()
  private readonly members: Array<Member> = []
  private sources = 0
  private open: Open | undefined = undefined
  private stopping: boolean
  private finalDone = false
  private failures = 0
  private nextTriggerMillis: number
  private failure: Cause.Cause<unknown> | undefined = undefined

  constructor(parts: CoordinatorParts, stopping: boolean) {
    this.parts = parts
    this.stopping = stopping
    const intervalMillis = parts.checkpoints?.intervalMillis
    this.nextTriggerMillis = intervalMillis === undefined
      ? Infinity
      : parts.monotonicMillis() + intervalMillis
  }

  /** A subtask is part of the attempt. Its place among the members is how reports name it. */
  join(member: Member): void {
    this.members.push(member)
    if (member.source !== undefined) this.sources++
  }

  /** Tell the coordinator something. Bounded by the protocol: a handful per subtask and checkpoint. */
  tell(report: Report): void {
    this.reports.push(report)
    this.signal.notify()
  }

  /** Serve until every subtask has ended. Fails with the first failure that anybody reported. */
  readonly run: Effect.Effect<void, unknown> = Effect.gen(
    { self: this },
    function* (this: Coordinator) {
      yield* leaveAsyncContext
      for (;;) {
        this.serve()
        if (this.failure !== undefined) return yield* Effect.failCause(this.failure)
        if (this.ended.size === this.members.length) return
        const delayMillis = this.dueMillis() - this.parts.monotonicMillis()
        if (delayMillis === Infinity) yield* this.signal.wait
        else if (delayMillis > 0) {
          yield* Effect.raceFirst(this.signal.wait, Effect.sleep(Math.ceil(delayMillis)))
        }
      }
    }
  )

  private serve(): void {
    for (;;) {
      const report = this.reports.shift()
      if (report === undefined) break
      this.take(report)
      if (this.failure !== undefined) return
    }
    this.expire()
    this.trigger()
  }

  private take(report: Report): void {
    switch (report._tag) {
      case "Acknowledged":
        return this.acknowledged(report.member, report.checkpoint, report.snapshots)
      case "Requested":
        return this.assign(report.member)
      case "Exhausted":
        this.exhausted.add(report.member)
        return
      case "Discovered":
        return this.discovered(report.source)
      case "Ended":
        this.ended.add(report.member)
        return
      case "Stored":
        return this.stored(report.checkpoint, report.exit)
      case "StopAsked":
        this.stopping = true
        return
      case "Failed":
        this.failure ??= report.cause
    }
  }

  private assign(index: number): void {
    const { mailbox, source, index: subtask } = this.members[index]!
    const next = this.parts.enumerators.get(source!)!.next(subtask)
    if (next === "wait") this.waiting.add(index)
    else if (next === "done") mailbox.tell({ _tag: "NoMoreSplits" })
    else mailbox.tell({ _tag: "Assign", split: next })
  }

  private discovered(source: string): void {
    // A copy: who has to wait again is put back into the set.
    const waiting = Array.from(this.waiting)
    for (const index of waiting) {
      if (this.members[index]!.source !== source) continue
      this.waiting.delete(index)
      this.assign(index)
    }
  }

  /** When something is to be done without being told, monotone millis. */
  private dueMillis(): number {
    const { open } = this
    if (open === undefined) return this.finalDone ? Infinity : this.nextTriggerMillis
    return open.startedMillis + (this.parts.checkpoints?.timeoutMillis ?? Infinity)
  }

  private trigger(): void {
    if (this.open !== undefined || this.finalDone) return
    const finished = this.exhausted.size === this.sources
    const final = finished || this.stopping
    const nowMillis = this.parts.monotonicMillis()
    if (!final && nowMillis < this.nextTriggerMillis) return
    const checkpoint = this.parts.nextCheckpoint()
    const enumerators = new Map<string, Plain>()
    for (const [id, enumerator] of this.parts.enumerators) {
      enumerators.set(id, enumerator.snapshot())
    }
    this.open = {
      checkpoint,
      final,
      finished,
      startedMillis: nowMillis,
      enumerators,
      parts: new Map(),
      storing: undefined,
      state: undefined
    }
    for (const member of this.members) {
      if (member.source !== undefined) member.mailbox.tell({ _tag: "Trigger", checkpoint, final })
    }
  }

  private acknowledged(
    index: number,
    checkpoint: number,
    operators: ReadonlyMap<string, Snapshot>
  ): void {
    const { open } = this
    // Late: that checkpoint was given up.
    if (open === undefined || open.checkpoint !== checkpoint) return
    assert(!open.parts.has(index), "a subtask acknowledges a checkpoint once")
    const { index: subtask, task } = this.members[index]!
    open.parts.set(index, { task, subtask, operators })
    if (open.parts.size < this.members.length) return
    this.parts.decisions.reach("acknowledged")
    this.store(open)
  }

  private store(open: Open): void {
    const { checkpoints, groupsMax, identity, names, restoredFinal } = this.parts
    assert(open.parts.size === this.members.length, "a checkpoint is of all subtasks")
    open.state = {
      job: identity.job,
      run: identity.run,
      attempt: identity.attempt,
      checkpoint: open.checkpoint,
      final: open.final && open.finished,
      groupsMax,
      enumerators: open.enumerators,
      subtasks: this.members.map((_, index) => open.parts.get(index)!),
      names
    }
    // Without a store, and after a job that had finished, completion needs nothing durable.
    if (checkpoints === undefined || (restoredFinal && open.final)) {
      this.complete(open, 0)
      return
    }
    const { checkpoint } = open
    open.storing = this.parts.fork(
      checkpoints.store.write(open.state),
      (exit) => this.tell({ _tag: "Stored", checkpoint, exit })
    )
  }

  private stored(checkpoint: number, exit: Exit.Exit<number, unknown>): void {
    const { open } = this
    if (open === undefined || open.checkpoint !== checkpoint) return
    if (Exit.isSuccess(exit)) {
      this.parts.decisions.reach("stored")
      this.complete(open, exit.value)
    } else {
      this.giveUp(open, exit.cause)
    }
  }

  private complete(open: Open, bytes: number): void {
    const { checkpoint } = open
    this.open = undefined
    this.failures = 0
    this.finalDone = open.final
    this.schedule(open.startedMillis)
    const durationMillis = Math.round(this.parts.monotonicMillis() - open.startedMillis)
    this.parts.onComplete(open.state!, { id: checkpoint, bytes, durationMillis })
    for (const { mailbox } of this.members) mailbox.tell({ _tag: "Complete", checkpoint })
  }

  /** The next periodic one: an interval after the last began, and a pause after it ended. */
  private schedule(startedMillis: number): void {
    const { checkpoints, monotonicMillis } = this.parts
    if (checkpoints?.intervalMillis === undefined) return
    this.nextTriggerMillis = Math.max(
      startedMillis + checkpoints.intervalMillis,
      monotonicMillis() + checkpoints.minPauseMillis
    )
  }

  private expire(): void {
    const { open } = this
    const { checkpoints, monotonicMillis } = this.parts
    if (open === undefined || checkpoints === undefined) return
    // Written as dueMillis is: were the two to round differently, run would find it due and this never over.
    if (monotonicMillis() < open.startedMillis + checkpoints.timeoutMillis) return
    const missing = this.members.length - open.parts.size
    const reason = missing > 0
      ? `${missing} of ${this.members.length} subtasks did not acknowledge it within ${checkpoints.timeoutMillis} ms`
      : `it was not stored within ${checkpoints.timeoutMillis} ms`
    const remedy = "raise execution.checkpointing.timeout or look for a slow sink"
    const { checkpoint } = open
    this.giveUp(open, Cause.fail(new IncompleteCheckpoint({ checkpoint, reason, remedy })))
  }

  /** The checkpoint will not be; too many in a row are a failure of the job. */
  private giveUp(open: Open, cause: Cause.Cause<unknown>): void {
    const { checkpoint } = open
    open.storing?.()
    this.open = undefined
    this.schedule(open.startedMillis)
    for (const { mailbox } of this.members) mailbox.tell({ _tag: "Abort", checkpoint })
    this.parts.onAbort()
    this.failures++
    if (this.failures > (this.parts.checkpoints?.tolerableFailures ?? 0)) this.failure = cause
  }
}
