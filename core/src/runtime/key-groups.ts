/**
 * Which subtask owns which key groups. Subtask i of p owns a contiguous range; every group has one owner at any
 * parallelism, and `ownerOf` and the ranges agree.
 */

/** The key group of a 32-bit key hash: the hash as an unsigned number, modulo the groups. */
export function groupOf(hash: number, groupsMax: number): number {
  // Half of it first: a remainder of 31 bits is an integer instruction, one of 32 bits a call into the C library.
  const rest = ((hash >>> 1) % groupsMax) * 2 + (hash & 1)
  return rest >= groupsMax ? rest - groupsMax : rest
}

/** The subtask that owns `group`. */
export function ownerOf(group: number, parallelism: number, groupsMax: number): number {
  return Math.floor((group * parallelism) / groupsMax)
}

/** The first group of `subtask`; with `subtask + 1` the end of its range, exclusive. */
export function groupFrom(subtask: number, parallelism: number, groupsMax: number): number {
  return Math.ceil((subtask * groupsMax) / parallelism)
}
