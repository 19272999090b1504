/**
 * Nested values from levels: lists, maps and rows of one row group as columns over child columns. A *slot* of a node is a place
 * where it can stand: an entry of a leaf's levels with a repetition level not above the context's and a definition level that
 * reaches the item around it.
 */
import { Column, Damage, gather, type LogicalType } from "@millrace/core/internal"
import type { NodePlan } from "./column-plan.ts"
import type { LeafPage } from "./leaf-pages.ts"
import { join, spread, trimmed } from "./vector.ts"

/** All of a leaf in one row group. */
export interface LeafData {
  readonly count: number
  readonly defs: Uint8Array | undefined
  readonly reps: Uint8Array | undefined
  readonly values: Column
}

/** The pages of a leaf, joined. `layout` is that of an empty column when there are no pages. */
export function joinPages(
  pages: ReadonlyArray<LeafPage>,
  def: number,
  layout: LogicalType.Layout
): LeafData {
  const count = pages.reduce((sum, page) => sum + page.count, 0)
  const repeats = pages.some((page) => page.reps !== undefined)
  const partial = pages.some((page) => page.defs !== undefined)
  return {
    count,
    defs: partial ? joinLevels(pages, count, (page) => page.defs, def) : undefined,
    reps: repeats ? joinLevels(pages, count, (page) => page.reps, 0) : undefined,
    values: pages.length === 0
      ? emptyColumn(layout)
      : join(pages.map((page) => page.take(page.present)))
  }
}

function emptyColumn(layout: LogicalType.Layout): Column {
  return new Column({
    layout,
    rows: 0,
    values: layout === "i64" ? new Float64Array(0) : new Int32Array(0)
  })
}

function joinLevels(
  pages: ReadonlyArray<LeafPage>,
  count: number,
  of: (page: LeafPage) => Uint8Array | undefined,
  fill: number
): Uint8Array {
  const out = new Uint8Array(count)
  let at = 0
  for (const page of pages) {
    const levels = of(page)
    if (levels === undefined) out.fill(fill, at, at + page.count)
    else out.set(levels, at)
    at += page.count
  }
  return out
}

/** Where slots stand: at most `rep` repetitions deep, at least at definition level `def`. */
interface Context {
  readonly rep: number
  readonly def: number
}

/** The column of `plan` from the leaves' data, taken in order by `next`. Throws {@link Damage} when leaves disagree. */
export function assemble(plan: NodePlan, leaves: ReadonlyArray<LeafData>): Column {
  const cursor = { at: 0 }
  return build(plan, leaves, cursor, { rep: 0, def: 0 })
}

function build(
  plan: NodePlan,
  leaves: ReadonlyArray<LeafData>,
  cursor: { at: number },
  context: Context
): Column {
  switch (plan.kind) {
    case "leaf":
      return buildLeaf(leaves[cursor.at++]!, plan.node.def, context)
    case "row": {
      const nulls = nullsAt(leaves[cursor.at]!, plan.def, context)
      const children = plan.children.map((child) => build(child, leaves, cursor, context))
      const rows = nulls.length
      if (children.some((child) => child.rows !== rows)) {
        throw new Damage("the fields of a row differ in number")
      }
      return new Column({ layout: "row", rows, nulls: withNull(nulls), children })
    }
    case "list": {
      const shape = shapeAt(leaves[cursor.at]!, plan.def, plan.itemDef, context)
      const item = build(plan.item, leaves, cursor, { rep: context.rep + 1, def: plan.itemDef })
      return ranges("list", shape, [item])
    }
    case "map": {
      const shape = shapeAt(leaves[cursor.at]!, plan.def, plan.itemDef, context)
      const inner = { rep: context.rep + 1, def: plan.itemDef }
      const key = build(plan.key, leaves, cursor, inner)
      const value = build(plan.value, leaves, cursor, inner)
      return ranges("map", shape, [key, value])
    }
  }
}

function withNull(nulls: Uint8Array): Uint8Array | undefined {
  return nulls.includes(1) ? nulls : undefined
}

function ranges(layout: "list" | "map", shape: Shape, children: ReadonlyArray<Column>): Column {
  if (children.some((child) => child.rows !== shape.items)) {
    throw new Damage("a list and its items differ in number")
  }
  const { nulls, starts, lengths } = shape
  return new Column({
    layout,
    rows: nulls.length,
    nulls: withNull(nulls),
    starts,
    lengths,
    children
  })
}

function buildLeaf(leaf: LeafData, def: number, context: Context): Column {
  const nulls = nullsAt(leaf, def, context)
  let present = 0
  for (let i = 0; i < nulls.length; i++) present += 1 - nulls[i]!
  if (present !== leaf.values.rows) throw new Damage("values and levels differ in number")
  return present === nulls.length ? leaf.values : spread(leaf.values, nulls)
}

/** Per slot 1 when the level `def` is not reached. */
function nullsAt(leaf: LeafData, def: number, context: Context): Uint8Array {
  const { count, defs, reps } = leaf
  if (defs === undefined && reps === undefined) return new Uint8Array(count)
  const out = new Uint8Array(count)
  let slots = 0
  for (let i = 0; i < count; i++) {
    if (reps !== undefined && reps[i]! > context.rep) continue
    const level = defs === undefined ? 255 : defs[i]!
    if (level >= context.def) out[slots++] = level < def ? 1 : 0
  }
  return out.slice(0, slots)
}

interface Shape {
  readonly nulls: Uint8Array
  readonly starts: Int32Array
  readonly lengths: Int32Array
  readonly items: number
}

function shapeAt(leaf: LeafData, def: number, itemDef: number, context: Context): Shape {
  const { count, defs, reps } = leaf
  const nulls = new Uint8Array(count)
  const starts = new Int32Array(count)
  const lengths = new Int32Array(count)
  let slots = 0
  let items = 0
  for (let i = 0; i < count; i++) {
    const rep = reps === undefined ? 0 : reps[i]!
    const level = defs === undefined ? 255 : defs[i]!
    if (rep <= context.rep) {
      if (level < context.def) continue
      nulls[slots] = level < def ? 1 : 0
      starts[slots] = items
      slots++
    } else if (rep > context.rep + 1) continue
    else if (slots === 0) throw new Damage("a list goes on before it begins")
    if (level >= itemDef) {
      lengths[slots - 1] = lengths[slots - 1]! + 1
      items++
    }
  }
  return {
    nulls: nulls.slice(0, slots),
    starts: starts.slice(0, slots),
    lengths: lengths.slice(0, slots),
    items
  }
}

/** Rows `from` to `to` of a nested column, with the children cut to what they use. */
export function cut(column: Column, from: number, to: number): Column {
  if (column.layout === "row") {
    return new Column({
      layout: "row",
      rows: to - from,
      nulls: cutNulls(column, from, to),
      children: column.children.map((child) => cut(child, from, to))
    })
  }
  if (column.layout !== "list" && column.layout !== "map") {
    const rows = new Int32Array(to - from)
    for (let i = 0; i < rows.length; i++) rows[i] = from + i
    return trimmed(gather(column, rows, rows.length))
  }
  const starts = column.starts.slice(from, to)
  const lengths = column.lengths.slice(from, to)
  const first = starts.length === 0 ? 0 : starts[0]!
  let items = 0
  for (let i = 0; i < starts.length; i++) {
    starts[i] = starts[i]! - first
    items += lengths[i]!
  }
  const children = column.children.map((child) => cut(child, first, first + items))
  return new Column({
    layout: column.layout,
    rows: to - from,
    nulls: cutNulls(column, from, to),
    starts,
    lengths,
    children
  })
}

function cutNulls(column: Column, from: number, to: number): Uint8Array | undefined {
  return column.nulls === undefined ? undefined : withNull(column.nulls.slice(from, to))
}
