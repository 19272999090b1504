/** Row numbers with an upper bound become a rank, which keeps only so many rows; within a window, one that closes with it. */
import type { Expression } from "../../expression.ts"
import { allOf, conjunctsOf } from "../expression-tree.ts"
import { groupedWindow } from "../make-aggregate.ts"
import { isKind, type Relation } from "../relation.ts"
import type { Rule, RuleContext } from "../rule.ts"

interface Bounds {
  from: number
  to: number
}

function makeRank(relation: Relation, { pool }: RuleContext): Relation | undefined {
  if (!isKind(relation, "filter")) return undefined
  const below = relation.inputs[0]!
  if (!isKind(below, "number") || below.work.name !== "row_number") return undefined
  const source = below.inputs[0]!
  const column = source.columns.length
  const bounds: Bounds = { from: 1, to: Infinity }
  const kept = conjunctsOf(relation.work.condition).filter((conjunct) =>
    !narrow(conjunct, column, bounds)
  )
  if (bounds.to === Infinity || bounds.to < bounds.from) return undefined
  const { partition, order } = below.work
  const window = groupedWindow(source, partition)
  const windowEnd = window &&
    partition.find((key) =>
      source.columns[key]!.window?.id === window.id &&
      source.columns[key]!.window!.property === "window_end"
    )
  // Sessions that end together may begin apart: their start tells them apart as a key does.
  const others = window === undefined ? partition : partition.filter((key) => {
    const column = source.columns[key]!.window
    return column?.id !== window.id ||
      (window.window.kind === "session" && column.property === "window_start")
  })
  const rank = pool.make(
    {
      kind: "rank",
      partition: [...new Set(others)],
      order,
      from: bounds.from,
      to: bounds.to,
      windowEnd,
      withRank: true,
      latest: below.work.latest && bounds.from === 1 && bounds.to === 1
    },
    [source]
  )
  return pool.filter(rank, allOf(kept))
}

const flipped: Readonly<Record<string, string>> = {
  equals: "equals",
  lessThan: "greaterThan",
  lessThanOrEqual: "greaterThanOrEqual",
  greaterThan: "lessThan",
  greaterThanOrEqual: "lessThanOrEqual"
}

/** Take a bound out of a comparison of the row number with a constant; false when it is something else. */
function narrow(conjunct: Expression, column: number, bounds: Bounds): boolean {
  if (
    conjunct.op !== "call" || conjunct.args.length !== 2 || !Object.hasOwn(flipped, conjunct.name)
  ) return false
  const [a, b] = conjunct.args.map(bare) as [Expression, Expression]
  const isNumber = (side: Expression): boolean => side.op === "input" && side.index === column
  const [name, constant] = isNumber(a)
    ? [conjunct.name, b]
    : isNumber(b)
    ? [flipped[conjunct.name]!, a]
    : ["", a]
  if (name === "" || constant.op !== "literal" || typeof constant.value !== "string") return false
  const value = Number(constant.value)
  if (!Number.isFinite(value)) return false
  const above = name === "lessThan" ? Math.ceil(value) - 1 : Math.floor(value)
  const under = name === "greaterThan" ? Math.floor(value) + 1 : Math.ceil(value)
  if (name.startsWith("less") || name === "equals") bounds.to = Math.min(bounds.to, above)
  if (name.startsWith("greater") || name === "equals") bounds.from = Math.max(bounds.from, under)
  return true
}

/** The expression below casts, which keep the order of numbers. */
function bare(expression: Expression): Expression {
  return expression.op === "cast" && !expression.try ? bare(expression.of) : expression
}

/** Filter over row numbers. */
export const rankRule: Rule = { name: "rank", kind: "filter", apply: makeRank }
