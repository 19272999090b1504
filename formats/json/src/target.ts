/**
 * What a decoder does with each field of a record: skip it, write it to a column, or look for projected fields inside. A tree over
 * the physical schema, made once from the projection; the reader walks it and the generator turns it into a loop.
 */
import {
  assert,
  batchRowsMax,
  type Column,
  DecodedColumn,
  encodeUtf8,
  fieldOf,
  type LogicalType
} from "@millrace/core/internal"

type Type = LogicalType.LogicalType
type RowType = LogicalType.RowType

/** What becomes of one value. */
export interface Target {
  readonly type: Type
  /** For messages: `bid.price`. */
  readonly path: string
  /** Whether anything of the value is wanted; otherwise it is passed and checked to be JSON. */
  readonly wanted: boolean
  /** Where the value goes; absent: nowhere, or only parts of it are wanted. */
  readonly column: DecodedColumn | undefined
  /** Fields of a ROW. */
  readonly row: RowTarget | undefined
  /** Of an ARRAY that is wanted: its elements; of a MAP: the values. */
  readonly element: Target | undefined
}

/** The fields of an object. */
export interface RowTarget {
  readonly fields: ReadonlyArray<Target>
  readonly names: ReadonlyArray<string>
  /** The names as JSON has them between the quotes when nothing is escaped. */
  readonly keys: ReadonlyArray<Uint8Array>
  readonly indexes: ReadonlyMap<string, number>
  /** By field: the stamp of the object in which it was last seen. */
  readonly seen: Float64Array
  /** Set where it counts whether a field that is NULL was there: such objects are left to the exact reader. */
  absent: AbsentFields | undefined
}

/** Which fields the objects had not, by row (or element) and field. */
export class AbsentFields {
  /** 1 at `row * fields + field`: the object of this row has no such field. */
  marks: Uint8Array
  readonly fields: number

  constructor(fields: number) {
    this.fields = fields
    this.marks = new Uint8Array(Math.max(1, fields) * batchRowsMax)
  }

  /** Make room for `row`. */
  ensure(row: number): void {
    const wanted = (row + 1) * this.fields
    if (wanted <= this.marks.length) return
    const bigger = new Uint8Array(Math.max(wanted, this.marks.length * 2))
    bigger.set(this.marks)
    this.marks = bigger
  }
}

function wholeTarget(type: Type, path: string, column: DecodedColumn): Target {
  const row = type.kind === "ROW"
    ? rowTarget(
      type.fields,
      type.fields.map((field, i) =>
        wholeTarget(field.type, `${path}.${field.name}`, column.children[i]!)
      )
    )
    : undefined
  const last = column.children[column.children.length - 1]
  const element = type.kind === "ARRAY" || type.kind === "MAP" || type.kind === "MULTISET"
    ? wholeTarget(last!.type, `${path}[]`, last!)
    : undefined
  return { type, path, wanted: true, column, row, element }
}

function rowTarget(fields: RowType, targets: ReadonlyArray<Target>): RowTarget {
  return {
    fields: targets,
    names: fields.map((field) => field.name),
    keys: fields.map((field) => encodeUtf8(JSON.stringify(field.name).slice(1, -1))),
    indexes: new Map(fields.map((field, i) => [field.name, i])),
    seen: new Float64Array(fields.length),
    absent: undefined
  }
}

interface Wish {
  readonly path: ReadonlyArray<number>
  readonly columns: Array<DecodedColumn>
}

function partTarget(type: Type, path: string, wishes: ReadonlyArray<Wish>, depth: number): Target {
  if (wishes.some((wish) => wish.path.length === depth)) {
    const column = new DecodedColumn(type)
    for (const wish of wishes) wish.columns.push(column)
    return wholeTarget(type, path, column)
  }
  const row = type.kind === "ROW"
    ? rowTarget(type.fields, partTargets(type.fields, `${path}.`, wishes, depth))
    : undefined
  if (row === undefined && wishes.length > 0) {
    throw new Error(`Broken invariant: the projection goes into "${path}", which is no ROW`)
  }
  return { type, path, wanted: wishes.length > 0, column: undefined, row, element: undefined }
}

function partTargets(
  fields: RowType,
  prefix: string,
  wishes: ReadonlyArray<Wish>,
  depth: number
): ReadonlyArray<Target> {
  return fields.map((field, i) =>
    partTarget(
      field.type,
      prefix + field.name,
      wishes.filter((wish) => wish.path[depth] === i),
      depth + 1
    )
  )
}

/** The tree of a table, its columns, and how the projected columns come out of them. */
export class Targets {
  readonly root: RowTarget
  absent: AbsentFields | undefined = undefined
  /** Every column that is written by row number, also the fields of wanted ROWs. */
  readonly leaves: ReadonlyArray<DecodedColumn>
  /** Columns whose children count elements. */
  private readonly counted: ReadonlyArray<DecodedColumn>
  private readonly counts: Int32Array
  private readonly tops: ReadonlyArray<DecodedColumn>
  private readonly outputs: ReadonlyArray<
    { readonly top: number; readonly path: ReadonlyArray<number> }
  >

  constructor(physical: RowType, projection: ReadonlyArray<ReadonlyArray<number>>) {
    const wishes: ReadonlyArray<Wish> = projection.map((path) => ({ path, columns: [] }))
    this.root = rowTarget(physical, partTargets(physical, "", wishes, 0))
    const tops: Array<DecodedColumn> = []
    this.outputs = wishes.map((wish) => {
      const column = wish.columns[0]!
      if (!tops.includes(column)) tops.push(column)
      return { top: tops.indexOf(column), path: wish.path.slice(this.depthOf(wish.path, column)) }
    })
    this.tops = tops
    this.leaves = tops.flatMap(withFields)
    this.counted = tops.flatMap(elementColumns)
    this.counts = new Int32Array(this.counted.length)
  }

  private depthOf(path: ReadonlyArray<number>, column: DecodedColumn): number {
    let row = this.root
    for (let depth = 0;; depth++) {
      const target = row.fields[path[depth]!]!
      if (target.column === column) return depth + 1
      row = target.row!
    }
  }

  /** Mark which fields the objects of top-level field `index` have not, from now on. */
  markAbsent(index: number): void {
    const { row, element } = this.root.fields[index]!
    const target = row ?? element?.row
    if (target === undefined) return
    target.absent = this.absent = new AbsentFields(target.fields.length)
  }

  /** The column that output `index` comes from, when it is a whole one. */
  top(index: number): DecodedColumn {
    const { top, path } = this.outputs[index]!
    assert(path.length === 0, "the output is a column of its own")
    return this.tops[top]!
  }

  /** The target that writes to `column`. */
  targetOf(column: DecodedColumn): Target {
    const find = (row: RowTarget): Target | undefined => {
      for (const target of row.fields) {
        if (target.column === column) return target
        const inner = target.row === undefined ? undefined : find(target.row)
        if (inner !== undefined) return inner
      }
      return undefined
    }
    return find(this.root)!
  }

  /** Make room for `row` and forget what an abandoned record left there, before the exact reader writes it. */
  begin(row: number): void {
    for (const top of this.tops) top.ensure(row)
    for (const leaf of this.leaves) leaf.nulls[row] = 0
  }

  /** Remember how many elements there are. */
  mark(): void {
    for (let i = 0; i < this.counted.length; i++) this.counts[i] = this.counted[i]!.count
  }

  /** Forget the elements written since {@link mark}, and that rows `from` to `to` were NULL anywhere. */
  restore(from: number, to: number): void {
    for (const leaf of this.leaves) leaf.nulls.fill(0, from, to)
    for (let i = 0; i < this.counted.length; i++) this.counted[i]!.count = this.counts[i]!
  }

  /** The projected columns of rows 0 to `rows`, and begin anew. Text views are into `base`. */
  take(rows: number, base: Uint8Array): ReadonlyArray<Column> {
    const columns = this.tops.map((top) => top.column(0, rows, base))
    for (const top of this.tops) top.renew()
    return this.outputs.map(({ top, path }) => fieldOf(columns[top]!, path))
  }
}

function withFields(column: DecodedColumn): ReadonlyArray<DecodedColumn> {
  return column.layout === "row" ? [column, ...column.children.flatMap(withFields)] : [column]
}

function elementColumns(column: DecodedColumn): ReadonlyArray<DecodedColumn> {
  const below = column.children.flatMap(elementColumns)
  return column.layout === "list" || column.layout === "map"
    ? [...column.children, ...below]
    : below
}
