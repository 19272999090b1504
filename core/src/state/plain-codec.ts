/** Bytes of the odd values of keyed state (lists, boxed values): one tag byte, then the value. Part of the snapshot format. */
import { assert } from "../fault.ts"
import type { ByteReader, ByteWriter } from "./byte-io.ts"

const Kind = {
  undefined: 0,
  null: 1,
  false: 2,
  true: 3,
  number: 4,
  bigint: 5,
  string: 6,
  bytes: 7,
  array: 8,
  object: 9
} as const

/** Appends a value made of null, undefined, booleans, numbers, bigints, strings, Uint8Arrays, arrays and plain objects. */
export function writePlain(writer: ByteWriter, value: unknown): void {
  switch (typeof value) {
    case "undefined":
      return writer.u8(Kind.undefined)
    case "boolean":
      return writer.u8(value ? Kind.true : Kind.false)
    case "number":
      writer.u8(Kind.number)
      return writer.f64(value)
    case "bigint":
      writer.u8(Kind.bigint)
      return writeText(writer, value.toString(16))
    case "string":
      writer.u8(Kind.string)
      return writeText(writer, value)
    default:
      return writeStructure(writer, value)
  }
}

function writeStructure(writer: ByteWriter, value: unknown): void {
  if (value === null) return writer.u8(Kind.null)
  if (value instanceof Uint8Array) {
    writer.u8(Kind.bytes)
    writer.u32(value.length)
    return writer.run(value)
  }
  if (Array.isArray(value)) {
    writer.u8(Kind.array)
    writer.u32(value.length)
    return value.forEach((item) => writePlain(writer, item))
  }
  assert(typeof value === "object", "keyed state holds plain values")
  const entries = Object.entries(value as object)
  writer.u8(Kind.object)
  writer.u32(entries.length)
  for (const [key, item] of entries) {
    writeText(writer, key)
    writePlain(writer, item)
  }
}

function writeText(writer: ByteWriter, text: string): void {
  const bytes = new TextEncoder().encode(text)
  writer.u32(bytes.length)
  writer.run(bytes)
}

/** The value that {@link writePlain} wrote. */
export function readPlain(reader: ByteReader): unknown {
  const kind = reader.u8()
  switch (kind) {
    case Kind.undefined:
      return undefined
    case Kind.null:
      return null
    case Kind.false:
      return false
    case Kind.true:
      return true
    case Kind.number:
      return reader.f64()
    case Kind.bigint: {
      const text = readText(reader)
      return text.startsWith("-") ? -BigInt(`0x${text.slice(1)}`) : BigInt(`0x${text}`)
    }
    case Kind.string:
      return readText(reader)
    case Kind.bytes:
      return reader.raw(reader.u32())
    case Kind.array:
      return Array.from({ length: reader.u32() }, () => readPlain(reader))
    default: {
      assert(kind === Kind.object, "keyed state holds known kinds of values")
      const value: Record<string, unknown> = {}
      for (let left = reader.u32(); left > 0; left--) {
        const key = readText(reader)
        value[key] = readPlain(reader)
      }
      return value
    }
  }
}

function readText(reader: ByteReader): string {
  return new TextDecoder().decode(reader.raw(reader.u32()))
}
