/**
 * The dataflow of a job as data: nodes, edges, how rows are dealt. Both APIs make one; the runtime chains and runs it.
 * It knows no fiber. Functions in it (operator makers, hashers) come from a compiler or the user's module.
 */
import type { Batch } from "../batch/element.ts"
import type { Operator } from "../operator/operator.ts"
import type { Sink } from "../sink/sink.ts"
import type { Source, WatermarkStrategy } from "../source/source.ts"

/** How the rows of an edge are dealt over the receiving subtasks. */
export type Exchange =
  /** Subtask i to subtask i; both sides have one parallelism. Such an edge is chained when the receiver has one input. */
  | { readonly kind: "forward" }
  /** By key: `hash` writes a 32-bit key hash per row into `into`; subtask = key group × parallelism / groups. */
  | { readonly kind: "hash"; readonly hash: (batch: Batch, into: Int32Array) => void }
  /** Batch by batch, round robin. */
  | { readonly kind: "rebalance" }
  /** Every batch to every subtask. */
  | { readonly kind: "broadcast" }

/** An input of a node. */
export interface Edge {
  /** Id of the sending node. */
  readonly from: string
  /** The sender's output port: 0, or a side output. */
  readonly port: number
  readonly exchange: Exchange
}

/** What a source node does with each batch that its reader polls: compute, then watermark, then out. */
export interface SourceWork {
  readonly kind: "source"
  readonly source: Source
  /** Computed columns and event time; undefined result: no row left. */
  readonly compute: ((batch: Batch) => Batch | undefined) | undefined
  readonly watermark: WatermarkStrategy | undefined
  /**
   * Bad records that the last `poll` met: how many, and those for the dead-letter table as a batch, which leaves by port 1 in the same step of
   * the stream. Called right after every poll.
   */
  readonly badRecords:
    | (() => { readonly count: number; readonly letters: Batch | undefined })
    | undefined
}

/** What a node does. */
export type Work =
  | SourceWork
  | { readonly kind: "operator"; readonly make: () => Operator }
  | { readonly kind: "sink"; readonly sink: Sink }

/** One node. Inputs come before it in {@link Graph.nodes}. */
export interface GraphNode {
  /** The state id: a user's uid, or a digest of what the node computes and of its upstream. Unique in the graph. */
  readonly id: string
  /** For people: `flights[1]: scan`. */
  readonly name: string
  readonly parallelism: number
  readonly inputs: ReadonlyArray<Edge>
  readonly work: Work
  /** False keeps this node at the head of its own task. */
  readonly chainable?: boolean
}

/** A job's dataflow. */
export interface Graph {
  readonly nodes: ReadonlyArray<GraphNode>
  /** Number of key groups, the upper bound of parallelism. */
  readonly groupsMax: number
}
