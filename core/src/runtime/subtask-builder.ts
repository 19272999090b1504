/**
 * Makes the subtasks of an attempt: operators from nodes, a mailbox with a lane per channel, outputs over the lanes of the
 * receivers. Nothing runs yet.
 */
import * as Cause from "effect/Cause"
import { Lane } from "../actor/lane.ts"
import { Mailbox } from "../actor/mailbox.ts"
import type { Edge, GraphNode } from "../graph/graph.ts"
import type { Operator, OperatorContext, Plain } from "../operator/operator.ts"
import { SubtaskMetrics } from "../observe/subtask-metrics.ts"
import { Rendezvous } from "../sink/rendezvous.ts"
import { SinkOperator } from "../sink/sink-operator.ts"
import { SourceOperator } from "../source/source-operator.ts"
import { fromPlain } from "../time/split-watermarks.ts"
import { Link, Stage } from "./chain.ts"
import { Channel } from "./channel.ts"
import { type AttemptParts, faultAt, forker, type Ground, placing } from "./ground.ts"
import { groupFrom } from "./key-groups.ts"
import { Output } from "./output.ts"
import { gateId } from "./restore.ts"
import { Subtask } from "./subtask.ts"
import type { TaskPlan } from "./task-plan.ts"

/** A subtask and what its operators are opened with, in the order of its stages. */
export interface Built {
  readonly subtask: Subtask
  readonly contexts: ReadonlyArray<OperatorContext>
}

/** A subtask before its outputs are known. */
interface Draft {
  readonly task: TaskPlan
  readonly index: number
  readonly member: number
  readonly mailbox: Mailbox
  readonly inputs: Array<number>
  readonly stages: ReadonlyArray<Stage>
  readonly source: SourceOperator | undefined
  readonly metrics: SubtaskMetrics
}

/** All subtasks of the plan, task by task. */
export function build(parts: AttemptParts, ground: Ground): ReadonlyArray<Built> {
  const meetings = new Map<string, Rendezvous>()
  for (const { id, parallelism, work } of parts.plan.graph.nodes) {
    if (work.kind === "sink") meetings.set(id, new Rendezvous(parallelism))
  }
  const drafts = new Map<string, Array<Draft>>()
  let member = 0
  for (const task of parts.plan.tasks) {
    const own: Array<Draft> = []
    for (let index = 0; index < task.parallelism; index++) {
      own.push(draft(parts, ground, task, index, member++, meetings))
    }
    drafts.set(task.id, own)
  }
  for (const task of parts.plan.tasks) wire(parts, ground, task, drafts)
  return [...drafts.values()].flat().map((one) => finish(parts, ground, one))
}

function draft(
  parts: AttemptParts,
  ground: Ground,
  task: TaskPlan,
  index: number,
  member: number,
  meetings: ReadonlyMap<string, Rendezvous>
): Draft {
  const hasSink = task.nodes.some((node) => node.work.kind === "sink")
  const metrics = new SubtaskMetrics(task.name, index, hasSink)
  const stages = task.nodes.map((node) => {
    const operator = placing(
      parts,
      node.name,
      index,
      () => makeOperator(node, ground, member, metrics, meetings)
    )
    return new Stage(
      node.id,
      node.name,
      operator,
      parts.keepsState || node.work.kind !== "operator"
    )
  })
  const head = stages[0]!.operator
  const source = head instanceof SourceOperator ? head : undefined
  return { task, index, member, mailbox: new Mailbox(), inputs: [], stages, source, metrics }
}

function makeOperator(
  node: GraphNode,
  ground: Ground,
  member: number,
  metrics: SubtaskMetrics,
  meetings: ReadonlyMap<string, Rendezvous>
): Operator {
  switch (node.work.kind) {
    case "source":
      return new SourceOperator(
        node.work,
        {
          request: () => ground.tell({ _tag: "Requested", member }),
          exhausted: () => ground.tell({ _tag: "Exhausted", member })
        },
        metrics,
        ground.monotonicMillis
      )
    case "operator":
      return node.work.make()
    case "sink":
      return new SinkOperator(
        node.work.sink,
        metrics,
        meetings.get(node.id)!,
        ground.decisions.reach
      )
  }
}

/** Links within the task, and lanes from the senders of its head. */
function wire(
  parts: AttemptParts,
  ground: Ground,
  task: TaskPlan,
  drafts: ReadonlyMap<string, ReadonlyArray<Draft>>
): void {
  const own = drafts.get(task.id)!
  for (const node of task.nodes.slice(1)) {
    const edge = node.inputs[0]!
    for (const { stages } of own) {
      const sender = stages.find(({ id }) => id === edge.from)!
      const target = stages.find(({ id }) => id === node.id)!
      sender.links.push(new Link(edge.port, target, undefined))
    }
  }
  task.nodes[0]!.inputs.forEach((edge, input) => {
    for (const sender of drafts.get(parts.plan.taskOf.get(edge.from)!.id)!) {
      connect(parts, ground, edge, input, sender, own)
    }
  })
}

/** The channels of one edge from one sending subtask. */
function connect(
  parts: AttemptParts,
  ground: Ground,
  edge: Edge,
  input: number,
  sender: Draft,
  receivers: ReadonlyArray<Draft>
): void {
  const own = edge.exchange.kind === "forward" ? [receivers[sender.index]!] : receivers
  const channels = own.map(({ inputs, mailbox }) => {
    const lane = new Lane(parts.channelCapacity, sender.mailbox.signal, mailbox.signal)
    mailbox.lanes.push(lane)
    inputs.push(input)
    return new Channel(lane)
  })
  const output = new Output({
    exchange: edge.exchange,
    channels,
    groupsMax: parts.plan.graph.groupsMax,
    decisions: ground.decisions
  })
  const stage = sender.stages.find(({ id }) => id === edge.from)!
  stage.links.push(new Link(edge.port, undefined, output))
}

function finish(parts: AttemptParts, ground: Ground, one: Draft): Built {
  const { index, inputs, mailbox, member, metrics, source, stages, task } = one
  const subtask = new Subtask({
    task: task.id,
    index,
    attempt: parts.attempt,
    mailbox,
    inputs: Int32Array.from(inputs),
    stages,
    source,
    metrics,
    decisions: ground.decisions,
    bufferTimeoutMillis: parts.bufferTimeoutMillis,
    monotonicMillis: ground.monotonicMillis,
    restoredWatermark: restoredWatermark(parts, task, index),
    restoredCheckpoint: parts.restoredCheckpoint,
    voice: {
      acknowledge: (checkpoint, snapshots) =>
        ground.tell({ _tag: "Acknowledged", member, checkpoint, snapshots })
    }
  })
  const contexts = task.nodes.map((node, k) => contextOf(parts, ground, node, subtask, stages[k]!))
  return { subtask, contexts }
}

function contextOf(
  parts: AttemptParts,
  ground: Ground,
  node: GraphNode,
  subtask: Subtask,
  stage: Stage
): OperatorContext {
  const { groupsMax } = parts.plan.graph
  const { index, metrics } = subtask
  const failed = (cause: Cause.Cause<unknown>) =>
    ground.tell({ _tag: "Failed", cause: Cause.fail(faultAt(parts, cause, node.name, index)) })
  const notify = () => {
    subtask.chain.wake(stage)
    subtask.mailbox.signal.notify()
  }
  return {
    name: node.name,
    job: ground.identity,
    subtask: index,
    parallelism: node.parallelism,
    groupsMax,
    groupFrom: groupFrom(index, node.parallelism, groupsMax),
    groupTo: groupFrom(index + 1, node.parallelism, groupsMax),
    restored: parts.restore.of(node.id, index, node.parallelism),
    notify,
    fail: (reason) => failed(Cause.fail(reason)),
    fork: forker(ground, failed, notify),
    disk: ground.disk,
    count: (metric, by) => metrics.count(`${node.name}: ${metric}`, by),
    nowMillis: ground.nowMillis
  }
}

/** The merged watermark to go on with: this subtask's own, or the least of all when the parallelism is another. */
function restoredWatermark(parts: AttemptParts, task: TaskPlan, index: number): number {
  const told =
    (parts.restore.of(gateId(task.id), index, task.parallelism)?.union ?? []) as ReadonlyArray<
      { readonly subtask: number; readonly told: Plain }
    >
  if (told.length === 0) return -Infinity
  const own = told.length === task.parallelism
    ? told.find((entry) => entry.subtask === index)
    : undefined
  if (own !== undefined) return fromPlain(own.told)
  return told.reduce((least, entry) => Math.min(least, fromPlain(entry.told)), Infinity)
}
