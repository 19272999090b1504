/**
 * The contract of an operator: a resumable, synchronous machine between elements. It owns no fiber, no queue and no
 * clock; a task drives it.
 *
 * **Law 1 (one at a time).** `push` is called only after `step` has said {@link Status.done}.
 * **Law 2 (resumable).** One pushed element may yield any number of elements; each `step` gives at most one of them and
 * keeps its cursor, so an operator can never overdraw a full channel: it is just not asked again until there is room.
 * **Law 3 (marks in order).** A watermark, barrier or end that is pushed leaves exactly once, by `step`, after
 * everything that it lets out (fired windows, flushed bundles). Watermarks arrive merged over all inputs. After the
 * watermark Infinity, which says that bounded input is used up, an operator gives no more rows.
 * **Law 4 (cut).** `snapshot` is called right after the barrier has left through `step`, and gives copies: a later
 * `push` must not change what it gave.
 * **Law 5 (restore).** `open` is called once, before the first `push`, with the union of what the same state id gave at
 * the restored checkpoint: `groups` of this subtask's key groups, `items` dealt over the subtasks.
 */
import type { Batch, Element } from "../batch/element.ts"
import type * as Effect from "effect/Effect"
import type { Disk } from "../checkpoint/disk.ts"
import type { AnyFault } from "../fault.ts"

/** What `step` says when it has no element to give. */
export const Status = {
  /** The pushed element is used up. */
  done: 0,
  /** Waiting for something outside (a flush, a lookup); the operator calls `context.notify()` when it is worth asking again. */
  waiting: 1
} as const

/** The value type of {@link Status}. */
export type Status = typeof Status[keyof typeof Status]

/** What operator-level state is made of: values that checkpoints give back exactly (decisions/0005). */
export type Plain =
  | null
  | undefined
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | ReadonlyArray<Plain>
  | { readonly [key: string]: Plain }

/**
 * An operator's part of a checkpoint. `groups` maps a key group to bytes in the operator's own versioned form; `items` is a list that is dealt
 * round-robin on restore (splits, committables); `union` goes whole to every subtask. All copies, owned by the receiver.
 */
export interface Snapshot {
  readonly groups?: ReadonlyMap<number, Uint8Array>
  readonly items?: ReadonlyArray<Plain>
  readonly union?: ReadonlyArray<Plain>
  /**
   * Given instead of `items` by an operator that goes on while what it cut off is made durable: called once, it calls `give` with the items when
   * they are known, perhaps at once. The task acknowledges the checkpoint only then. A failure goes by `context.fork`.
   */
  readonly later?: (give: (items: ReadonlyArray<Plain>) => void) => void
}

/** What a restore hands to one subtask: everything of the same state id that is now its own. */
export interface Restored {
  readonly checkpoint: number
  readonly groups: ReadonlyArray<{ readonly group: number; readonly bytes: Uint8Array }>
  readonly items: ReadonlyArray<Plain>
  readonly union: ReadonlyArray<Plain>
}

/** Which execution this is. */
export interface JobIdentity {
  /** `pipeline.name`, else the script's path. */
  readonly id: string
  /** New for every fresh start, kept by restarts and resumes. Safe in file names. */
  readonly run: string
  /** 1, 2, … within the run: rises with every restart and resume. */
  readonly attempt: number
}

/** Where an operator stands and whom it can tell. */
export interface OperatorContext {
  readonly name: string
  readonly job: JobIdentity
  readonly subtask: number
  readonly parallelism: number
  readonly groupsMax: number
  /** Key groups `[groupFrom, groupTo)` are this subtask's. */
  readonly groupFrom: number
  readonly groupTo: number
  readonly restored: Restored | undefined
  /** Wake the task: `step` is worth calling again. May be called from any callback, also after the end. */
  readonly notify: () => void
  /** The job fails (and restarts as its strategy says) with this fault. For failures that come outside a call. */
  readonly fail: (fault: AnyFault) => void
  /**
   * Run an effect in a fiber of the task's scope (it is interrupted when the task ends). `done` is called with its value, then the task is
   * notified; a failure fails the job. The way to anything that takes time.
   */
  readonly fork: <A>(effect: Effect.Effect<A, AnyFault>, done: (value: A) => void) => void
  readonly disk: Disk
  /** Count a thing under the operator's name. */
  readonly count: (metric: string, by: number) => void
  /** Epoch millis of the job's clock. Not for decisions that change results. */
  readonly nowMillis: () => number
}

/** One operator instance of one subtask. */
export interface Operator {
  open(context: OperatorContext): void
  push(element: Element, input: number): void
  step(): Element | Status
  /**
   * No rows follow on `input`: all its channels have given the watermark Infinity, or have ended. Called at most once per input, between elements, after `step` has said
   * done; gives nothing. A join frees state by it.
   */
  endInput?(input: number): void
  snapshot(): Snapshot | undefined
  /**
   * Checkpoint `checkpoint` is durable. Two-phase sinks commit here. May come between any two calls; `step` is then called until it says
   * done, as after a push, so a commit that takes time says waiting. A job ends only after that.
   */
  complete?(checkpoint: number): void
  /** Called once on every exit, also after a failure; must not throw. */
  close?(): void
}

/** Whether what `step` gave is an element. */
export function isElement(result: Element | Status): result is Element {
  return typeof result === "object"
}

/** Whether what `step` gave is a batch. */
export function isBatch(result: Element | Status): result is Batch {
  return typeof result === "object" && result.tag === 0
}
