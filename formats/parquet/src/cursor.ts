/**
 * A projected column as a cursor over rows: `skip` and `take`, page by page for flat columns, row group by row group for nested
 * ones. A flat column holds one page in memory and a slab of it decoded; what it gives are slices of the slab's arrays.
 */
import { type Column, Damage, type RandomFile, slice } from "@millrace/core/internal"
import { assemble, cut, joinPages } from "./assemble.ts"
import type { Page } from "./chunk-pages.ts"
import { leavesOf, type NodePlan } from "./column-plan.ts"
import type { RowGroup } from "./footer.ts"
import { type LeafPage, LeafPages } from "./leaf-pages.ts"
import { join, spread, trimmed } from "./vector.ts"

/** Reads one projected column. All methods throw {@link Damage}; `at` is the byte to blame. */
export interface ColumnCursor {
  readonly at: number
  open(group: RowGroup): void
  skip(rows: number): void
  /** The next `rows` rows, all within the group. */
  take(rows: number): Column
}

/** The cursor that fits the plan. */
export function makeCursor(file: RandomFile, plan: NodePlan): ColumnCursor {
  return plan.kind === "leaf" && plan.node.rep === 0
    ? new FlatCursor(new LeafPages(file, plan.node, plan.decode))
    : new NestedCursor(
      plan,
      leavesOf(plan).map((leaf) => new LeafPages(file, leaf.node, leaf.decode))
    )
}

/** Rows decoded at once: few enough to stay in the cache and to be collected young, and a multiple of every batch cut. */
const slabRows = 8192

class FlatCursor implements ColumnCursor {
  private readonly pages: LeafPages
  private page: LeafPage | undefined
  /** Rows of the page that are decoded, and the row of the group after them. */
  private decoded = 0
  private row = 0
  private slab: Column | undefined
  private used = 0

  constructor(pages: LeafPages) {
    this.pages = pages
  }

  get at(): number {
    return this.pages.at
  }

  open(group: RowGroup): void {
    this.page = undefined
    this.slab = undefined
    this.row = 0
    this.used = 0
    this.pages.open(group.chunks[this.pages.node.leaf]!)
  }

  skip(rows: number): void {
    let left = rows
    while (left > 0) {
      const rest = this.rest()
      if (rest > 0) {
        const step = Math.min(rest, left)
        this.used += step
        left -= step
      } else if (this.page === undefined || this.decoded === this.page.count) {
        const page = this.need()
        if (page.values <= left) {
          left -= page.values
          this.row += page.values
        } else this.begin(page)
      } else this.decode()
    }
  }

  take(rows: number): Column {
    if (this.rest() === 0) this.refill()
    if (this.rest() >= rows) return trimmed(this.step(rows))
    const parts: Array<Column> = []
    let left = rows
    while (left > 0) {
      if (this.rest() === 0) this.refill()
      const part = this.step(Math.min(left, this.rest()))
      parts.push(part)
      left -= part.rows
    }
    return trimmed(join(parts))
  }

  private step(rows: number): Column {
    const from = this.used
    this.used += rows
    return slice(this.slab!, from, from + rows)
  }

  private rest(): number {
    return this.slab === undefined ? 0 : this.slab.rows - this.used
  }

  private need(): Page {
    const page = this.pages.nextPage()
    if (page === undefined) throw new Damage("its pages end early")
    return page
  }

  private begin(page: Page): void {
    this.page = this.pages.decodePage(page)
    this.decoded = 0
    this.slab = undefined
  }

  private refill(): void {
    if (this.page === undefined || this.decoded === this.page.count) this.begin(this.need())
    this.decode()
  }

  /** Decode up to the next multiple of {@link slabRows} of the group, or to the end of the page. */
  private decode(): void {
    const page = this.page!
    const rows = Math.min(slabRows - this.row % slabRows, page.count - this.decoded)
    if (page.defs === undefined) this.slab = page.take(rows)
    else {
      const nulls = nullsOf(page.defs, this.decoded, rows, this.pages.node.def)
      let present = rows
      for (let i = 0; i < rows; i++) present -= nulls[i]!
      this.slab = present === rows ? page.take(rows) : spread(page.take(present), nulls)
    }
    this.decoded += rows
    this.row += rows
    this.used = 0
  }
}

function nullsOf(defs: Uint8Array, from: number, rows: number, def: number): Uint8Array {
  const nulls = new Uint8Array(rows)
  for (let i = 0; i < rows; i++) nulls[i] = defs[from + i]! < def ? 1 : 0
  return nulls
}

/** The most values of a nested column in a row group. */
const nestedValuesMax = 2 ** 27

class NestedCursor implements ColumnCursor {
  private readonly plan: NodePlan
  private readonly leaves: ReadonlyArray<LeafPages>
  private group: RowGroup | undefined
  private column: Column | undefined
  private used = 0
  private current: LeafPages

  constructor(plan: NodePlan, leaves: ReadonlyArray<LeafPages>) {
    this.plan = plan
    this.leaves = leaves
    this.current = leaves[0]!
  }

  get at(): number {
    return this.current.at
  }

  open(group: RowGroup): void {
    this.group = group
    this.column = undefined
    this.used = 0
  }

  skip(rows: number): void {
    this.used += rows
  }

  take(rows: number): Column {
    const column = this.column ??= this.load()
    const from = this.used
    this.used += rows
    return cut(column, from, from + rows)
  }

  private load(): Column {
    const plans = leavesOf(this.plan)
    const data = this.leaves.map((leaf, i) => {
      this.current = leaf
      leaf.open(this.group!.chunks[leaf.node.leaf]!)
      const pages: Array<LeafPage> = []
      let values = 0
      for (let page = leaf.nextPage(); page !== undefined; page = leaf.nextPage()) {
        values += page.values
        if (values > nestedValuesMax) {
          throw new Damage(
            `a nested column has more than ${nestedValuesMax} values in a row group, which is read at once`
          )
        }
        pages.push(leaf.decodePage(page))
      }
      return joinPages(pages, leaf.node.def, plans[i]!.layout)
    })
    const column = assemble(this.plan, data)
    if (column.rows !== this.group!.rows) {
      throw new Damage(
        `a nested column has ${column.rows} rows in a row group of ${this.group!.rows}`
      )
    }
    return column
  }
}
