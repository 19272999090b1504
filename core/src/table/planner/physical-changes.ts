/** What each operator makes of changed rows: which changes it gives for those it gets, and which it cannot take. */
import type { Changes } from "./draft.ts"
import { insertsOnly } from "./draft.ts"
import type { JoinType, RelationWork } from "./relation.ts"

/** Whether there is anything but inserts. */
export function isUpdating(changes: Changes): boolean {
  return changes.updates || changes.deletes
}

/** The changes that an operator gives. */
export function changesOf(work: RelationWork, inputs: ReadonlyArray<Changes>): Changes {
  const all: Changes = {
    updates: inputs.some((changes) => changes.updates),
    deletes: inputs.some((changes) => changes.deletes)
  }
  switch (work.kind) {
    case "aggregate":
      if (work.window !== undefined) return insertsOnly
      return { updates: true, deletes: isUpdating(all) }
    case "set-operation":
      return { updates: false, deletes: isUpdating(all) || work.operation === "except" }
    case "join":
      if (work.windowEnd !== undefined && !isUpdating(all)) return insertsOnly
      if (work.interval !== undefined) return insertsOnly
      if (work.temporal !== undefined) return inputs[0]!
      return joinChanges(work.type, inputs, all)
    default:
      return all
  }
}

/** A row that found no partner is taken back when one comes. */
function joinChanges(type: JoinType, inputs: ReadonlyArray<Changes>, all: Changes): Changes {
  switch (type) {
    case "inner":
      return all
    case "semi":
      return { updates: inputs[0]!.updates, deletes: inputs[0]!.deletes || isUpdating(inputs[1]!) }
    case "anti":
      return { updates: inputs[0]!.updates, deletes: true }
    default:
      return { updates: all.updates, deletes: true }
  }
}

/** Whether the operator takes inserts only. */
export function takesInsertsOnly(work: RelationWork): boolean {
  return work.kind === "processing-time" ||
    (work.kind === "join" && work.interval !== undefined)
}
