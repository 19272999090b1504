/**
 * Looks through a structure in Thrift's compact protocol before it is parsed: every list and text must have room for what it claims in the
 * bytes that are left, since the parser makes room for what is claimed. Walks once, makes nothing.
 */
import { Damage } from "@millrace/core/internal"

/** Structures and lists within one another; those of Parquet are fewer than ten. */
const depthMax = 64

interface Cursor {
  at: number
}

/** Check the structure at `at`; answers the byte after it. Throws {@link Damage}. */
export function checkThrift(bytes: Uint8Array, at: number): number {
  const cursor = { at }
  struct(bytes, cursor, 0)
  return cursor.at
}

function next(bytes: Uint8Array, cursor: Cursor): number {
  const byte = bytes[cursor.at++]
  if (byte === undefined) throw new Damage("its metadata ends early")
  return byte
}

function varint(bytes: Uint8Array, cursor: Cursor): number {
  let value = 0
  let unit = 1
  for (let i = 0; i < 10; i++) {
    const byte = next(bytes, cursor)
    value += (byte & 127) * unit
    if (byte < 128) return value
    unit *= 128
  }
  throw new Damage("a number of its metadata is too long")
}

function struct(bytes: Uint8Array, cursor: Cursor, depth: number): void {
  if (depth > depthMax) throw new Damage(`its metadata is nested deeper than ${depthMax} levels`)
  for (;;) {
    const byte = next(bytes, cursor)
    const type = byte & 15
    if (type === 0) return
    if (byte >>> 4 === 0) varint(bytes, cursor)
    // a truth value of a field is its type
    if (type > 2) element(bytes, cursor, type, depth)
  }
}

function element(bytes: Uint8Array, cursor: Cursor, type: number, depth: number): void {
  switch (type) {
    case 1:
    case 2:
    case 3:
      next(bytes, cursor)
      return
    case 4:
    case 5:
    case 6:
      varint(bytes, cursor)
      return
    case 7:
      return skip(bytes, cursor, 8)
    case 8:
      return skip(bytes, cursor, varint(bytes, cursor))
    case 9: {
      const head = next(bytes, cursor)
      const size = head >>> 4 === 15 ? varint(bytes, cursor) : head >>> 4
      // every element has a byte at least
      if (size > bytes.length - cursor.at) {
        throw new Damage(`a list of its metadata claims ${size} elements, more than it has bytes`)
      }
      if (depth >= depthMax) {
        throw new Damage(`its metadata is nested deeper than ${depthMax} levels`)
      }
      for (let i = 0; i < size; i++) element(bytes, cursor, head & 15, depth + 1)
      return
    }
    case 12:
      return struct(bytes, cursor, depth + 1)
    default:
      throw new Damage(`its metadata has a field of the unknown type ${type}`)
  }
}

function skip(bytes: Uint8Array, cursor: Cursor, length: number): void {
  cursor.at += length
  if (cursor.at > bytes.length) {
    throw new Damage("a text of its metadata is longer than the metadata")
  }
}
