/**
 * Protocol buffers as ORC's metadata uses them: a message is a list of numbered fields, each a number or bytes. Reading is total: bytes that
 * are no message throw {@link Damage}.
 */
import { Damage } from "@millrace/core/internal"

/** A field of a message as it stands there. */
export interface WireField {
  readonly number: number
  /** Of a varint or fixed field; exact to 2^53. */
  readonly value: number
  /** Of a length-delimited field. */
  readonly bytes: Uint8Array
}

const noBytes = new Uint8Array(0)

/** The fields of a message, in order. */
export function readMessage(bytes: Uint8Array): ReadonlyArray<WireField> {
  const fields: Array<WireField> = []
  const cursor = { at: 0 }
  while (cursor.at < bytes.length) {
    const tag = readVarint(bytes, cursor)
    const number = Math.floor(tag / 8)
    switch (tag % 8) {
      case 0:
        fields.push({ number, value: readVarint(bytes, cursor), bytes: noBytes })
        break
      case 1:
        fields.push({ number, value: 0, bytes: cut(bytes, cursor, 8) })
        break
      case 2:
        fields.push({ number, value: 0, bytes: cut(bytes, cursor, readVarint(bytes, cursor)) })
        break
      case 5:
        fields.push({ number, value: 0, bytes: cut(bytes, cursor, 4) })
        break
      default:
        throw new Damage("its metadata is no protocol buffer")
    }
  }
  return fields
}

function cut(bytes: Uint8Array, cursor: { at: number }, length: number): Uint8Array {
  const end = cursor.at + length
  if (!(end <= bytes.length)) {
    throw new Damage("a field of its metadata is longer than the metadata")
  }
  const part = bytes.subarray(cursor.at, end)
  cursor.at = end
  return part
}

/** A varint as a double: exact to 2^53. */
export function readVarint(bytes: Uint8Array, cursor: { at: number }): number {
  let value = 0
  let unit = 1
  for (let i = 0; i < 10; i++) {
    const byte = bytes[cursor.at++]
    if (byte === undefined) throw new Damage("a number of its metadata is cut off")
    value += (byte & 127) * unit
    if (byte < 128) return value
    unit *= 128
  }
  throw new Damage("a number of its metadata is too long")
}

/** The last value of number field `number`, or `otherwise`. */
export function numberOf(
  fields: ReadonlyArray<WireField>,
  number: number,
  otherwise: number
): number {
  let found = otherwise
  for (const field of fields) if (field.number === number) found = field.value
  return found
}

/** The bytes of the last field `number`. */
export function bytesOf(
  fields: ReadonlyArray<WireField>,
  number: number
): Uint8Array | undefined {
  let found: Uint8Array | undefined
  for (const field of fields) if (field.number === number) found = field.bytes
  return found
}

/** The values of a repeated number, packed or not. */
export function numbersOf(fields: ReadonlyArray<WireField>, number: number): ReadonlyArray<number> {
  return fields.filter((field) => field.number === number).flatMap((field) => {
    if (field.bytes.length === 0) return [field.value]
    const values: Array<number> = []
    const cursor = { at: 0 }
    while (cursor.at < field.bytes.length) values.push(readVarint(field.bytes, cursor))
    return values
  })
}

/** The messages of a repeated field. */
export function messagesOf(
  fields: ReadonlyArray<WireField>,
  number: number
): ReadonlyArray<ReadonlyArray<WireField>> {
  return fields.filter((field) => field.number === number).map((field) => readMessage(field.bytes))
}
