/**
 * Canonical bytes: the one byte form of a value that equality and key groups rest on, whatever layout the value comes in.
 *
 * | type | bytes (little-endian) |
 * |---|---|
 * | NULL | none |
 * | BOOLEAN | 1 |
 * | TINYINT … INT, DATE, TIME, INTERVAL YEAR TO MONTH | 4, signed |
 * | BIGINT, DECIMAL(≤18) unscaled | 8, signed; narrow = wide |
 * | FLOAT, DOUBLE, TIMESTAMP(≤3), INTERVAL DAY TO SECOND | 8, IEEE 754; −0 = 0, one NaN |
 * | TIMESTAMP(>3) | 8 as above for the millis, then 4 for the nanos |
 * | DECIMAL(>18) unscaled | shortest two's complement |
 * | CHAR … VARBINARY | the bytes themselves; coded = plain |
 * | ARRAY | 4 for the count, then per element: 4 for its length (−1: NULL) and its bytes |
 * | MAP, MULTISET | as an ARRAY of key, value, key, value …, entries ordered by the bytes of their keys |
 * | ROW | per field as in an ARRAY, without the count |
 *
 * **Law** Two values of one type are the same key exactly when their canonical bytes are equal and both or none are NULL.
 */
import { isNull } from "../batch/column.ts"
import type { Column } from "../batch/column.ts"
import { compareBytes } from "../batch/utf8.ts"
import { Fault } from "../fault.ts"
import type { FaultClass } from "../fault.ts"
import { layoutOf } from "../type/logical-type.ts"
import type { LogicalType } from "../type/logical-type.ts"
import type { Boxed } from "./boxed.ts"
import { entryTypes } from "./boxed.ts"
import { ByteReader, ByteWriter } from "./byte-io.ts"

const Base: FaultClass<"KeyTypeFault", { kind: string }> = Fault<{ kind: string }>()(
  "KeyTypeFault",
  "user",
  "never"
)

/** A value that has no canonical bytes was used as a key. */
export class KeyTypeFault extends Base {
  override get message(): string {
    return `Cannot use a value of type "${this.kind}" as a key: expected a SQL type, so choose a field of it`
  }
}

/** Appends the canonical bytes of row `row`; none when it is NULL. Cost: allocates for MAP and DECIMAL(>18) only. */
export function writeCanonical(
  writer: ByteWriter,
  type: LogicalType,
  column: Column,
  row: number
): void {
  if (isNull(column, row)) return
  const values = column.values
  switch (column.layout) {
    case "bool":
      return writer.u8(values[row] as number)
    case "i32":
      return writer.i32(values[row] as number)
    case "f64":
      return writer.f64(values[row] as number)
    case "i64":
      return column.narrow
        ? writer.i64OfNumber(values[row] as number)
        : writer.i64(values[row] as bigint)
    case "ts9":
      writer.f64(values[row] as number)
      return writer.i32(column.nanos[row]!)
    case "big":
      return writeBig(writer, values[row] as bigint)
    case "bytes":
      return writeBytes(writer, column, row)
    case "list":
      return writeList(writer, (type as LogicalType & { kind: "ARRAY" }).element, column, row)
    case "map":
      return writeMap(writer, type, column, row)
    case "row":
      return (type as LogicalType & { kind: "ROW" }).fields.forEach((field, f) =>
        writeMember(writer, field.type, column.children[f]!, row)
      )
    case "object":
      if (type.kind !== "NULL") throw new KeyTypeFault({ kind: type.kind })
  }
}

function writeBytes(writer: ByteWriter, column: Column, row: number): void {
  const dictionary = column.dictionary
  if (dictionary === undefined) {
    return writer.raw(column.bytes, column.starts[row]!, column.lengths[row]!)
  }
  const code = column.values[row] as number
  writer.raw(dictionary.bytes, dictionary.starts[code]!, dictionary.lengths[code]!)
}

function writeBig(writer: ByteWriter, value: bigint): void {
  let rest = value
  for (;;) {
    const byte = Number(BigInt.asUintN(8, rest))
    writer.u8(byte)
    rest >>= 8n
    if ((rest === 0n && byte < 128) || (rest === -1n && byte >= 128)) return
  }
}

function writeMember(writer: ByteWriter, type: LogicalType, column: Column, row: number): void {
  if (isNull(column, row)) return writer.i32(-1)
  const at = writer.length
  writer.i32(0)
  writeCanonical(writer, type, column, row)
  const end = writer.length
  writer.length = at
  writer.i32(end - at - 4)
  writer.length = end
}

function writeList(writer: ByteWriter, element: LogicalType, column: Column, row: number): void {
  const from = column.starts[row]!
  const count = column.lengths[row]!
  writer.i32(count)
  for (let i = 0; i < count; i++) writeMember(writer, element, column.children[0]!, from + i)
}

function writeMap(writer: ByteWriter, type: LogicalType, column: Column, row: number): void {
  const [keyType, valueType] = entryTypes(type)
  const from = column.starts[row]!
  const count = column.lengths[row]!
  const entries: Array<readonly [key: Uint8Array, both: Uint8Array]> = []
  for (let i = from; i < from + count; i++) {
    const entry = new ByteWriter()
    writeMember(entry, keyType, column.children[0]!, i)
    const keyEnd = entry.length
    writeMember(entry, valueType, column.children[1]!, i)
    const both = entry.take()
    entries.push([both.subarray(0, keyEnd), both])
  }
  entries.sort((a, b) => compareBytes(a[0], 0, a[0].length, b[0], 0, b[0].length))
  writer.i32(count)
  for (const [, both] of entries) writer.raw(both, 0, both.length)
}

/** The value that canonical bytes (not those of NULL) stand for. */
export function readCanonical(type: LogicalType, bytes: Uint8Array): Boxed {
  const reader = new ByteReader(bytes)
  switch (layoutOf(type)) {
    case "bool":
      return reader.u8() === 1
    case "i32":
      return reader.i32()
    case "f64":
      return reader.f64()
    case "i64":
      return reader.i64()
    case "ts9":
      return [reader.f64(), reader.i32()]
    case "big":
      return readBig(bytes)
    case "bytes":
      return bytes.slice()
    case "list": {
      const element = (type as LogicalType & { kind: "ARRAY" }).element
      return Array.from({ length: reader.i32() }, () => readMember(reader, element))
    }
    case "map": {
      const [key, value] = entryTypes(type)
      return Array.from(
        { length: reader.i32() },
        () => [readMember(reader, key), readMember(reader, value)]
      )
    }
    case "row":
      return (type as LogicalType & { kind: "ROW" }).fields.map((field) =>
        readMember(reader, field.type)
      )
    case "object":
      throw new KeyTypeFault({ kind: type.kind })
  }
}

function readMember(reader: ByteReader, type: LogicalType): Boxed {
  const length = reader.i32()
  return length < 0 ? null : readCanonical(type, reader.raw(length))
}

function readBig(bytes: Uint8Array): bigint {
  let value = 0n
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]!)
  return BigInt.asIntN(bytes.length * 8, value)
}
