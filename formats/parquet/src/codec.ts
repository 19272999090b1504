/**
 * Compression of pages. The size a page claims is checked against what comes out, and bounds what may come out, so a damaged
 * header cannot make a small file fill the memory.
 */
import { Damage, lz4Uncompress, snappyCompress, snappyUncompress } from "@millrace/core/internal"
import * as zlib from "node:zlib"
import { guarded } from "./fault.ts"

/** The codecs that are read; all but BROTLI and LZ4_RAW are written. */
export type Codec = "UNCOMPRESSED" | "SNAPPY" | "GZIP" | "ZSTD" | "BROTLI" | "LZ4_RAW"

/** All of them, for messages. */
export const codecs: ReadonlyArray<Codec> = [
  "UNCOMPRESSED",
  "SNAPPY",
  "GZIP",
  "ZSTD",
  "BROTLI",
  "LZ4_RAW"
]

/** The largest page accepted, in bytes, after decompression. */
export const pageBytesMax: number = 2 ** 30

/** Whether pages of this codec can be read. */
export function isCodec(name: string): name is Codec {
  return (codecs as ReadonlyArray<string>).includes(name)
}

/** `bytes` decompressed to exactly `size` bytes; UNCOMPRESSED answers `bytes` itself. Throws {@link Damage}. */
export function decompress(codec: Codec, bytes: Uint8Array, size: number): Uint8Array {
  if (size < 0 || size > pageBytesMax) {
    throw new Damage(`its page claims ${size} bytes but at most ${pageBytesMax} are accepted`)
  }
  const out = codec === "UNCOMPRESSED"
    ? bytes
    : size === 0 && bytes.length === 0
    ? bytes
    : guarded(`decompressing a page (${codec})`, () => inflate(codec, bytes, size))
  if (out.length !== size) {
    throw new Damage(`its page has ${out.length} bytes when decompressed but claims ${size}`)
  }
  return out
}

function inflate(codec: Codec, bytes: Uint8Array, size: number): Uint8Array {
  switch (codec) {
    case "UNCOMPRESSED":
      return bytes
    case "GZIP":
      return zlib.gunzipSync(bytes, { maxOutputLength: Math.max(1, size) })
    case "ZSTD":
      return zlib.zstdDecompressSync(bytes, { maxOutputLength: Math.max(1, size) })
    case "BROTLI":
      return zlib.brotliDecompressSync(bytes, { maxOutputLength: Math.max(1, size) })
    case "SNAPPY":
      return block(snappyUncompress(bytes, size), bytes.length, size)
    case "LZ4_RAW":
      return block(lz4Uncompress(bytes, size), bytes.length, size)
  }
}

function block(out: Uint8Array | undefined, bytes: number, size: number): Uint8Array {
  if (out === undefined) {
    throw new Damage(`a block of ${bytes} bytes does not give the ${size} it should`)
  }
  return out
}

/** `bytes` compressed, in an array of its own (UNCOMPRESSED: `bytes` itself). */
export function compress(codec: Codec, bytes: Uint8Array): Uint8Array {
  switch (codec) {
    case "UNCOMPRESSED":
      return bytes
    case "SNAPPY":
      return snappyCompress(bytes)
    case "GZIP":
      return zlib.gzipSync(bytes)
    case "ZSTD":
      return zlib.zstdCompressSync(bytes)
    default:
      throw new Damage(`pages are not written as ${codec}`)
  }
}

/** CRC-32 of the parts, one after the other, as a signed 32-bit number: what a page header holds. */
export function checksum(...parts: ReadonlyArray<Uint8Array>): number {
  let crc = 0
  for (const part of parts) crc = zlib.crc32(part, crc)
  return crc | 0
}
