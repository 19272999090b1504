/**
 * K4, order: rows of one split that came the same way are committed in the order in which they were read, wherever every edge of that way
 * keeps it: all rows on forward edges and into a single subtask, rows of one key on hash edges, none on a rebalance. Layouts change
 * from process to process, so an edge counts for the least that it kept in any of them.
 */
import { Breach, type Durable } from "./durable.ts"
import type { Edge, Graph } from "./engine.ts"
import { keyOf } from "./model.ts"

const recordsPerSplit = 1_000

/** What an edge keeps the order of. */
const Kept = { none: 0, keys: 1, all: 2 } as const
type Kept = typeof Kept[keyof typeof Kept]

/** What the layouts of one history do to order. */
export class Order {
  /** By `from>to`. */
  private readonly edges: Map<string, Kept> = new Map()
  /** Pairs of neighbours that were compared. */
  compared = 0

  /** A process runs with this graph. */
  note(graph: Graph): void {
    for (const { id, inputs, parallelism } of graph.nodes) {
      const seen = new Set<string>()
      for (const { exchange, from } of inputs) {
        const edge = `${from}>${id}`
        // A node that is read twice gives each row twice, by two channels.
        const kept = seen.has(edge) ? Kept.none : keptBy(exchange, parallelism)
        seen.add(edge)
        this.edges.set(edge, Math.min(kept, this.edges.get(edge) ?? Kept.all) as Kept)
      }
    }
  }

  /** Throws a {@link Breach} when rows are out of order. */
  check(durable: Durable): void {
    const entries = [...durable.committed.values()].sort((a, b) => a.checkpoint - b.checkpoint)
    const last = new Map<string, number>()
    for (const { rows, sink } of entries) {
      for (const { id, path } of rows) {
        const kept = this.keeps(path, sink)
        if (kept === Kept.none) continue
        const key = kept === Kept.keys ? keyOf({ id }) : "all"
        const way = `${sink} ${path} ${Math.floor(id / recordsPerSplit)} ${key}`
        const before = last.get(way)
        if (before !== undefined) {
          this.compared++
          if (before >= id) throw new Breach(`K4, order: "${way}" gives ${id} after ${before}`)
        }
        last.set(way, id)
      }
    }
  }

  /** What the edges of a way keep. Ways through counts, windows and joins are no list of nodes. */
  private keeps(path: string, sink: string): Kept {
    if (!/^\d+(>\d+'?)*$/.test(path)) return Kept.none
    const nodes = path.split(">").map((node) => `n${parseInt(node, 10)}`)
    let kept: Kept = Kept.all
    for (const [i, to] of [...nodes.slice(1), sink].entries()) {
      kept = Math.min(kept, this.edges.get(`${nodes[i]}>${to}`)!) as Kept
    }
    return kept
  }
}

function keptBy(exchange: Edge["exchange"], parallelism: number): Kept {
  if (exchange.kind === "forward" || parallelism === 1) return Kept.all
  return exchange.kind === "hash" ? Kept.keys : Kept.none
}
