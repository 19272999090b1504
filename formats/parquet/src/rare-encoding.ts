/**
 * Encodings that few files use, rewritten as the PLAIN bytes of the same values, so that each physical type has one decoder.
 * The unpacking itself is hyparquet's.
 */
import { deltaBinaryUnpack } from "hyparquet/src/delta.js"
import { byteStreamSplit } from "hyparquet/src/encoding.js"
import type { SchemaElement } from "hyparquet/src/types.js"
import { pageBytesMax } from "./codec.ts"
import { Damage } from "@millrace/core/internal"
import { guarded } from "./fault.ts"
import { decodeLevels } from "./run-length.ts"

/** The PLAIN form of `count` values of `bytes[at … )`. Throws {@link Damage}, also for an encoding that is not known. */
export function toPlain(
  encoding: string,
  element: SchemaElement,
  bytes: Uint8Array,
  at: number,
  count: number
): Uint8Array {
  if (count === 0) return new Uint8Array(0)
  const reader = {
    view: new DataView(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length),
    offset: at
  }
  switch (encoding) {
    case "DELTA_BINARY_PACKED": {
      checkDelta(bytes, at, count)
      if (element.type !== "INT32" && element.type !== "INT64") break
      const values = element.type === "INT32" ? new Int32Array(count) : new BigInt64Array(count)
      guarded("unpacking deltas", () => deltaBinaryUnpack(reader, count, values))
      return bytesOf(values)
    }
    case "DELTA_LENGTH_BYTE_ARRAY":
      return joinTexts(undefined, lengths(reader, bytes, count), element, bytes, reader.offset)
    case "DELTA_BYTE_ARRAY": {
      const prefixes = lengths(reader, bytes, count)
      return joinTexts(prefixes, lengths(reader, bytes, count), element, bytes, reader.offset)
    }
    case "BYTE_STREAM_SPLIT": {
      if (element.type === undefined) break
      const width = element.type === "FIXED_LEN_BYTE_ARRAY"
        ? element.type_length ?? 0
        : element.type === "INT32" || element.type === "FLOAT"
        ? 4
        : 8
      if (at + width * count > bytes.length) throw new Damage("its values end early")
      const split = guarded(
        "joining streams",
        () => byteStreamSplit(reader, count, element.type!, width)
      )
      return Array.isArray(split)
        ? concat(split as Array<Uint8Array>)
        : bytesOf(split as Float64Array)
    }
    case "RLE":
      if (element.type === "BOOLEAN") return booleans(bytes, at, count)
  }
  throw new Damage(`${element.type} values are encoded as ${encoding}, which is not supported`)
}

function bytesOf(values: Int32Array | BigInt64Array | Float32Array | Float64Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
}

/** A header that claims absurd blocks must not make the unpacking allocate them. */
function checkDelta(bytes: Uint8Array, at: number, count: number): void {
  const [block, afterBlock] = varint(bytes, at)
  const [miniblocks, afterMiniblocks] = varint(bytes, afterBlock)
  const [values] = varint(bytes, afterMiniblocks)
  const whole = miniblocks > 0 && block % miniblocks === 0 && (block / miniblocks) % 8 === 0
  if (!whole || block > 1 << 20 || miniblocks > 4096 || values !== count) {
    throw new Damage(
      `deltas claim ${values} values in blocks of ${block} by ${miniblocks}, where ${count} are due`
    )
  }
}

function varint(bytes: Uint8Array, at: number): readonly [value: number, after: number] {
  let value = 0
  for (let i = 0; i < 5; i++) {
    const byte = bytes[at + i]
    if (byte === undefined) break
    value += (byte & 127) * 2 ** (7 * i)
    if (byte < 128) return [value, at + i + 1]
  }
  throw new Damage("a delta header ends early")
}

/** Lengths of texts, as deltas; the reader stands behind them afterwards. */
function lengths(
  reader: { view: DataView<ArrayBuffer>; offset: number },
  bytes: Uint8Array,
  count: number
): Int32Array {
  checkDelta(bytes, reader.offset, count)
  const out = new Int32Array(count)
  guarded("unpacking deltas", () => deltaBinaryUnpack(reader, count, out))
  return out
}

/** Texts of which each repeats `prefixes[i]` bytes of the one before and goes on with `suffixes[i]` bytes from `at`. */
function joinTexts(
  prefixes: Int32Array | undefined,
  suffixes: Int32Array,
  element: SchemaElement,
  bytes: Uint8Array,
  at: number
): Uint8Array {
  const fixed = element.type === "FIXED_LEN_BYTE_ARRAY"
  if (!fixed && element.type !== "BYTE_ARRAY") {
    throw new Damage(`${element.type} values are encoded as byte arrays`)
  }
  const count = suffixes.length
  let before = 0
  let size = 0
  let from = at
  for (let i = 0; i < count; i++) {
    const prefix = prefixes === undefined ? 0 : prefixes[i]!
    const suffix = suffixes[i]!
    if (prefix < 0 || prefix > before || suffix < 0 || from + suffix > bytes.length) {
      throw new Damage(`a text of ${prefix} repeated and ${suffix} own bytes does not fit its page`)
    }
    before = prefix + suffix
    if (fixed && before !== element.type_length) {
      throw new Damage("a value has another length than its type")
    }
    size += before + (fixed ? 0 : 4)
    from += suffix
    if (size > pageBytesMax) throw new Damage(`a page decodes to more than ${pageBytesMax} bytes`)
  }
  const out = new Uint8Array(size)
  let last = 0
  let to = 0
  from = at
  for (let i = 0; i < count; i++) {
    const prefix = prefixes === undefined ? 0 : prefixes[i]!
    const suffix = suffixes[i]!
    if (!fixed) to = putLength(out, to, prefix + suffix)
    out.copyWithin(to, last, last + prefix)
    out.set(bytes.subarray(from, from + suffix), to + prefix)
    last = to
    to += prefix + suffix
    from += suffix
  }
  return out
}

function putLength(out: Uint8Array, at: number, length: number): number {
  out[at] = length & 255
  out[at + 1] = (length >>> 8) & 255
  out[at + 2] = (length >>> 16) & 255
  out[at + 3] = length >>> 24
  return at + 4
}

function concat(parts: ReadonlyArray<Uint8Array>): Uint8Array {
  let size = 0
  for (const part of parts) size += part.length
  const out = new Uint8Array(size)
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

/** BOOLEAN runs behind their length, as plain bits. */
function booleans(bytes: Uint8Array, at: number, count: number): Uint8Array {
  if (at + 4 > bytes.length) throw new Damage("its values end early")
  const length = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) |
    (bytes[at + 3]! << 24)
  if (length < 0 || at + 4 + length > bytes.length) throw new Damage("its values end early")
  const flags = new Uint8Array(count)
  decodeLevels(bytes, at + 4, at + 4 + length, 1, 1, flags, count)
  const out = new Uint8Array((count + 7) >> 3)
  for (let i = 0; i < count; i++) out[i >> 3] = out[i >> 3]! | (flags[i]! << (i & 7))
  return out
}
