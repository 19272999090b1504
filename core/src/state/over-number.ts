/** Numbers that OVER gives rows of a sorted partition: by place, by peers, by share. */
import { Column } from "../batch/column.ts"
import type { OverStretch } from "./over-frame.ts"

/** What is numbered. `percent_rank`, `cume_dist` and `ntile` need the whole partition. */
export type OverNumber =
  | "row_number"
  | "rank"
  | "dense_rank"
  | "percent_rank"
  | "cume_dist"
  | "ntile"

/** The numbers of the wanted rows. `peers` names for each row the first of its peers. */
export function overNumbers(
  name: OverNumber,
  buckets: number,
  peers: Int32Array,
  stretches: ReadonlyArray<OverStretch>
): Column {
  const count = stretches.reduce((sum, { from, to }) => sum + to - from, 0)
  const values = new Float64Array(count)
  let k = 0
  for (const stretch of stretches) k = fill(name, buckets, peers, stretch, values, k)
  if (name === "percent_rank" || name === "cume_dist") {
    return new Column({ layout: "f64", rows: count, values })
  }
  return name === "ntile"
    ? new Column({ layout: "i32", rows: count, values: Int32Array.from(values) })
    : new Column({ layout: "i64", rows: count, values })
}

function fill(
  name: OverNumber,
  buckets: number,
  peers: Int32Array,
  stretch: OverStretch,
  into: Float64Array,
  first: number
): number {
  const { start, end, from, to, before } = stretch
  if (name === "dense_rank") return fillDense(peers, stretch, into, first)
  const size = end - start
  let k = first
  let after = from
  for (let i = from; i < to; i++) {
    if (name === "row_number") into[k++] = before + i - start + 1
    else if (name === "rank") into[k++] = before + peers[i]! - start + 1
    else if (name === "percent_rank") into[k++] = size < 2 ? 0 : (peers[i]! - start) / (size - 1)
    else if (name === "ntile") into[k++] = bucketOf(i - start, size, buckets)
    else {
      if (after <= i) { for (after = i + 1; after < end && peers[after] === peers[i]; after++); }
      into[k++] = (after - start) / size
    }
  }
  return k
}

function fillDense(
  peers: Int32Array,
  { from, to, peersFrom, peerGroups }: OverStretch,
  into: Float64Array,
  first: number
): number {
  let groups = peerGroups
  let k = first
  for (let i = peersFrom; i < to; i++) {
    if (peers[i] === i) groups++
    if (i >= from) into[k++] = groups
  }
  return k
}

/** The first buckets have one row more when the rows do not divide. */
function bucketOf(row: number, size: number, buckets: number): number {
  const small = Math.floor(size / buckets)
  const larger = size % buckets
  const edge = larger * (small + 1)
  return row < edge
    ? Math.floor(row / (small + 1)) + 1
    : larger + Math.floor((row - edge) / small) + 1
}
