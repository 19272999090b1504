/**
 * Compression of pages. The size a page claims is checked against what comes out, and bounds what may come out, so a damaged
 * header cannot make a small file fill the memory.
 */
import * as zlib from "node:zlib"
import { snappyUncompress } from "hyparquet/src/snappy.js"
import { Damage, guarded } from "./fault.ts"
import { snappyCompress } from "./snappy.ts"

/** The codecs that are read and written. */
export type Codec = "UNCOMPRESSED" | "SNAPPY" | "GZIP" | "ZSTD"

/** The largest page accepted, in bytes, after decompression. */
export const pageBytesMax: number = 2 ** 30

/** Whether pages of this codec can be read and written. */
export function isCodec(name: string): name is Codec {
  return name === "UNCOMPRESSED" || name === "SNAPPY" || name === "GZIP" || name === "ZSTD"
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
    case "SNAPPY": {
      const claimed = snappySize(bytes)
      // A copy element of 2 bytes gives at most 64, so no valid block grows by more than 32 times.
      if (claimed !== size || size > bytes.length * 32 + 64) {
        throw new Damage(`a block of ${bytes.length} bytes claims ${claimed} and its page ${size}`)
      }
      const out = new Uint8Array(size)
      snappyUncompress(bytes, out)
      return out
    }
  }
}

function snappySize(bytes: Uint8Array): number {
  let size = 0
  for (let i = 0; i < 5 && i < bytes.length; i++) {
    size += (bytes[i]! & 127) * 2 ** (7 * i)
    if (bytes[i]! < 128) return size
  }
  return -1
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
  }
}

/** CRC-32 of the parts, one after the other, as a signed 32-bit number: what a page header holds. */
export function checksum(...parts: ReadonlyArray<Uint8Array>): number {
  let crc = 0
  for (const part of parts) crc = zlib.crc32(part, crc)
  return crc | 0
}
