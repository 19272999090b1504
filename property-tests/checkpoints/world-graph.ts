/** A model as a graph of the engine, laid out with some parallelism and exchanges that the results must not show. */
import type { Batch, Column, Edge, Exchange, Graph, GraphNode } from "./engine.ts"
import type { World } from "./engine.ts"
import type { Durable } from "./durable.ts"
import { disorderMillis, type Kind, type Model } from "./model.ts"
import { ModelOperator, type Trip } from "./model-operator.ts"
import { hashRows } from "./rows.ts"
import { worldSink } from "./world-sink.ts"
import { worldSourceWork } from "./world-source.ts"

/** Everything about a layout; numbers are taken modulo what there is. */
export interface Layout {
  /** Of sources and nodes by index, then of sinks. */
  readonly parallelism: ReadonlyArray<number>
  readonly exchanges: ReadonlyArray<number>
  /** Which nodes may be chained. */
  readonly chained: ReadonlyArray<boolean>
  /** Which sources find their splits late. */
  readonly late: ReadonlyArray<boolean>
}

const groupsMax = 8
const parallelismMax = 3

/** Build the graph. `trip` is called at every push of an operator. */
export function worldGraph(
  model: Model,
  layout: Layout,
  world: World,
  durable: Durable,
  trip: Trip
): Graph {
  const nodes: Array<GraphNode> = []
  const sourceCount = model.spec.sources.length
  const width = (index: number) => 1 + at(layout.parallelism, index, 0) % parallelismMax
  model.spec.sources.forEach((counts, index) => {
    const late = at(layout.late, index, false)
    nodes.push({
      id: `n${index}`,
      name: `source ${index}`,
      parallelism: width(index),
      inputs: [],
      work: worldSourceWork(index, counts, late, world, durable, reached)
    })
    const id = `l${index}`
    nodes.push({
      id,
      name: `letters ${index}`,
      parallelism: width(index),
      inputs: [{ from: `n${index}`, port: 1, exchange: { kind: "forward" } }],
      work: { kind: "sink", sink: worldSink(id, world, durable) },
      chainable: at(layout.chained, index, false)
    })
  })
  model.nodes.forEach(({ inputs, kind }, k) => {
    const index = sourceCount + k
    const parallelism = width(index)
    const edges = inputs.map((input, n): Edge => ({
      from: `n${input}`,
      port: 0,
      exchange: dealt(kind, at(layout.exchanges, index + n, 0), width(input) === parallelism)
    }))
    const make = () => new ModelOperator(index, kind, world, trip)
    nodes.push({
      id: `n${index}`,
      name: `${kind} ${index}`,
      parallelism,
      inputs: edges,
      work: { kind: "operator", make },
      chainable: at(layout.chained, index, false)
    })
  })
  for (const end of model.ends) {
    const id = `s${end}`
    const parallelism = width(nodes.length)
    const exchange = dealt(
      "pass",
      at(layout.exchanges, nodes.length, 0),
      width(end) === parallelism
    )
    nodes.push({
      id,
      name: `sink ${end}`,
      parallelism,
      inputs: [{ from: `n${end}`, port: 0, exchange }],
      work: { kind: "sink", sink: worldSink(id, world, durable) },
      chainable: at(layout.chained, nodes.length, false)
    })
  }
  return { nodes, groupsMax }
}

function at<A>(values: ReadonlyArray<A>, index: number, otherwise: A): A {
  return values.length === 0 ? otherwise : values[index % values.length]!
}

function dealt(kind: Kind, choice: number, sameWidth: boolean): Exchange {
  const hash: Exchange = { kind: "hash", hash: hashRows }
  if (kind === "count" || kind === "window" || kind === "join") return hash
  const exchanges: ReadonlyArray<Exchange> = [
    sameWidth ? { kind: "forward" } : { kind: "rebalance" },
    { kind: "rebalance" },
    hash
  ]
  return exchanges[choice % exchanges.length]!
}

function reached(batch: Batch): number {
  const { values } = batch.columns[2] as Column
  let greatest = -Infinity
  for (let i = 0; i < batch.rows; i++) greatest = Math.max(greatest, Number(values[i]))
  return greatest - disorderMillis
}
