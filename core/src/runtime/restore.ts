/**
 * What a restored checkpoint hands to each subtask. Key groups go to their owner at the new parallelism; items stay with
 * their subtask while the parallelism is what it was and are dealt round robin otherwise; unions go to all.
 */
import type { CheckpointState } from "../checkpoint/store.ts"
import type { Graph } from "../graph/graph.ts"
import type { Plain, Restored, Snapshot } from "../operator/operator.ts"
import { groupFrom } from "./key-groups.ts"
import { RestoreFault } from "./job-fault.ts"

const gateMark = "/watermark"

/** The state id under which the merged watermark of a task is kept, by the id of its head. */
export function gateId(head: string): string {
  return `${head}${gateMark}`
}

/** A checkpoint, arranged by state id. */
export class RestorePlan {
  private readonly state: CheckpointState | undefined
  private readonly byId: Map<string, Array<{ subtask: number; snapshot: Snapshot }>> = new Map()

  constructor(state: CheckpointState | undefined) {
    this.state = state
    for (const { operators, subtask } of state?.subtasks ?? []) {
      for (const [id, snapshot] of operators) {
        const entries = this.byId.get(id)
        if (entries === undefined) this.byId.set(id, [{ subtask, snapshot }])
        else entries.push({ subtask, snapshot })
      }
    }
    for (const entries of this.byId.values()) entries.sort((a, b) => a.subtask - b.subtask)
  }

  /** Refuse a checkpoint that holds state which no node of `graph` claims. */
  check(graph: Graph, allowUnclaimed: boolean): void {
    const { state } = this
    if (state === undefined) return
    const fail = (reason: string): never => {
      throw new RestoreFault({ checkpoint: state.checkpoint, reason })
    }
    if (state.groupsMax !== graph.groupsMax) {
      fail(
        `it was made with ${state.groupsMax} key groups and the job has ${graph.groupsMax}; set "pipeline.max-parallelism" to ${state.groupsMax}`
      )
    }
    const claimed = new Set(graph.nodes.flatMap((node) => [node.id, gateId(node.id)]))
    const left = [...this.byId.keys(), ...state.enumerators.keys()]
      .filter((id) => !claimed.has(id) && !id.endsWith(gateMark))
    if (left.length === 0 || allowUnclaimed) return
    const names = [...new Set(left)].map((id) => `"${state.names.get(id) ?? id}"`).join(", ")
    fail(
      `it holds state of ${names}, which the job no longer has; set "execution.state-recovery.ignore-unclaimed-state" to true to drop it, or start without resuming`
    )
  }

  /** What subtask `subtask` of `parallelism` gets for state id `id`; undefined when nothing is restored. */
  of(id: string, subtask: number, parallelism: number): Restored | undefined {
    const { state } = this
    if (state === undefined) return undefined
    const entries = this.byId.get(id)
    // A node that the checkpoint does not know starts empty.
    if (entries === undefined) return undefined
    const from = groupFrom(subtask, parallelism, state.groupsMax)
    const to = groupFrom(subtask + 1, parallelism, state.groupsMax)
    const groups: Array<{ group: number; bytes: Uint8Array }> = []
    const items: Array<Plain> = []
    const union: Array<Plain> = []
    const same = entries.length === parallelism
    let dealt = 0
    for (const { snapshot, subtask: owner } of entries) {
      for (const [group, bytes] of snapshot.groups ?? []) {
        if (group >= from && group < to) groups.push({ group, bytes })
      }
      for (const item of snapshot.items ?? []) {
        if ((same ? owner : dealt++ % parallelism) === subtask) items.push(item)
      }
      union.push(...(snapshot.union ?? []))
    }
    return { checkpoint: state.checkpoint, groups, items, union }
  }

  /** What the enumerator of source `id` gave. */
  enumerator(id: string): Plain {
    return this.state?.enumerators.get(id)
  }
}
