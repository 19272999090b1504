/** Whether a changelog is one of insertions alone: then a batch needs no kinds. */
import { RowKind } from "../batch/element.ts"

/** Whether the first `count` kinds are all insertions. */
export function allInserts(kinds: ArrayLike<number>, count: number): boolean {
  for (let i = 0; i < count; i++) if (kinds[i] !== RowKind.insert) return false
  return true
}
