/** Collects the nodes of a job as a program calls the DataStream API; each node gets a state id from what it computes and what is upstream. */
import type { Edge, Exchange, Graph, GraphNode, Work } from "../graph/graph.ts"
import { assert } from "../fault.ts"
import { encodeUtf8 } from "../batch/utf8.ts"
import { murmurBytes } from "../state/murmur.ts"

/** What may be said of a node beside what it does. */
export interface NodeOptions {
  /** The state id: keeps state when the program around the node changes. */
  readonly uid?: string
  /** For people. */
  readonly name?: string
  readonly parallelism?: number
}

/** A node to add. */
export interface NodeSpec {
  readonly kind: string
  readonly inputs: ReadonlyArray<
    { readonly from: string; readonly port?: number; readonly exchange: Exchange }
  >
  readonly work: Work
  readonly options: NodeOptions | undefined
}

/** The graph under construction. */
export class Flow {
  readonly parallelism: number
  private readonly nodes: Array<GraphNode> = []
  private readonly seen = new Map<string, number>()

  constructor(parallelism: number) {
    this.parallelism = parallelism
  }

  /** Add a node; answers its id. */
  add(spec: NodeSpec): string {
    const id = spec.options?.uid ?? this.digest(spec)
    assert(!this.nodes.some((node) => node.id === id), `uid "${id}" is used once`)
    const parallelism = spec.options?.parallelism ?? this.parallelismOf(spec)
    const inputs = spec.inputs.map(({ from, port, exchange }): Edge => ({
      from,
      port: port ?? 0,
      exchange: this.widths(from, parallelism, exchange)
    }))
    const name = spec.options?.name ?? spec.kind
    this.nodes.push({ id, name, parallelism, inputs, work: spec.work })
    return id
  }

  /** The finished graph. */
  graph(groupsMax: number): Graph {
    return { nodes: this.nodes, groupsMax }
  }

  /** Forward chains keep the width of what they follow. */
  private parallelismOf(spec: NodeSpec): number {
    const [first] = spec.inputs
    if (first === undefined || first.exchange.kind !== "forward") return this.parallelism
    return this.nodes.find((node) => node.id === first.from)!.parallelism
  }

  private widths(from: string, parallelism: number, exchange: Exchange): Exchange {
    const same = this.nodes.find((node) => node.id === from)!.parallelism === parallelism
    return exchange.kind === "forward" && !same ? { kind: "rebalance" } : exchange
  }

  private digest(spec: NodeSpec): string {
    const text = `${spec.kind}(${
      spec.inputs.map(({ from, port, exchange }) =>
        `${from}${port === undefined || port === 0 ? "" : `.${port}`}:${exchange.kind}`
      ).join(",")
    })`
    const bytes = encodeUtf8(text)
    const hex = (n: number) => (n >>> 0).toString(16).padStart(8, "0")
    const digest = hex(murmurBytes(bytes, 0, bytes.length)) +
      hex(murmurBytes(encodeUtf8(text + "#"), 0, bytes.length + 1))
    const times = this.seen.get(digest) ?? 0
    this.seen.set(digest, times + 1)
    return times === 0 ? digest : `${digest}-${times}`
  }
}
