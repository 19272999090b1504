/**
 * Which subtask owns which key groups. Subtask i of p owns a contiguous range; every group has one owner at any
 * parallelism, and `ownerOf` and the ranges agree.
 */

/** The key group of a 32-bit key hash. */
export function groupOf(hash: number, groupsMax: number): number {
  return (hash >>> 0) % groupsMax
}

/** The subtask that owns `group`. */
export function ownerOf(group: number, parallelism: number, groupsMax: number): number {
  return Math.floor((group * parallelism) / groupsMax)
}

/** The first group of `subtask`; with `subtask + 1` the end of its range, exclusive. */
export function groupFrom(subtask: number, parallelism: number, groupsMax: number): number {
  return Math.ceil((subtask * groupsMax) / parallelism)
}
