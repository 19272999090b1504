/**
 * The model that the engine is compared with: a small dataflow and what it must give, computed without a fiber, a
 * channel or a checkpoint. Parallelism, capacity, schedule and crashes do not occur here, so they must not matter.
 */

/** What flows. `weight` is what counts have counted. */
export interface Row {
  readonly id: number
  readonly path: string
  readonly timeMillis: number
  readonly weight: number
}

/** What a node does with rows. */
export type Kind = "pass" | "drop" | "double" | "count" | "window" | "join"

/** A dataflow: sources first, then nodes whose inputs are indices of whatever comes before. */
export interface Spec {
  /** Per source, per split, the number of records. */
  readonly sources: ReadonlyArray<ReadonlyArray<number>>
  readonly nodes: ReadonlyArray<NodeSpec>
}

/** One node. Indices and kinds are taken modulo what there is, so any shrink stays a dataflow. */
export interface NodeSpec {
  readonly inputs: ReadonlyArray<number>
  readonly kind: number
}

/** A node as it is: its inputs resolved, its kind made tame where its output would explode. */
export interface ModelNode {
  readonly inputs: ReadonlyArray<number>
  readonly kind: Kind
}

/** A spec worked out: all nodes after the sources, and the rows that reach each end. */
export interface Model {
  readonly spec: Spec
  readonly nodes: ReadonlyArray<ModelNode>
  /** Indices (sources and nodes counted together) that nobody reads: they get a sink. */
  readonly ends: ReadonlyArray<number>
  /** The dead letters of each source. */
  readonly letters: ReadonlyArray<ReadonlyArray<Row>>
  /** What every index gives, as a bag. */
  readonly rows: ReadonlyArray<ReadonlyArray<Row>>
}

const kinds: ReadonlyArray<Kind> = ["pass", "drop", "double", "count", "window", "join"]
const rowsMax = 40
const keys = 5

/** Windows are so long. */
export const windowMillis = 40
/** Event time is at most so far behind the greatest seen. */
export const disorderMillis = 30
/** The time of rows that come at the end of all input. */
export const endMillis = 1_000_000

/** Whether a record is bad: it leaves its source as a dead letter. */
export function isBad(row: Row): boolean {
  return row.id % 4 === 1
}

/** The key of a row. */
export function keyOf(row: Pick<Row, "id">): number {
  return row.id % keys
}

/** The start of the window of a row. */
export function windowOf(row: Row): number {
  return Math.floor(row.timeMillis / windowMillis) * windowMillis
}

/** Record `sequence` of a split. Times are out of order, within the bound. */
export function record(source: number, split: number, sequence: number): Row {
  return {
    id: source * 10_000 + split * 1_000 + sequence,
    path: `${source}`,
    timeMillis: sequence * 10 + ((sequence * 7) % 3) * 8,
    weight: 1
  }
}

/** What a stateless node makes of a row. */
export function apply(kind: Kind, node: number, row: Row): ReadonlyArray<Row> {
  const moved = { ...row, path: `${row.path}>${node}` }
  if (kind === "drop") return row.id % 3 === 0 ? [] : [moved]
  if (kind === "double") return [moved, { ...moved, path: `${moved.path}'` }]
  return [moved]
}

/** The row that a count gives for a key at the end. */
export function counted(node: number, key: number, weight: number): Row {
  return { id: key, path: `count${node}`, timeMillis: endMillis, weight }
}

/** The row that a window gives when it closes. */
export function closed(node: number, key: number, start: number, weight: number): Row {
  return { id: key, path: `window${node}`, timeMillis: start + windowMillis - 1, weight }
}

/** The row of a matching pair. */
export function joined(node: number, left: Row, right: Row): Row {
  return {
    id: left.id,
    path: `(${left.path}|${right.id}${right.path})${node}`,
    timeMillis: Math.max(left.timeMillis, right.timeMillis),
    weight: left.weight + right.weight
  }
}

/** The text by which rows are compared. */
export function textOf(row: Row): string {
  return `${row.id} ${row.path} ${row.timeMillis} ${row.weight}`
}

/** Work out a spec; `given` says which kinds of nodes to take, where they were chosen for more rows than these. */
export function workOut(spec: Spec, given?: ReadonlyArray<Kind>): Model {
  const records = spec.sources.map((splits, source) =>
    splits.flatMap((count, split) =>
      Array.from({ length: count }, (_, sequence) => record(source, split, sequence))
    )
  )
  const letters = records.map((all) => all.filter(isBad))
  const rows: Array<ReadonlyArray<Row>> = records.map((all) => all.filter((row) => !isBad(row)))
  const nodes: Array<ModelNode> = []
  const read = new Set<number>()
  for (const { inputs, kind } of spec.nodes) {
    const node = rows.length
    const resolved = inputs.map((input) => input % node)
    for (const input of resolved) read.add(input)
    const bags = resolved.map((input) => rows[input]!)
    let tame = given?.[nodes.length] ?? kinds[kind % kinds.length]!
    let out = evaluate(tame, node, bags)
    if (out.length > rowsMax) out = evaluate(tame = "count", node, bags)
    nodes.push({ inputs: resolved, kind: tame })
    rows.push(out)
  }
  const ends = rows.flatMap((_, index) => read.has(index) ? [] : [index])
  return { spec, nodes, ends, letters, rows }
}

function evaluate(
  kind: Kind,
  node: number,
  inputs: ReadonlyArray<ReadonlyArray<Row>>
): ReadonlyArray<Row> {
  const all = inputs.flat()
  switch (kind) {
    case "count": {
      const totals = new Map<number, number>()
      for (const row of all) add(totals, keyOf(row), row.weight)
      return [...totals].map(([key, weight]) => counted(node, key, weight))
    }
    case "window": {
      const totals = new Map<number, number>()
      for (const row of all) add(totals, windowOf(row) * keys + keyOf(row), row.weight)
      return [...totals].map(([cell, weight]) =>
        closed(node, cell % keys, Math.floor(cell / keys), weight)
      )
    }
    case "join": {
      const left = inputs.filter((_, input) => input % 2 === 0).flat()
      const right = inputs.filter((_, input) => input % 2 === 1).flat()
      return left.flatMap((one) =>
        right.flatMap((other) => keyOf(one) === keyOf(other) ? [joined(node, one, other)] : [])
      )
    }
    default:
      return all.flatMap((row) => apply(kind, node, row))
  }
}

function add(totals: Map<number, number>, key: number, weight: number): void {
  totals.set(key, (totals.get(key) ?? 0) + weight)
}
