/**
 * UNNEST: a row becomes as many rows as a collection in it has elements, each with the element's columns appended: fields of a ROW, key
 * and value of a MAP, an element of a MULTISET as often as it is in. An empty or NULL collection gives no row, or one with NULLs.
 *
 * **Invariant** the cursor (row, next element, copies of it given) stands between pages, so a long collection leaves page by page.
 */
import { Column, gather } from "../batch/column.ts"
import { Batch, batchRowsMax, type Element, Tag } from "../batch/element.ts"
import { gatherPadded } from "../state/padded.ts"
import type { LogicalType } from "../type/logical-type.ts"
import { type Operator, type Snapshot, Status } from "./operator.ts"

/** What is unnested. Output: the input's columns, the element's, then its place from 1 if asked. */
export interface UnnestOptions {
  readonly column: number
  /** ARRAY, MAP or MULTISET. */
  readonly type: LogicalType
  /** Whether a row without elements stays, with NULLs. */
  readonly outer: boolean
  readonly ordinality: boolean
}

/** An operator that unnests a column. */
export function makeUnnest(options: UnnestOptions): Operator {
  return new Unnest(options)
}

class Unnest implements Operator {
  private readonly options: UnnestOptions
  private readonly flattens: boolean
  private readonly isMultiset: boolean
  private mark: Element | undefined = undefined
  private batch: Batch | undefined = undefined
  private row = 0
  private at = 0
  private copy = 0
  private place = 0
  private readonly rows = new Int32Array(batchRowsMax)
  private readonly elements = new Int32Array(batchRowsMax)
  private readonly places = new Int32Array(batchRowsMax)

  constructor(options: UnnestOptions) {
    this.options = options
    const { type } = options
    this.isMultiset = type.kind === "MULTISET"
    this.flattens = (type.kind === "ARRAY" || type.kind === "MULTISET") &&
      type.element.kind === "ROW"
  }

  open(): void {}

  push(element: Element): void {
    if (element.tag !== Tag.batch) {
      this.mark = element
      return
    }
    this.batch = element
    this.row = 0
    this.at = 0
    this.copy = 0
    this.place = 0
  }

  step(): Element | Status {
    while (this.batch !== undefined) {
      const { batch } = this
      const count = this.fill(batch, batch.columns[this.options.column]!)
      if (this.row === batch.rows) this.batch = undefined
      if (count > 0) return this.output(batch, count)
    }
    const { mark } = this
    this.mark = undefined
    return mark ?? Status.done
  }

  /** A page of pairs of a row and an element; −1 stands for none. */
  private fill(batch: Batch, column: Column): number {
    const { starts, lengths, nulls } = column
    const counts = this.isMultiset ? column.children[1]!.values as Int32Array : undefined
    let count = 0
    while (this.row < batch.rows && count < batchRowsMax) {
      const { row } = this
      const length = nulls !== undefined && nulls[row] === 1 ? 0 : lengths[row]!
      if (this.at === 0 && length === 0 && this.options.outer) count = this.give(count, -1, 0)
      while (this.at < length && count < batchRowsMax) {
        const element = starts[row]! + this.at
        if (counts === undefined || this.copy < counts[element]!) {
          count = this.give(count, element, ++this.place)
          this.copy++
        }
        if (counts !== undefined && this.copy < counts[element]!) continue
        this.copy = 0
        this.at++
      }
      if (this.at < length) break
      this.row++
      this.at = 0
      this.place = 0
    }
    return count
  }

  private give(count: number, element: number, place: number): number {
    this.rows[count] = this.row
    this.elements[count] = element
    this.places[count] = place
    return count + 1
  }

  private output(batch: Batch, count: number): Batch {
    const collection = batch.columns[this.options.column]!
    const columns = batch.columns.map((column) => gather(column, this.rows, count))
    const sources = this.isMultiset ? [collection.children[0]!] : collection.children
    for (const source of sources) {
      const picked = gatherPadded(source, this.elements, count)
      if (this.flattens) columns.push(...fieldsOf(picked))
      else columns.push(picked)
    }
    if (this.options.ordinality) columns.push(this.placeColumn(count))
    const kinds = batch.kinds &&
      Uint8Array.from({ length: count }, (_, i) => batch.kinds![this.rows[i]!]!)
    const timestamps = batch.timestamps &&
      Float64Array.from({ length: count }, (_, i) => batch.timestamps![this.rows[i]!]!)
    return new Batch(count, columns, kinds, timestamps, batch.port)
  }

  private placeColumn(count: number): Column {
    const values = this.places.slice(0, count)
    const missing = values.includes(0)
    const nulls = missing ? Uint8Array.from(values, (place) => place === 0 ? 1 : 0) : undefined
    return new Column({ layout: "i32", rows: count, values, nulls })
  }

  snapshot(): Snapshot | undefined {
    return undefined
  }
}

/** The fields of a ROW column; those of a NULL row are NULL. */
function fieldsOf(row: Column): ReadonlyArray<Column> {
  const { nulls } = row
  if (nulls === undefined) return row.children
  return row.children.map((child) =>
    new Column({
      layout: child.layout,
      rows: child.rows,
      nulls: child.nulls === undefined
        ? nulls
        : nulls.map((isNull, i) => isNull | child.nulls![i]!),
      values: child.values,
      nanos: child.nanos,
      bytes: child.bytes,
      starts: child.starts,
      lengths: child.lengths,
      dictionary: child.dictionary,
      children: child.children
    })
  )
}
