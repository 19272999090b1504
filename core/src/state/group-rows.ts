/** Sorts row numbers by key group: the first step of every snapshot of keyed state. */
import { keyGroup } from "./key-group.ts"

/** The rows of one key group, ascending. */
export interface GroupRows {
  readonly group: number
  readonly rows: Int32Array
}

/** Rows 0 … `count` − 1 by the key group of their hash; groups ascending, empty ones left out. Cost: linear. */
export function groupRows(
  hashes: Int32Array,
  count: number,
  groupsMax: number
): ReadonlyArray<GroupRows> {
  const ends = new Int32Array(groupsMax + 1)
  for (let i = 0; i < count; i++) ends[keyGroup(hashes[i]!, groupsMax) + 1]!++
  for (let g = 0; g < groupsMax; g++) ends[g + 1]! += ends[g]!
  const next = ends.slice(0, groupsMax)
  const rows = new Int32Array(count)
  for (let i = 0; i < count; i++) rows[next[keyGroup(hashes[i]!, groupsMax)]!++] = i
  const groups: Array<GroupRows> = []
  for (let g = 0; g < groupsMax; g++) {
    if (ends[g]! < ends[g + 1]!) {
      groups.push({ group: g, rows: rows.subarray(ends[g], ends[g + 1]) })
    }
  }
  return groups
}
