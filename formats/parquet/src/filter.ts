/**
 * Which row groups cannot hold a row that passes the filters, told by the statistics in the footer. A group is skipped only when
 * that is certain: an unknown function, type or statistic keeps it.
 */
import type { Expression, LogicalType } from "@millrace/core/internal"
import type { Chunk, FileNode, RowGroup } from "./footer.ts"
import { meaningOf } from "./leaf-type.ts"

type Type = LogicalType.LogicalType

/** Answers whether a group may hold matching rows. */
export type GroupTest = (group: RowGroup) => boolean

/** The test for conjuncts over the projected columns (`input.index` counts the projection). `shifted`: timestamps are converted by a zone. */
export function makeGroupTest(
  filters: ReadonlyArray<Expression>,
  physical: LogicalType.RowType,
  projection: ReadonlyArray<ReadonlyArray<number>>,
  root: FileNode,
  shifted: boolean
): GroupTest | undefined {
  const columns = projection.map((path) => findLeaf(root, physical, path))
  if (filters.length === 0) return undefined
  return (group) => !filters.some((filter) => neverTrue(filter, group, columns, shifted))
}

function findLeaf(
  root: FileNode,
  physical: LogicalType.RowType,
  path: ReadonlyArray<number>
): FileNode | undefined {
  if (path.length !== 1) return undefined
  const found = root.children.find((node) => node.name === physical[path[0]!]!.name)
  return found !== undefined && found.leaf >= 0 && found.rep === 0 ? found : undefined
}

const mirrored: Readonly<Record<string, string>> = {
  equals: "equals",
  lessThan: "greaterThan",
  lessThanOrEqual: "greaterThanOrEqual",
  greaterThan: "lessThan",
  greaterThanOrEqual: "lessThanOrEqual"
}

function neverTrue(
  filter: Expression,
  group: RowGroup,
  columns: ReadonlyArray<FileNode | undefined>,
  shifted: boolean
): boolean {
  if (filter.op !== "call") return false
  const args = filter.args
  if (filter.name === "and") return args.some((arg) => neverTrue(arg, group, columns, shifted))
  if (filter.name === "or") {
    return args.length > 0 && args.every((arg) => neverTrue(arg, group, columns, shifted))
  }
  const flip = mirrored[filter.name]
  if (flip === undefined || args.length !== 2) return false
  const [left, right] = args as [Expression, Expression]
  if (left.op === "input" && right.op === "literal") {
    return outside(filter.name, left, right, group, columns[left.index], shifted)
  }
  if (left.op === "literal" && right.op === "input") {
    return outside(flip, right, left, group, columns[right.index], shifted)
  }
  return false
}

type Input = Expression & { readonly op: "input" }
type Literal = Expression & { readonly op: "literal" }

function outside(
  name: string,
  input: Input,
  literal: Literal,
  group: RowGroup,
  node: FileNode | undefined,
  shifted: boolean
): boolean {
  if (node === undefined || typeof literal.value !== "string") return false
  const chunk = group.chunks[node.leaf]!
  if (chunk.statistics?.null_count === BigInt(chunk.values)) return true
  const range = rangeOf(chunk, node, input.type, shifted)
  const value = literalOf(literal, input.type)
  if (range === undefined || value === undefined) return false
  const [min, max, float] = range
  switch (name) {
    case "equals":
      return value < min || value > max
    case "lessThan":
      return min >= value
    case "lessThanOrEqual":
      return min > value
    // Statistics leave NaN out, and NaN may count as the greatest value: no certainty for floats.
    case "greaterThan":
      return !float && max <= value
    default:
      return !float && max < value
  }
}

type Range = readonly [min: number | bigint, max: number | bigint, float: boolean]

/** The bounds of a chunk in the unit of {@link literalOf}, or undefined when there are none to trust. */
function rangeOf(chunk: Chunk, node: FileNode, type: Type, shifted: boolean): Range | undefined {
  const statistics = chunk.statistics
  const min = statistics?.min_value ?? statistics?.min
  const max = statistics?.max_value ?? statistics?.max
  const meaning = meaningOf(node.element)
  switch (type.kind) {
    case "TINYINT":
    case "SMALLINT":
    case "INT":
    case "BIGINT":
    case "DATE": {
      if (
        meaning.kind !== "none" && meaning.kind !== "date" &&
        !(meaning.kind === "int" && meaning.signed)
      ) return undefined
      return whole(min) && whole(max) ? [BigInt(min), BigInt(max), false] : undefined
    }
    case "FLOAT":
    case "DOUBLE":
      if (typeof min !== "number" || typeof max !== "number") return undefined
      return Number.isNaN(min) || Number.isNaN(max) ? undefined : [min, max, true]
    case "TIMESTAMP":
    case "TIMESTAMP_LTZ": {
      if (meaning.kind !== "timestamp" || (type.kind === "TIMESTAMP" && meaning.utc && shifted)) {
        return undefined
      }
      if (typeof min !== "bigint" || typeof max !== "bigint") return undefined
      const nanos = meaning.unit === "MILLIS" ? 1000000n : meaning.unit === "MICROS" ? 1000n : 1n
      const step = 10n ** BigInt(9 - type.precision)
      return [floorTo(min * nanos, step), floorTo(max * nanos, step), false]
    }
    default:
      return undefined
  }
}

function whole(value: unknown): value is number | bigint {
  return typeof value === "bigint" || (typeof value === "number" && Number.isSafeInteger(value))
}

/** Reading truncates to the declared precision, so the bounds are truncated alike. */
function floorTo(value: bigint, step: bigint): bigint {
  const rest = value % step
  return value - (rest < 0n ? rest + step : rest)
}

function literalOf(literal: Literal, column: Type): number | bigint | undefined {
  const text = literal.value as string
  if (column.kind === "FLOAT" || column.kind === "DOUBLE") {
    if (!/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text)) return undefined
    const value = Number(text)
    // A FLOAT column compared with a FLOAT literal compares rounded values: only a literal that survives rounding is certain.
    return column.kind === "FLOAT" && Math.fround(value) !== value ? undefined : value
  }
  if (column.kind === "TIMESTAMP" || column.kind === "TIMESTAMP_LTZ") {
    if (literal.type.kind !== column.kind) return undefined
    const match = /^(-?\d+)(?:\.(\d{1,6}))?$/.exec(text)
    if (match === null) return undefined
    return BigInt(match[1]!) * 1000000n + BigInt((match[2] ?? "").padEnd(6, "0"))
  }
  if (column.kind === "DATE" && literal.type.kind !== "DATE") return undefined
  const integral = ["TINYINT", "SMALLINT", "INT", "BIGINT", "DATE"].includes(literal.type.kind)
  return integral && /^-?\d+$/.test(text) ? BigInt(text) : undefined
}
