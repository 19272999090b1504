/** Makes the columns of rows [from, from + rows): typed arrays filled by one loop each. Pure but for the wall clock of time columns. */
import { Column, encodeUtf8, LogicalType, narrowMax } from "@millrace/core/internal"
import type { FieldSpec } from "./field.ts"
import { bits, unit, wide } from "./random.ts"

/** What the values depend on. */
export interface Moment {
  readonly seed: number
  readonly nowMillis: number
}

/** One column. `first` is the number of the first row; rows of nested lists are numbered within it. */
export function generate(field: FieldSpec, first: number, rows: number, moment: Moment): Column {
  const nulls = field.nullRate === 0 ? undefined : nullsOf(field, first, rows, moment.seed)
  const parts = { layout: LogicalType.layoutOf(field.type), rows, nulls }
  switch (field.kind) {
    case "boolean": {
      const values = new Uint8Array(rows)
      for (let i = 0; i < rows; i++) values[i] = bits(moment.seed, first + i, field.stream) & 1
      return new Column({ ...parts, values })
    }
    case "now":
      return new Column({ ...parts, values: nowValues(field.type, rows, moment.nowMillis) })
    case "past": {
      const values = new Float64Array(rows)
      for (let i = 0; i < rows; i++) {
        values[i] = moment.nowMillis -
          Math.floor(unit(moment.seed, first + i, field.stream) * (field.maxPastMillis + 1))
      }
      return new Column({
        ...parts,
        values,
        ...(parts.layout === "ts9" ? { nanos: new Int32Array(rows) } : {})
      })
    }
    case "float": {
      const values = new Float64Array(rows)
      const { min, max, stream } = field
      const half = max / 2 - min / 2
      // min + u × (max − min) would overflow at the widest bounds.
      for (let i = 0; i < rows; i++) {
        values[i] = min + unit(moment.seed, first + i, stream) * half * 2
      }
      if (field.type.kind === "FLOAT") {
        for (let i = 0; i < rows; i++) values[i] = Math.fround(values[i]!)
      }
      return new Column({ ...parts, values })
    }
    case "integer":
      return new Column({
        ...parts,
        values: integers(field, parts.layout, first, rows, moment.seed)
      })
    case "sequence":
      return sequence(field, first, rows, nulls)
    case "text":
      return text(field, first, rows, nulls, moment.seed)
    case "list": {
      const starts = new Int32Array(rows)
      const lengths = new Int32Array(rows).fill(field.length)
      for (let i = 0; i < rows; i++) starts[i] = i * field.length
      const children = field.children.map((child) =>
        generate(child, first * field.length, rows * field.length, moment)
      )
      return new Column({ ...parts, starts, lengths, children })
    }
    case "row":
      return new Column({
        ...parts,
        children: field.children.map((child) => generate(child, first, rows, moment))
      })
  }
}

function nullsOf(
  field: FieldSpec,
  first: number,
  rows: number,
  seed: number
): Uint8Array | undefined {
  const nulls = new Uint8Array(rows)
  let any = 0
  for (let i = 0; i < rows; i++) {
    any |= nulls[i] = unit(~seed, first + i, field.stream) < field.nullRate ? 1 : 0
  }
  return any === 1 ? nulls : undefined
}

function nowValues(type: LogicalType.LogicalType, rows: number, nowMillis: number): Int32Array {
  const day = Math.floor(nowMillis / 86400000)
  return new Int32Array(rows).fill(type.kind === "DATE" ? day : nowMillis - day * 86400000)
}

function integers(
  field: FieldSpec & { readonly kind: "integer" },
  layout: LogicalType.Layout,
  first: number,
  rows: number,
  seed: number
): Int32Array | Float64Array | BigInt64Array | Array<bigint> {
  const { min, max, stream } = field
  const low = Number(min)
  const span = Number(max - min) + 1
  const fits = layout === "i32" || layout === "f64" ||
    (layout === "i64" && min >= -narrowMax && max <= narrowMax)
  if (fits) {
    const values = layout === "i32" ? new Int32Array(rows) : new Float64Array(rows)
    if (span <= 4294967296) {
      for (let i = 0; i < rows; i++) {
        values[i] = low + Math.floor(bits(seed, first + i, stream) * (span / 4294967296))
      }
    } else {
      for (let i = 0; i < rows; i++) {
        values[i] = low + Math.floor(unit(seed, first + i, stream) * span)
      }
    }
    return values
  }
  const count = max - min + 1n
  const values = layout === "i64" ? new BigInt64Array(rows) : new Array<bigint>(rows)
  for (let i = 0; i < rows; i++) values[i] = min + big(seed, first + i, stream, count)
  return values
}

/** Uniform in [0, count), as near as two more 64-bit words than needed make it. */
function big(seed: number, row: number, stream: number, count: bigint): bigint {
  let value = 0n
  let range = 1n
  for (let word = 0; range < count << 64n; word++) {
    value = (value << 64n) | wide(seed, row, stream * 8 + word)
    range <<= 64n
  }
  return value % count
}

function sequence(
  field: FieldSpec & { readonly kind: "sequence" },
  first: number,
  rows: number,
  nulls: Uint8Array | undefined
): Column {
  const layout = LogicalType.layoutOf(field.type)
  const scale = field.type.kind === "DECIMAL" ? 10n ** BigInt(field.type.scale) : 1n
  const start = (field.start + BigInt(first)) * scale
  const last = start + BigInt(rows) * scale
  if (layout === "bytes") {
    const texts = Array.from({ length: rows }, (_, i) => encodeUtf8((start + BigInt(i)).toString()))
    return joined(texts, nulls)
  }
  if (layout === "big") {
    return new Column({
      layout,
      rows,
      nulls,
      values: Array.from({ length: rows }, (_, i) => start + BigInt(i) * scale)
    })
  }
  if (layout === "i64" && (start < -narrowMax || last > narrowMax)) {
    const values = new BigInt64Array(rows)
    for (let i = 0; i < rows; i++) values[i] = start + BigInt(i) * scale
    return new Column({ layout, rows, nulls, values })
  }
  const values = layout === "i32" ? new Int32Array(rows) : new Float64Array(rows)
  const from = Number(start)
  const step = Number(scale)
  for (let i = 0; i < rows; i++) values[i] = from + i * step
  return new Column({ layout, rows, nulls, values })
}

function joined(texts: ReadonlyArray<Uint8Array>, nulls: Uint8Array | undefined): Column {
  const starts = new Int32Array(texts.length)
  const lengths = new Int32Array(texts.length)
  const bytes = new Uint8Array(texts.reduce((sum, text) => sum + text.length, 0))
  let at = 0
  texts.forEach((text, i) => {
    starts[i] = at
    lengths[i] = text.length
    bytes.set(text, at)
    at += text.length
  })
  return new Column({ layout: "bytes", rows: texts.length, nulls, bytes, starts, lengths })
}

const hex = encodeUtf8("0123456789abcdef")

function text(
  field: FieldSpec & { readonly kind: "text" },
  first: number,
  rows: number,
  nulls: Uint8Array | undefined,
  seed: number
): Column {
  const binary = field.type.kind === "BINARY" || field.type.kind === "VARBINARY"
  const starts = new Int32Array(rows)
  const lengths = new Int32Array(rows)
  const bytes = new Uint8Array(rows * field.length)
  let at = 0
  for (let i = 0; i < rows; i++) {
    const row = first + i
    const length = field.variable && field.length > 0
      ? 1 + bits(~seed, row, field.stream + 4096) % field.length
      : field.length
    starts[i] = at
    lengths[i] = length
    for (let k = 0; k < length; k += 4) {
      const word = bits(seed, row * 64 + (k >>> 2), field.stream)
      for (let b = 0; b < 4 && k + b < length; b++) {
        const byte = (word >>> (b * 8)) & 255
        bytes[at + k + b] = binary ? byte : hex[byte & 15]!
      }
    }
    at += length
  }
  return new Column({ layout: "bytes", rows, nulls, bytes, starts, lengths })
}
