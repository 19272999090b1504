/** A set of file descriptors (`protoc --descriptor_set_out --include_imports`) to declarations. It is a Protobuf message itself, read here by its field numbers. */
import { decodeUtf8 } from "@millrace/core/internal"
import type { DeclaredField, DeclaredFile, DeclaredMessage } from "./declared.ts"
import { fail } from "./problem.ts"
import { type Cursor, readVarint32, skipField } from "./scan.ts"
import { type EnumType, scalarNumbers } from "./schema.ts"

/** Fields of a message by number: numbers and parts in the order in which they come. */
type Fields = ReadonlyMap<number, ReadonlyArray<number | Uint8Array>>

function fieldsOf(bytes: Uint8Array): Fields {
  const fields = new Map<number, Array<number | Uint8Array>>()
  const cursor: Cursor = { at: 0, wide: 0n }
  while (cursor.at < bytes.length) {
    const tag = readVarint32(bytes, cursor.at, bytes.length, cursor) >>> 0
    const list = fields.get(tag >>> 3) ?? []
    fields.set(tag >>> 3, list)
    if ((tag & 7) === 0) list.push(readVarint32(bytes, cursor.at, bytes.length, cursor))
    else if ((tag & 7) === 2) {
      const length = readVarint32(bytes, cursor.at, bytes.length, cursor)
      if (length < 0 || length > bytes.length - cursor.at) fail("The descriptor is cut off")
      list.push(bytes.subarray(cursor.at, cursor.at + length))
      cursor.at += length
    } else cursor.at = skipField(bytes, cursor.at, bytes.length, tag, cursor, 0)
  }
  return fields
}

function text(fields: Fields, number: number): string {
  const last = fields.get(number)?.at(-1)
  return last instanceof Uint8Array ? decodeUtf8(last, 0, last.length) : ""
}

function int(fields: Fields, number: number): number {
  const last = fields.get(number)?.at(-1)
  return typeof last === "number" ? last : 0
}

function parts(fields: Fields, number: number): ReadonlyArray<Fields> {
  return (fields.get(number) ?? []).flatMap((part) =>
    part instanceof Uint8Array ? [fieldsOf(part)] : []
  )
}

/** The files of a descriptor set, or of one descriptor. Throws Problem. */
export function parseDescriptors(bytes: Uint8Array): ReadonlyArray<DeclaredFile> {
  const files = parts(fieldsOf(bytes), 1)
  if (files.length === 0) return fail("The descriptor holds no file")
  return files.map((file) => {
    if (text(file, 12) === "editions") fail("The descriptor is of an edition; use proto2 or proto3")
    return {
      syntax: text(file, 12) === "proto3" ? "proto3" : "proto2",
      package: text(file, 2),
      messages: parts(file, 4).map(messageOf),
      enums: parts(file, 5).map(enumOf)
    }
  })
}

function messageOf(fields: Fields): DeclaredMessage {
  const oneofs = parts(fields, 8).map((oneof) => text(oneof, 1))
  return {
    name: text(fields, 1),
    map: parts(fields, 7).some((options) => int(options, 7) === 1),
    fields: parts(fields, 2).map((field) => fieldOf(field, oneofs)),
    messages: parts(fields, 3).map(messageOf),
    enums: parts(fields, 4).map(enumOf)
  }
}

function fieldOf(field: Fields, oneofs: ReadonlyArray<string>): DeclaredField {
  const number = int(field, 5)
  const options = parts(field, 8)[0]
  if (number === 10) fail(`The field "${text(field, 1)}" is a group, which is not supported`)
  const explicit = int(field, 17) === 1
  const label = int(field, 4)
  return {
    name: text(field, 1),
    number: int(field, 3),
    label: label === 3 ? "repeated" : label === 2 ? "required" : explicit ? "optional" : "none",
    type: scalarNumbers[number] ?? text(field, 6),
    oneof: field.has(9) && !explicit ? oneofs[int(field, 9)] : undefined,
    packed: options?.has(2) === true ? int(options, 2) === 1 : undefined,
    default: field.has(7) ? text(field, 7) : undefined
  }
}

function enumOf(fields: Fields): EnumType {
  return {
    name: text(fields, 1),
    values: parts(fields, 2).map((value) => ({ name: text(value, 1), number: int(value, 2) }))
  }
}
