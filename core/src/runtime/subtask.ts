/**
 * One subtask: a mailbox, a gate, a chain, and the loop that one fiber runs over them.
 *
 * A turn is plain synchronous code that serves control first, walks the chain, and takes the next element when the chain
 * is done. The fiber waits only on the mailbox's signal, which lanes, control and callbacks raise; it yields when the
 * turn is spent. An idle subtask costs nothing.
 */
import * as Effect from "effect/Effect"
import type { Mailbox } from "../actor/mailbox.ts"
import { type Barrier, Tag, Watermark } from "../batch/element.ts"
import { assert } from "../fault.ts"
import type { Snapshot } from "../operator/operator.ts"
import type { SubtaskMetrics } from "../observe/subtask-metrics.ts"
import type { Split } from "../source/source.ts"
import type { SourceOperator } from "../source/source-operator.ts"
import { toPlain } from "../time/split-watermarks.ts"
import { leaveAsyncContext } from "./async-context.ts"
import { Chain, Outcome, type Stage } from "./chain.ts"
import type { Decisions } from "./decisions.ts"
import { Gate } from "./gate.ts"
import { gateId } from "./restore.ts"

/** What a subtask says to the coordinator. */
export interface SubtaskVoice {
  readonly acknowledge: (checkpoint: number, snapshots: ReadonlyMap<string, Snapshot>) => void
}

/** What a subtask is made of. */
export interface SubtaskParts {
  readonly task: string
  readonly index: number
  readonly attempt: number
  readonly mailbox: Mailbox
  /** The operator input that each lane feeds. */
  readonly inputs: Int32Array
  readonly stages: ReadonlyArray<Stage>
  /** The head, when it is a source. */
  readonly source: SourceOperator | undefined
  readonly metrics: SubtaskMetrics
  readonly decisions: Decisions
  readonly bufferTimeoutMillis: number
  readonly monotonicMillis: () => number
  /** The merged watermark and the checkpoint to go on from. */
  readonly restoredWatermark: number
  readonly restoredCheckpoint: number
  readonly voice: SubtaskVoice
}

/** How a turn ended: more to do, wait for the signal, or finished for good. */
type Turn = "again" | "wait" | "ended"

/** See the head of this file. */
export class Subtask {
  readonly task: string
  readonly index: number
  readonly mailbox: Mailbox
  readonly chain: Chain
  readonly metrics: SubtaskMetrics
  /** The state id of its source, when it has one. */
  readonly source: string | undefined
  private readonly parts: SubtaskParts
  private readonly gate: Gate | undefined
  /** By input of the head: lanes that may still give rows. */
  private readonly openLanes: Array<number> = []
  /** By lane: 1 when no more rows follow. */
  private readonly silent: Uint8Array

  constructor(parts: SubtaskParts) {
    this.parts = parts
    this.task = parts.task
    this.index = parts.index
    this.mailbox = parts.mailbox
    this.metrics = parts.metrics
    this.silent = new Uint8Array(parts.inputs.length)
    for (const input of parts.inputs) this.openLanes[input] = (this.openLanes[input] ?? 0) + 1
    this.source = parts.source === undefined ? undefined : parts.stages[0]!.id
    this.chain = new Chain(parts.stages, (barrier, snapshots) => this.cut(barrier, snapshots))
    if (parts.source !== undefined) this.chain.wake(parts.stages[0]!)
    else this.gate = this.makeGate()
  }

  /** The fiber. Ends when the end has left the chain and all is in the channels; dies with what an operator throws. */
  readonly run: Effect.Effect<void> = Effect.gen({ self: this }, function* (this: Subtask) {
    yield* leaveAsyncContext
    for (;;) {
      const turn = this.turn()
      if (turn === "ended") return
      yield* turn === "again" ? Effect.yieldNow : this.mailbox.signal.wait
    }
  })

  private makeGate(): Gate {
    const { attempt, mailbox, restoredCheckpoint, restoredWatermark } = this.parts
    const gate = new Gate(mailbox.lanes, attempt, restoredCheckpoint)
    if (restoredWatermark > -Infinity) {
      gate.watermark = restoredWatermark
      this.chain.push(new Watermark(restoredWatermark), 0)
    }
    return gate
  }

  private turn(): Turn {
    const { chain } = this
    chain.steps = this.parts.decisions.turnSteps()
    for (;;) {
      this.serve()
      const outcome = chain.run()
      if (outcome === Outcome.spent) {
        this.flushOlder()
        return "again"
      }
      if (outcome !== Outcome.done) return this.rest()
      if (chain.ended) return chain.drained() ? "ended" : "wait"
      if (!this.feed()) return this.rest()
    }
  }

  /** Nothing can be done now: what the builders hold must not wait with us. */
  private rest(): Turn {
    this.chain.flush()
    return "wait"
  }

  private flushOlder(): void {
    const { bufferTimeoutMillis, monotonicMillis } = this.parts
    if (bufferTimeoutMillis >= 0) this.chain.flushOlder(monotonicMillis(), bufferTimeoutMillis)
  }

  private serve(): void {
    for (;;) {
      const control = this.mailbox.pollControl()
      if (control === undefined) return
      const { attempt, decisions, source, stages } = this.parts
      if (source !== undefined) this.chain.wake(stages[0]!)
      switch (control._tag) {
        case "Trigger":
          assert(source !== undefined, "only sources are triggered")
          source.trigger(control.checkpoint, attempt, control.final)
          break
        case "Complete":
          decisions.reach("completed")
          this.chain.complete(control.checkpoint)
          break
        case "Abort":
          this.gate?.abort(control.checkpoint)
          source?.abort(control.checkpoint)
          break
        case "Assign":
          assert(source !== undefined, "only sources are given splits")
          source.assign(control.split as Split)
          break
        case "NoMoreSplits":
          source?.noMoreSplits()
          break
      }
    }
  }

  /** Take an element from a lane. False: no lane is ready. */
  private feed(): boolean {
    const { gate, mailbox } = this
    if (gate === undefined) return false
    const lane = mailbox.ready(this.parts.decisions.pickLane)
    if (lane < 0) return false
    this.chain.steps--
    this.metrics.elements++
    const taken = mailbox.lanes[lane]!.poll()!
    const element = gate.receive(lane, taken)
    const last = taken.tag === Tag.end || (taken.tag === Tag.watermark && taken.time === Infinity)
    if (last) this.endLane(lane)
    if (element === undefined) return true
    if (element.tag === Tag.watermark) this.metrics.advance(element.time)
    this.chain.push(element, this.parts.inputs[lane]!)
    return true
  }

  /**
   * No rows follow on this lane: its watermark says so long before its end, which waits for the job's last checkpoint. The chain is
   * done, so the head is between two elements when it hears that an input has ended.
   */
  private endLane(lane: number): void {
    if (this.silent[lane] === 1) return
    this.silent[lane] = 1
    const input = this.parts.inputs[lane]!
    if (--this.openLanes[input]! === 0) this.parts.stages[0]!.operator.endInput?.(input)
  }

  private cut(barrier: Barrier, snapshots: Map<string, Snapshot>): void {
    const { index, stages } = this.parts
    // Also when there is none yet: at another parallelism the least of all subtasks counts.
    if (this.gate !== undefined) {
      const told = toPlain(this.gate.watermark)
      snapshots.set(gateId(stages[0]!.id), { union: [{ subtask: index, told }] })
    }
    this.acknowledge(barrier.checkpoint, snapshots)
  }

  /** When the parts that come later are there; meanwhile the chain goes on. */
  private acknowledge(checkpoint: number, snapshots: Map<string, Snapshot>): void {
    let missing = 1
    const arrived = (): void => {
      if (--missing === 0) this.parts.voice.acknowledge(checkpoint, snapshots)
    }
    for (const [id, { later, ...known }] of snapshots) {
      if (later === undefined) continue
      missing++
      later((items) => {
        snapshots.set(id, { ...known, items })
        arrived()
      })
    }
    arrived()
  }
}
