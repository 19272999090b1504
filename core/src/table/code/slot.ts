/**
 * Where a generated loop writes one output column: arrays that are used for every batch, of which the rows that were written are
 * copied out at the end. `values[0 … rows)` are dense.
 */
import { BytesBuilder } from "../../batch/bytes-builder.ts"
import { Column, narrowMax } from "../../batch/column.ts"
import type { Dictionary } from "../../batch/dictionary.ts"
import { type Layout, layoutOf, type LogicalType } from "../../type/logical-type.ts"
import type { Boxed, Value } from "../function/definition.ts"
import { columnOf } from "./boxed.ts"
import type { Emitter } from "./emitter.ts"

/** How a slot is written: a layout, with `narrow`, `wide`, `codes`, `builder` and `boxed` for the forms that a layout does not tell. */
export type SlotKind =
  | "bool"
  | "i32"
  | "f64"
  | "narrow"
  | "wide"
  | "ts9"
  | "big"
  | "codes"
  | "builder"
  | "boxed"

/** The kind of slot that takes a value. */
export function slotKind(item: Value, layout: Layout): SlotKind {
  switch (item.form) {
    case "narrow":
    case "wide":
      return layout === "big" ? "big" : item.form
    case "coded":
      return "codes"
    case "view":
    case "text":
      return "builder"
    case "column":
    case "boxed":
      return layout === "bytes" ? "builder" : "boxed"
    default:
      return item.form
  }
}

/** Owned by one program. The generated code reads and writes the fields. */
export class Slot {
  readonly type: LogicalType
  readonly kind: SlotKind
  nulls: Uint8Array = new Uint8Array(0)
  /** Whether a NULL was written. */
  anyNull = 0
  values: Uint8Array | Int32Array | Float64Array | BigInt64Array = new Uint8Array(0)
  nanos: Int32Array = new Int32Array(0)
  items: Array<unknown> = []
  readonly builder: BytesBuilder | undefined
  dictionary: Dictionary | undefined = undefined

  constructor(type: LogicalType, kind: SlotKind) {
    this.type = type
    this.kind = kind
    this.builder = kind === "builder" ? new BytesBuilder() : undefined
  }

  /** Make room for `rows` rows and forget what a loop that did not come to its end has left. */
  start(rows: number): void {
    this.anyNull = 0
    if (this.kind === "big" || this.kind === "boxed") this.items = new Array<unknown>(rows)
    if (this.builder !== undefined && this.builder.rows > 0) this.builder.finish()
    if (this.nulls.length >= rows) return
    this.nulls = new Uint8Array(rows)
    this.values = this.array(rows)
    if (this.kind === "ts9") this.nanos = new Int32Array(rows)
  }

  private array(rows: number): Slot["values"] {
    switch (this.kind) {
      case "f64":
      case "narrow":
      case "ts9":
        return new Float64Array(rows)
      case "wide":
        return new BigInt64Array(rows)
      case "i32":
      case "codes":
        return new Int32Array(rows)
      case "bool":
        return new Uint8Array(rows)
      default:
        return new Uint8Array(0)
    }
  }

  /** The first `rows` rows as a column of its own. */
  finish(rows: number): Column {
    if (this.builder !== undefined) return this.builder.finish()
    const layout = layoutOf(this.type)
    const nulls = this.anyNull === 1 ? this.nulls.slice(0, rows) : undefined
    switch (this.kind) {
      case "boxed":
        return columnOf(this.type, this.items.slice(0, rows) as Array<Boxed>)
      case "big":
        this.items.length = rows
        return new Column({ layout, rows, nulls, values: this.items })
      case "codes":
        return new Column({
          layout,
          rows,
          nulls,
          values: this.values.slice(0, rows),
          dictionary: this.dictionary
        })
      case "ts9":
        return new Column({
          layout,
          rows,
          nulls,
          values: this.values.slice(0, rows),
          nanos: this.nanos.slice(0, rows)
        })
      case "wide":
        return new Column({
          layout,
          rows,
          nulls,
          values: narrowed(this.values as BigInt64Array, rows)
        })
      default:
        return new Column({ layout, rows, nulls, values: this.values.slice(0, rows) })
    }
  }
}

/** A wide result that turned out small is narrow again, so that what follows is fast. */
function narrowed(values: BigInt64Array, rows: number): Float64Array | BigInt64Array {
  const limit = BigInt(narrowMax)
  const numbers = new Float64Array(rows)
  for (let i = 0; i < rows; i++) {
    const value = values[i]!
    if (value > limit || value < -limit) return values.slice(0, rows)
    numbers[i] = Number(value)
  }
  return numbers
}

/** Write the statements that store `item` as row `o` of slot `index`. */
export function emitStore(emit: Emitter, index: number, item: Value, kind: SlotKind): void {
  const sure = item.nil === "false"
  emit.prelude.push(`const w${index} = slots[${index}]`)
  if (kind === "builder") {
    emit.prelude.push(`const p${index} = w${index}.builder`)
    const push = builderPush(emit, index, item)
    emit.line(sure ? push : `if (${item.nil}) p${index}.pushNull()\nelse ${push}`)
    return
  }
  if (!sure) {
    emit.prelude.push(`const y${index} = w${index}.nulls`, `let z${index} = 0`)
    emit.line(`if (${item.nil}) { y${index}[o] = 1; z${index} = 1 } else y${index}[o] = 0`)
  }
  if (kind === "big" || kind === "boxed") {
    emit.prelude.push(`const r${index} = w${index}.items`)
    emit.line(
      `r${index}[o] = ${
        sure || kind === "big" ? emit.box(item) : `(${item.nil}) ? null : ${emit.box(item)}`
      }`
    )
    return
  }
  emit.prelude.push(`const r${index} = w${index}.values`)
  emit.line(`r${index}[o] = ${kind === "bool" ? `${item.code} ? 1 : 0` : item.code}`)
  if (kind === "ts9") {
    emit.prelude.push(`const t${index} = w${index}.nanos`)
    emit.line(`t${index}[o] = ${item.second}`)
  }
  if (kind === "codes") emit.prelude.push(`w${index}.dictionary = ${item.second}`)
}

function builderPush(emit: Emitter, index: number, item: Value): string {
  if (item.form === "view") return `p${index}.push(${item.code}, ${item.second}, ${item.third})`
  if (item.form === "text" || typeof item.constant === "string") {
    return `p${index}.pushText(${emit.text(item)})`
  }
  const bytes = emit.store(
    item.nil === "false" ? emit.box(item) : `(${item.nil}) ? null : ${emit.box(item)}`
  )
  return `p${index}.push(${bytes}, 0, ${bytes}.length)`
}

/** What a loop must hand back about slot `index` when it has ended. */
export function emitFinish(index: number, item: Value, kind: SlotKind): string {
  return item.nil === "false" || kind === "builder" ? "" : `w${index}.anyNull = z${index}`
}
