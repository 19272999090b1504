/**
 * Compression of blocks of container files. What comes out of a block is bounded, so that a small file cannot fill the memory.
 */
import { snappyCompress, snappyUncompress } from "@millrace/core/internal"
import * as zlib from "node:zlib"
import { fail } from "./problem.ts"

/** Codecs that are read and written, by Avro's names. */
export const codecs: ReadonlyArray<string> = ["null", "deflate", "snappy", "zstandard"]

/** The largest block accepted, in bytes, after decompression. */
export const blockBytesMax: number = 2 ** 28

/** A block as it stands in the file, without its size and marker. */
export function compress(codec: string, bytes: Uint8Array): Uint8Array {
  switch (codec) {
    case "deflate":
      return zlib.deflateRawSync(bytes)
    case "zstandard":
      return zlib.zstdCompressSync(bytes)
    case "snappy": {
      const block = snappyCompress(bytes)
      const out = new Uint8Array(block.length + 4)
      out.set(block)
      new DataView(out.buffer).setUint32(block.length, zlib.crc32(bytes))
      return out
    }
    default:
      return bytes
  }
}

/** What a block holds. Throws Problem. The answer of `null` is `bytes` itself. */
export function decompress(codec: string, bytes: Uint8Array): Uint8Array {
  if (codec === "null") return bytes
  if (codec === "snappy") return unsnap(bytes)
  try {
    return codec === "deflate"
      ? zlib.inflateRawSync(bytes, { maxOutputLength: blockBytesMax })
      : zlib.zstdDecompressSync(bytes, { maxOutputLength: blockBytesMax })
  } catch (error) {
    return fail(`its ${codec} content is damaged: ${(error as Error).message}`)
  }
}

function unsnap(bytes: Uint8Array): Uint8Array {
  if (bytes.length < 5) return fail("its snappy block has no checksum")
  const length = bytes.length - 4
  const out = snappyUncompress(bytes.subarray(0, length), blockBytesMax) ??
    fail("its snappy content is damaged")
  const expected = new DataView(bytes.buffer, bytes.byteOffset + length).getUint32(0)
  if (zlib.crc32(out) !== expected) return fail("its snappy content does not match its checksum")
  return out
}
