/**
 * Which nodes run together: the graph cut into tasks. A node is chained to its sender when it has one input and the edge
 * needs no dealing: it is forward, or both sides have one subtask.
 */
import type { Edge, Graph, GraphNode } from "../graph/graph.ts"
import { GraphFault } from "./job-fault.ts"

/** One task: a tree of nodes that run as one chain. */
export interface TaskPlan {
  /** The head's id. */
  readonly id: string
  /** For people: names joined by arrows. */
  readonly name: string
  readonly parallelism: number
  /** The head first, senders before receivers. */
  readonly nodes: ReadonlyArray<GraphNode>
}

/** A graph as tasks. `taskOf` answers the task of a node id. */
export interface JobPlan {
  readonly graph: Graph
  readonly tasks: ReadonlyArray<TaskPlan>
  readonly taskOf: ReadonlyMap<string, TaskPlan>
}

/** Whether `node` runs in the chain of `sender`. */
export function isChained(node: GraphNode, sender: GraphNode): boolean {
  if (node.inputs.length !== 1 || node.chainable === false) return false
  if (node.parallelism !== sender.parallelism) return false
  return node.inputs[0]!.exchange.kind === "forward" || node.parallelism === 1
}

/** Cut `graph` into tasks. Throws {@link GraphFault} on a graph that breaks its laws. */
export function plan(graph: Graph): JobPlan {
  const nodes = new Map<string, GraphNode>()
  const heads = new Map<string, string>()
  const members = new Map<string, Array<GraphNode>>()
  for (const node of graph.nodes) {
    check(graph, node, nodes)
    nodes.set(node.id, node)
    const sender = node.inputs.length === 1 ? nodes.get(node.inputs[0]!.from) : undefined
    const head = sender !== undefined && isChained(node, sender) ? heads.get(sender.id)! : node.id
    heads.set(node.id, head)
    if (head === node.id) members.set(head, [])
    members.get(head)!.push(node)
  }
  const tasks: Array<TaskPlan> = []
  const taskOf = new Map<string, TaskPlan>()
  for (const [id, chained] of members) {
    const name = chained.map((node) => node.name).join(" -> ")
    const task: TaskPlan = { id, name, parallelism: chained[0]!.parallelism, nodes: chained }
    tasks.push(task)
    for (const node of chained) taskOf.set(node.id, task)
  }
  return { graph, tasks, taskOf }
}

function check(graph: Graph, node: GraphNode, before: ReadonlyMap<string, GraphNode>): void {
  const refuse = (reason: string): never => {
    throw new GraphFault({ node: node.name, reason })
  }
  if (before.has(node.id)) {
    refuse(
      `its state id "${node.id}" is also that of "${before.get(node.id)!.name}"; give it a uid`
    )
  }
  if (node.parallelism < 1 || node.parallelism > graph.groupsMax) {
    refuse(`its parallelism is ${node.parallelism}, wanted 1 to ${graph.groupsMax}`)
  }
  if ((node.work.kind === "source") !== (node.inputs.length === 0)) {
    refuse(
      `it has ${node.inputs.length} inputs, wanted ${node.work.kind === "source" ? 0 : "1 or more"}`
    )
  }
  for (const edge of node.inputs) checkEdge(node, edge, before, refuse)
}

function checkEdge(
  node: GraphNode,
  edge: Edge,
  before: ReadonlyMap<string, GraphNode>,
  refuse: (reason: string) => never
): void {
  const sender = before.get(edge.from)
  if (sender === undefined) return refuse(`its input "${edge.from}" does not come before it`)
  if (edge.exchange.kind === "forward" && sender.parallelism !== node.parallelism) {
    refuse(`a forward edge joins parallelism ${sender.parallelism} to ${node.parallelism}`)
  }
}
