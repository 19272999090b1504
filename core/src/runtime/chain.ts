/**
 * The driver of a task's operators: a tree of stages, each fed by its parent, that is walked with an explicit stack, so
 * that it can stop before any send that has no room and go on there later. Nothing is queued between stages.
 *
 * **Invariant** an element that a stage gave has gone to all its links before the stage is stepped again, and a stage is
 * pushed to only when its last step said done. So order holds on every path, and a barrier cuts all stages at one place.
 */
import { type Barrier, type Batch, type Element, Tag } from "../batch/element.ts"
import { assert } from "../fault.ts"
import { isElement, type Operator, type Snapshot, Status } from "../operator/operator.ts"
import { onMainPort, type Output } from "./output.ts"

/** Why {@link Chain.run} came back. */
export const Outcome = {
  /** Everything pushed is used up. */
  done: 0,
  /** An output has no room. */
  full: 1,
  /** An operator waits for something outside. */
  waiting: 2,
  /** The turn is spent. */
  spent: 3
} as const

/** The value type of {@link Outcome}. */
export type Outcome = typeof Outcome[keyof typeof Outcome]

/** Where elements of one port of a stage go: exactly one of the two. Marks take every link. */
export class Link {
  readonly port: number
  readonly target: Stage | undefined
  readonly output: Output | undefined

  constructor(port: number, target: Stage | undefined, output: Output | undefined) {
    assert((target === undefined) !== (output === undefined), "a link has one end")
    this.port = port
    this.target = target
    this.output = output
  }
}

/** One operator in a chain. */
export class Stage {
  readonly id: string
  readonly name: string
  readonly operator: Operator
  /** Whether anybody could go on from its state, so that it is asked for. */
  readonly kept: boolean
  readonly links: Array<Link> = []
  /** What the operator gave last, until all links have it. */
  element: Element | undefined = undefined
  link = 0
  /** On the stack. */
  active = false
  /** An idle mark goes through beside the operator, which never sees it. */
  passing = false
  /** The operator asked to be stepped. */
  notified = false
  /** The operator said waiting and has not asked since. */
  waiting = false

  constructor(id: string, name: string, operator: Operator, kept = true) {
    this.id = id
    this.name = name
    this.operator = operator
    this.kept = kept
  }
}

/** Told when a barrier has left the last stage: the snapshots of all stages at that barrier, by state id. */
export type OnBarrier = (barrier: Barrier, snapshots: Map<string, Snapshot>) => void

/** See the head of this file. `stages[0]` is the head; parents come before children. */
export class Chain {
  readonly stages: ReadonlyArray<Stage>
  /** The stage whose operator runs or threw last, for messages. */
  current: Stage
  /** What is left of the turn, in steps of operators. Set by the task. */
  steps = 0
  /** Whether the end has left every stage. */
  ended = false
  private readonly onBarrier: OnBarrier
  private readonly stack: Array<Stage>
  private depth = 0
  private anyNotified = false
  private snapshots: Map<string, Snapshot> = new Map()
  private barriersLeft: number
  private endsLeft: number

  constructor(stages: ReadonlyArray<Stage>, onBarrier: OnBarrier) {
    this.stages = stages
    this.stack = stages.slice()
    this.current = stages[0]!
    this.onBarrier = onBarrier
    this.barriersLeft = stages.length
    this.endsLeft = stages.length
  }

  /** Give the head its next element. Only after `run` said done. */
  push(element: Element, input: number): void {
    assert(this.depth === 0, "a chain is pushed to when it is done")
    this.enter(this.stages[0]!, element, input)
  }

  /** Step `stage` although nothing was pushed: it was notified, or told of a completion, or it is a source. */
  wake(stage: Stage): void {
    stage.notified = true
    this.anyNotified = true
  }

  /** Walk on until there is nothing to do, no room, or no step left. */
  run(): Outcome {
    for (;;) {
      if (this.anyNotified) this.activateNotified()
      if (this.depth === 0) return Outcome.done
      const stage = this.stack[this.depth - 1]!
      if (stage.element !== undefined) {
        if (!this.deal(stage)) return Outcome.full
        continue
      }
      if (stage.passing) {
        this.leave(stage)
        continue
      }
      if (stage.waiting) return Outcome.waiting
      if (this.steps <= 0) return Outcome.spent
      this.steps--
      this.current = stage
      const result = stage.operator.step()
      if (isElement(result)) this.accept(stage, result)
      else if (result === Status.done) this.leave(stage)
      else stage.waiting = true
    }
  }

  /** Tell every operator that a checkpoint is durable. */
  complete(checkpoint: number): void {
    for (const stage of this.stages) {
      if (stage.operator.complete === undefined) continue
      this.current = stage
      stage.operator.complete(checkpoint)
      this.wake(stage)
    }
  }

  /** Send what waits for room, then flush the builders where nothing waits. */
  flush(): void {
    for (const stage of this.stages) {
      for (const { output } of stage.links) {
        if (output !== undefined && output.ready()) output.flush()
      }
    }
  }

  /** Whether all that was sent is in the channels. */
  drained(): boolean {
    let drained = true
    for (const stage of this.stages) {
      for (const { output } of stage.links) {
        if (output !== undefined && (!output.ready() || output.pending)) drained = false
      }
    }
    return drained
  }

  /** Flush builders whose oldest row is older than `timeoutMillis`; starts the clock of those that just began. */
  flushOlder(nowMillis: number, timeoutMillis: number): void {
    for (const stage of this.stages) {
      for (const { output } of stage.links) {
        if (output === undefined) continue
        if (!output.pending) output.pendingSinceMillis = 0
        else if (output.pendingSinceMillis === 0) output.pendingSinceMillis = nowMillis
        else if (nowMillis - output.pendingSinceMillis >= timeoutMillis && output.ready()) {
          output.flush()
          output.pendingSinceMillis = 0
        }
      }
    }
  }

  private activateNotified(): void {
    this.anyNotified = false
    for (const stage of this.stages) {
      if (!stage.notified) continue
      stage.notified = false
      stage.waiting = false
      // On the stack it will be stepped anyway; its place there keeps the order.
      if (!stage.active) this.activate(stage)
    }
  }

  private enter(stage: Stage, element: Element, input: number): void {
    if (element.tag === Tag.idle) {
      stage.element = element
      stage.passing = true
    } else {
      this.current = stage
      stage.operator.push(element, input)
    }
    this.activate(stage)
  }

  private activate(stage: Stage): void {
    stage.active = true
    this.stack[this.depth++] = stage
  }

  private leave(stage: Stage): void {
    stage.active = false
    stage.passing = false
    this.depth--
  }

  /** A stage gave `element`. */
  private accept(stage: Stage, element: Element): void {
    stage.element = element
    if (element.tag === Tag.barrier) this.cut(stage, element)
    else if (element.tag === Tag.end && --this.endsLeft === 0) this.ended = true
  }

  private cut(stage: Stage, barrier: Barrier): void {
    const snapshot = stage.kept ? stage.operator.snapshot() : undefined
    if (snapshot !== undefined) this.snapshots.set(stage.id, snapshot)
    if (--this.barriersLeft > 0) return
    const snapshots = this.snapshots
    this.snapshots = new Map()
    this.barriersLeft = this.stages.length
    this.onBarrier(barrier, snapshots)
  }

  /** Move the stage's element over its next link. False: that link has no room. */
  private deal(stage: Stage): boolean {
    const element = stage.element!
    const { links } = stage
    while (stage.link < links.length) {
      const link = links[stage.link]!
      if (element.tag === Tag.batch && element.port !== link.port) {
        stage.link++
        continue
      }
      if (link.target !== undefined) {
        stage.link++
        this.enter(link.target, element.tag === Tag.batch ? onMainPort(element) : element, 0)
        return true
      }
      const output = link.output!
      if (!output.ready()) return false
      stage.link++
      if (element.tag === Tag.batch) output.deal(element as Batch)
      else output.mark(element)
    }
    stage.element = undefined
    stage.link = 0
    return true
  }
}
