/**
 * Rows to messages: fields in the order of their numbers, what is NULL left out; elements that are NULL become the default of their type, as a message
 * has no other way. A message within a message is written to a buffer of its own depth first, as its length stands before it.
 */
import {
  type ByteSink,
  type Column,
  encodeUtf8,
  GrowingBytes,
  type LogicalType,
  writeBytes
} from "@millrace/core/internal"
import { fieldNamed } from "./shape.ts"
import { type EnumType, type FieldType, type MessageType, wireOf } from "./schema.ts"

type Type = LogicalType.LogicalType

/** Writes the values of one column. */
interface FieldWriter {
  readonly field: FieldType
  readonly index: number
  /** Columns of the same oneof that stand later in the table: they win. */
  readonly later: ReadonlyArray<number>
  readonly type: Type
  readonly inner: MessageWriter | undefined
}

/** Appends a varint of a whole number below 2^53. */
function putVarint(out: ByteSink, value: number): void {
  out.reserve(10)
  let rest = value
  while (rest > 127) {
    out.bytes[out.length++] = (rest % 128) | 128
    rest = Math.floor(rest / 128)
  }
  out.bytes[out.length++] = rest
}

function putWide(out: ByteSink, value: bigint): void {
  out.reserve(10)
  let rest = BigInt.asUintN(64, value)
  while (rest > 127n) {
    out.bytes[out.length++] = Number(rest & 127n) | 128
    rest >>= 7n
  }
  out.bytes[out.length++] = Number(rest)
}

function textAt(column: Column, row: number): readonly [Uint8Array, number, number] {
  const source = column.dictionary ?? column
  const at = column.dictionary === undefined ? row : column.values[row] as number
  return [source.bytes, source.starts[at]!, source.lengths[at]!]
}

const decoder = new TextDecoder()
const none = new Uint8Array(0)

/** Writes rows as messages of one type. */
export class MessageWriter {
  private readonly fields: ReadonlyArray<FieldWriter>
  private readonly nullText: Uint8Array
  private readonly scratch = new GrowingBytes(256)
  private readonly entry = new GrowingBytes(256)

  constructor(message: MessageType, row: LogicalType.RowType, nullLiteral: string) {
    this.nullText = encodeUtf8(nullLiteral)
    const named = row.map((column) => fieldNamed(message, column.name))
    this.fields = row.map((column, index): FieldWriter => {
      const field = named[index]!
      const later = row.flatMap((_, i) =>
        i > index && field.oneof !== undefined && named[i]!.oneof === field.oneof ? [i] : []
      )
      return {
        field,
        index,
        later,
        type: column.type,
        inner: innerOf(field, column.type, nullLiteral)
      }
    }).sort((a, b) => a.field.number - b.field.number)
  }

  /** Append row `row` without its length. */
  write(columns: ReadonlyArray<Column>, row: number, out: ByteSink): void {
    for (const writer of this.fields) {
      const column = columns[writer.index]!
      if (column.nulls?.[row] === 1) continue
      if (writer.later.some((i) => columns[i]!.nulls?.[row] !== 1)) continue
      this.field(writer, column, row, out)
    }
  }

  private field(writer: FieldWriter, column: Column, row: number, out: ByteSink): void {
    const { field, type } = writer
    if (type.kind === "MAP") return this.map(writer, column, row, out)
    if (!field.repeated) {
      if (!field.presence && isDefault(field, column, row)) return
      return this.tagged(writer, field, column, row, out)
    }
    const [elements] = column.children
    const from = column.starts[row]!
    const to = from + column.lengths[row]!
    if (!field.packed) {
      for (let i = from; i < to; i++) this.tagged(writer, field, elements!, i, out)
      return
    }
    if (from === to) return
    const { scratch } = this
    scratch.length = 0
    for (let i = from; i < to; i++) this.value(writer, field, elements!, i, scratch)
    putVarint(out, field.number * 8 + 2)
    this.prefixed(scratch, out)
  }

  private map(writer: FieldWriter, column: Column, row: number, out: ByteSink): void {
    const [keys, values] = column.children
    const [key, value] = (writer.field.value as { readonly type: MessageType }).type.fields
    const end = column.starts[row]! + column.lengths[row]!
    for (let i = column.starts[row]!; i < end; i++) {
      const { entry } = this
      entry.length = 0
      this.tagged(writer, key!, keys!, i, entry)
      this.tagged(writer, value!, values!, i, entry)
      putVarint(out, writer.field.number * 8 + 2)
      this.prefixed(entry, out)
    }
  }

  private prefixed(part: GrowingBytes, out: ByteSink): void {
    putVarint(out, part.length)
    writeBytes(out, part.bytes, 0, part.length)
  }

  private tagged(
    writer: FieldWriter,
    field: FieldType,
    column: Column,
    row: number,
    out: ByteSink
  ): void {
    const { value } = field
    const wire = value.kind === "scalar" ? wireOf(value.scalar) : value.kind === "enum" ? 0 : 2
    putVarint(out, field.number * 8 + wire)
    this.value(writer, field, column, row, out)
  }

  private value(
    writer: FieldWriter,
    field: FieldType,
    column: Column,
    row: number,
    out: ByteSink
  ): void {
    const absent = column.nulls?.[row] === 1
    const { value } = field
    if (value.kind === "message") {
      const { scratch } = this
      scratch.length = 0
      if (!absent) writer.inner!.write(column.children, row, scratch)
      return this.prefixed(scratch, out)
    }
    if (value.kind === "enum") {
      const number = absent ? value.type.values[0]!.number : enumNumber(column, row, value.type)
      return number < 0 ? putWide(out, BigInt(number)) : putVarint(out, number)
    }
    if (value.scalar === "string" || value.scalar === "bytes") {
      const [bytes, start, length] = absent
        ? value.scalar === "string"
          ? [this.nullText, 0, this.nullText.length] as const
          : [none, 0, 0] as const
        : textAt(column, row)
      putVarint(out, length)
      return writeBytes(out, bytes, start, length)
    }
    putScalar(value.scalar, absent ? 0 : column.values[row] as number | bigint, out)
  }
}

/** Values of enums by name, made once for each enum. */
const numbersByEnum = new WeakMap<EnumType, ReadonlyMap<string, number>>()

function numbersOf(type: EnumType): ReadonlyMap<string, number> {
  let numbers = numbersByEnum.get(type)
  if (numbers === undefined) {
    numbers = new Map(type.values.map((one) => [one.name, one.number]))
    numbersByEnum.set(type, numbers)
  }
  return numbers
}

function innerOf(field: FieldType, type: Type, nullLiteral: string): MessageWriter | undefined {
  const value = type.kind === "MAP"
    ? (field.value as { readonly type: MessageType }).type.fields[1]!.value
    : field.value
  const row = type.kind === "MAP" ? type.value : type.kind === "ARRAY" ? type.element : type
  return value.kind === "message" && row.kind === "ROW"
    ? new MessageWriter(value.type, row.fields, nullLiteral)
    : undefined
}

function enumNumber(
  column: Column,
  row: number,
  type: EnumType
): number {
  if (column.layout !== "bytes") return Number(column.values[row])
  const [bytes, start, length] = textAt(column, row)
  const text = decoder.decode(bytes.subarray(start, start + length))
  const number = numbersOf(type).get(text)
  if (number === undefined) {
    throw new RangeError(
      `Cannot write a value of enum ${type.name}: the text of the column is none of its names`
    )
  }
  return number
}

function isDefault(
  field: FieldType,
  column: Column,
  row: number
): boolean {
  const { value } = field
  if (value.kind === "message") return false
  if (value.kind === "enum") return enumNumber(column, row, value.type) === 0
  if (value.scalar === "string" || value.scalar === "bytes") return textAt(column, row)[2] === 0
  const number = column.values[row] as number | bigint
  return number === 0n || Object.is(number, 0)
}

function putScalar(scalar: string, value: number | bigint, out: ByteSink): void {
  switch (scalar) {
    case "float":
    case "double": {
      const size = scalar === "float" ? 4 : 8
      out.reserve(size)
      const view = new DataView(out.bytes.buffer, out.bytes.byteOffset + out.length, size)
      if (size === 4) view.setFloat32(0, Number(value), true)
      else view.setFloat64(0, Number(value), true)
      out.length += size
      return
    }
    case "fixed32":
    case "sfixed32":
    case "fixed64":
    case "sfixed64": {
      const size = scalar.endsWith("32") ? 4 : 8
      out.reserve(size)
      const view = new DataView(out.bytes.buffer, out.bytes.byteOffset + out.length, size)
      if (size === 4) view.setInt32(0, Number(value), true)
      else view.setBigInt64(0, BigInt(value), true)
      out.length += size
      return
    }
    case "sint32":
    case "sint64": {
      const wide = BigInt(value)
      return putWide(out, wide >= 0n ? wide << 1n : (-wide << 1n) - 1n)
    }
    case "uint32":
      return putVarint(out, Number(value) >= 0 ? Number(value) : Number(value) + 4294967296)
    default:
      if (typeof value === "number" && value >= 0) return putVarint(out, value)
      return putWide(out, BigInt(value))
  }
}
