/**
 * Compression of record batches. Gzip and Zstandard are the runtime's own; Snappy and LZ4 come from `@platformatic/wasm-utils`, loaded when
 * a batch needs one. Snappy may be in the framing of Java's library (xerial), which is undone here.
 */
import * as zlib from "node:zlib"

/** One codec. Both directions are synchronous and give fresh bytes. */
export interface Codec {
  readonly compress: (bytes: Uint8Array) => Uint8Array
  readonly decompress: (bytes: Uint8Array) => Uint8Array
}

/** Names by the number in a batch's attributes. */
export const codecNames = ["none", "gzip", "snappy", "lz4", "zstd"] as const

/** The codecs loaded so far, by number. One per client; reading a batch never waits. */
export class Codecs {
  private readonly loaded = new Map<number, Codec>()

  /** The codec, if it was loaded. */
  get(number: number): Codec | undefined {
    return this.loaded.get(number)
  }

  /** Load a codec. Rejects when the runtime has none or the number means none. */
  async load(number: number): Promise<void> {
    if (number === 0 || this.loaded.has(number)) return
    this.loaded.set(number, await makeCodec(number))
  }
}

async function makeCodec(number: number): Promise<Codec> {
  switch (codecNames[number]) {
    case "gzip":
      return {
        compress: (bytes) => zlib.gzipSync(bytes),
        decompress: (bytes) => zlib.gunzipSync(bytes)
      }
    case "zstd":
      if (zlib.zstdDecompressSync === undefined) {
        throw new Error("this runtime has no Zstandard; use Node 24, Bun or Deno")
      }
      return {
        compress: (bytes) => zlib.zstdCompressSync(bytes),
        decompress: (bytes) => zlib.zstdDecompressSync(bytes)
      }
    case "snappy": {
      const { snappyCompress, snappyDecompress } = await import("@platformatic/wasm-utils")
      return {
        compress: (bytes) => snappyCompress(asBuffer(bytes)),
        decompress: (bytes) => unframe(bytes, (part) => snappyDecompress(asBuffer(part)))
      }
    }
    case "lz4": {
      const { lz4Compress, lz4Decompress } = await import("@platformatic/wasm-utils")
      return {
        compress: (bytes) => lz4Compress(asBuffer(bytes)),
        decompress: (bytes) => lz4Decompress(asBuffer(bytes))
      }
    }
    default:
      throw new Error(`compression ${number} is not known`)
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}

const xerial = [0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]
const xerialHeaderBytes = 16

function unframe(bytes: Uint8Array, decompress: (part: Uint8Array) => Uint8Array): Uint8Array {
  if (!xerial.every((byte, i) => bytes[i] === byte)) return decompress(bytes)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const parts: Array<Uint8Array> = []
  for (let at = xerialHeaderBytes; at < bytes.length;) {
    const length = view.getInt32(at)
    if (length < 0 || at + 4 + length > bytes.length) throw new Error("a Snappy block is cut off")
    // a copy: what a decoder in WebAssembly gives may be a view that its next call writes over
    parts.push(decompress(bytes.subarray(at + 4, at + 4 + length)).slice())
    at += 4 + length
  }
  return Buffer.concat(parts)
}
