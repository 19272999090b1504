/** From nodes to the plan: numbers, state ids, and which nodes must also give the row as it was before an update. */
import type { RowType } from "../../type/logical-type.ts"
import type { Changelog, PlanNode } from "../plan.ts"
import { uniqueNames } from "./bind-select.ts"
import type { Draft } from "./draft.ts"

/** The nodes below the roots as those of a plan. `takesBefore` says whether a sink's table wants −U rows. */
export function assemble(
  roots: ReadonlyArray<Draft>,
  takesBefore: (table: string) => boolean
): ReadonlyArray<PlanNode> {
  const ordered = inputsFirst(roots)
  const ids = new Map(ordered.map((draft, id) => [draft, id] as const))
  const before = wantsBefore(ordered, takesBefore)
  const used = new Map<string, number>()
  return ordered.map((draft, id): PlanNode => ({
    id,
    uid: uniqueId(draft.identity, used),
    name: draft.name,
    inputs: draft.inputs.map((from) => ({ node: ids.get(from.draft)!, exchange: from.exchange })),
    schema: schemaOf(draft),
    changelog: changelogOf(draft, before.has(draft)),
    parallelism: draft.parallelism,
    work: draft.work
  }))
}

function inputsFirst(roots: ReadonlyArray<Draft>): ReadonlyArray<Draft> {
  const seen = new Set<Draft>()
  const ordered: Array<Draft> = []
  const visit = (draft: Draft): void => {
    if (seen.has(draft)) return
    seen.add(draft)
    draft.inputs.forEach((from) => visit(from.draft))
    ordered.push(draft)
  }
  roots.forEach(visit)
  return ordered
}

function wantsBefore(
  ordered: ReadonlyArray<Draft>,
  takesBefore: (table: string) => boolean
): ReadonlySet<Draft> {
  const wanted = new Set<Draft>()
  for (let at = ordered.length - 1; at >= 0; at--) {
    const draft = ordered[at]!
    const asks = asksBefore(draft, wanted.has(draft), takesBefore)
    if (asks) { for (const from of draft.inputs) wanted.add(from.draft) }
  }
  return wanted
}

/** State is corrected by the old row; a filter must see it, as the new one may not pass. */
function asksBefore(
  draft: Draft,
  asked: boolean,
  takesBefore: (table: string) => boolean
): boolean {
  switch (draft.work.kind) {
    case "sink":
      return takesBefore(draft.work.table)
    case "calc":
      return asked || draft.work.condition !== undefined
    case "changelog-normalize":
      return false
    case "expand":
    case "union":
      return asked
    default:
      return true
  }
}

function changelogOf({ changes }: Draft, before: boolean): Changelog {
  return {
    insert: true,
    updateBefore: changes.updates && before,
    updateAfter: changes.updates,
    delete: changes.deletes
  }
}

function schemaOf(draft: Draft): RowType {
  const names = uniqueNames(draft.columns.map((column) => column.name))
  return draft.columns.map((column, at) => ({ name: names[at]!, type: column.type }))
}

/** Equal nodes of one job, such as two sinks of one query into one table, are told apart by their order. */
function uniqueId(identity: string, used: Map<string, number>): string {
  const count = (used.get(identity) ?? 0) + 1
  used.set(identity, count)
  return count === 1 ? identity : `${identity}-${count}`
}
