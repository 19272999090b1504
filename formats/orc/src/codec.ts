/**
 * Compression of a file's chunks: each has a header of three bytes, its length and whether it was left as it is. What a chunk may grow to is
 * bounded by the file's chunk size, so that a damaged one cannot fill the memory.
 */
import { Damage, lz4Uncompress, snappyCompress, snappyUncompress } from "@millrace/core/internal"
import * as zlib from "node:zlib"

/** How chunks are compressed. */
export type Codec = "NONE" | "ZLIB" | "SNAPPY" | "LZ4" | "ZSTD"

const codecs: ReadonlyArray<Codec | "LZO"> = ["NONE", "ZLIB", "SNAPPY", "LZO", "LZ4", "ZSTD"]

/** The codec of a number in a file. */
export function codecOf(kind: number): Codec {
  const codec = codecs[kind]
  if (codec === undefined || codec === "LZO") {
    throw new Damage(`its compression ${codec ?? kind} is not supported`)
  }
  return codec
}

/** The number of a codec in a file. */
export function codecNumber(codec: Codec): number {
  return codecs.indexOf(codec)
}

/** One chunk decompressed, of at most `limit` bytes. Throws {@link Damage}. */
export function decompress(codec: Codec, bytes: Uint8Array, limit: number): Uint8Array {
  try {
    switch (codec) {
      case "NONE":
        return bytes
      case "ZLIB":
        return plain(zlib.inflateRawSync(bytes, { maxOutputLength: limit }))
      case "ZSTD":
        return plain(zlib.zstdDecompressSync(bytes, { maxOutputLength: limit }))
      case "SNAPPY":
        return whole(codec, snappyUncompress(bytes, limit))
      case "LZ4":
        return whole(codec, lz4Uncompress(bytes, limit))
    }
  } catch (cause) {
    if (cause instanceof Damage) throw cause
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new Damage(`decompressing a chunk (${codec}) failed: ${why}`)
  }
}

/** One chunk compressed. LZ4 is read and not written. */
export function compress(codec: Codec, bytes: Uint8Array): Uint8Array {
  switch (codec) {
    case "ZLIB":
      return zlib.deflateRawSync(bytes)
    case "ZSTD":
      return zlib.zstdCompressSync(bytes)
    case "SNAPPY":
      return snappyCompress(bytes)
    default:
      return bytes
  }
}

function whole(codec: Codec, bytes: Uint8Array | undefined): Uint8Array {
  if (bytes === undefined) throw new Damage(`a block (${codec}) is damaged or too large`)
  return bytes
}

/** The bytes of a Buffer: its `slice` would share them. */
function plain(buffer: Uint8Array): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length)
}

/** Length of the chunk whose header stands at `at`, and whether it was left as it is. Throws {@link Damage}. */
export function chunkHeader(
  bytes: Uint8Array,
  at: number
): { readonly length: number; readonly original: boolean } {
  if (at + 3 > bytes.length) throw new Damage("the header of a chunk is cut off")
  const header = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16)
  const length = header >>> 1
  if (at + 3 + length > bytes.length) {
    throw new Damage(`a chunk claims ${length} bytes, and ${bytes.length - at - 3} are there`)
  }
  return { length, original: (header & 1) === 1 }
}

/** All chunks of a structure of at most `limit` bytes. */
export function decompressAll(
  codec: Codec,
  bytes: Uint8Array,
  chunkBytes: number,
  limit: number
): Uint8Array {
  if (codec === "NONE") return bytes
  const parts: Array<Uint8Array> = []
  let size = 0
  for (let at = 0; at < bytes.length;) {
    const { length, original } = chunkHeader(bytes, at)
    const chunk = bytes.subarray(at + 3, at + 3 + length)
    const part = original ? chunk : decompress(codec, chunk, chunkBytes)
    size += part.length
    if (size > limit) throw new Damage(`its metadata is larger than ${limit} bytes`)
    parts.push(part)
    at += 3 + length
  }
  if (parts.length === 1) return parts[0]!
  const all = new Uint8Array(size)
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
