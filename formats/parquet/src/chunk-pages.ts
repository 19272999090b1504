/**
 * The pages of one column chunk, one after the other. The compressed bytes are read through a window, so that a chunk of any size
 * holds at most a page and a window in memory; the body of a page is decompressed only when asked for.
 */
import type { RandomFile } from "@millrace/core/internal"
import { parquetHeader } from "hyparquet/src/column.js"
import type { PageHeader } from "hyparquet/src/types.js"
import { checksum, type Codec, codecs, decompress, isCodec, pageBytesMax } from "./codec.ts"
import { Damage } from "@millrace/core/internal"
import { guarded } from "./fault.ts"
import type { Chunk, FileNode } from "./footer.ts"
import { checkThrift } from "./thrift-check.ts"

const windowBytes = 1 << 20
const headerBytesMin = 4096

/** The most values of a page: room for them is made before they are decoded, and a run of few bytes may claim any number. */
const pageValuesMax = 2 ** 26

/** The body of a page, decompressed: where its levels and values stand in `bytes`. */
export interface PageBody {
  readonly bytes: Uint8Array
  readonly reps: readonly [from: number, to: number]
  readonly defs: readonly [from: number, to: number]
  readonly valuesAt: number
}

/** One page. `values` counts levels, NULLs included; `at` is its byte in the file. */
export interface Page {
  readonly dictionary: boolean
  readonly at: number
  readonly values: number
  readonly encoding: string
  /** Decompress. Throws {@link Damage}. */
  readonly open: () => PageBody
}

/** Reads the pages of a chunk. `at` tells the byte of the page last begun, for faults. */
export class ChunkPages {
  at: number
  private readonly file: RandomFile
  private readonly node: FileNode
  private readonly codec: Codec
  private readonly end: number
  private next_: number
  private left: number
  private window: Uint8Array = new Uint8Array(0)
  private windowAt = 0

  constructor(file: RandomFile, chunk: Chunk, node: FileNode) {
    if (!isCodec(chunk.codec)) {
      throw new Damage(
        `column "${node.path}" is compressed by ${chunk.codec}: supported are ${codecs.join(", ")}`
      )
    }
    this.file = file
    this.node = node
    this.codec = chunk.codec
    this.at = chunk.at
    this.next_ = chunk.at
    this.end = chunk.at + chunk.length
    this.left = chunk.values
  }

  /** The next page, or undefined when all values were given. Throws {@link Damage}. */
  next(): Page | undefined {
    while (this.left > 0) {
      const header = this.header()
      const bodyAt = this.next_
      const size = header.compressed_page_size
      this.next_ += size
      const page = this.make(header, bodyAt, size)
      if (page === undefined) continue
      if (!page.dictionary) {
        if (page.values > pageValuesMax) {
          throw new Damage(
            `a page of column "${this.node.path}" claims ${page.values} values, and at most ${pageValuesMax} are accepted`
          )
        }
        if (!Number.isInteger(page.values) || page.values <= 0 || page.values > this.left) {
          throw new Damage(
            `a page of column "${this.node.path}" has ${page.values} values where ${this.left} are left`
          )
        }
        this.left -= page.values
      }
      return page
    }
    return undefined
  }

  private header(): PageHeader {
    this.at = this.next_
    for (let want = headerBytesMin;; want *= 8) {
      const length = Math.min(want, this.end - this.at)
      if (length <= 0) throw new Damage(`the pages of column "${this.node.path}" end early`)
      const bytes = this.bytes(this.at, length)
      const reader = {
        view: new DataView(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length),
        offset: 0
      }
      const header = parse(bytes, reader, length < this.end - this.at)
      if (header === undefined) continue
      this.next_ = this.at + reader.offset
      this.checkSizes(header)
      return header
    }
  }

  private checkSizes(header: PageHeader): void {
    const { compressed_page_size: packed, uncompressed_page_size: plain } = header
    const fits = Number.isInteger(packed) && packed >= 0 && this.next_ + packed <= this.end
    if (!fits) {
      throw new Damage(
        `a page of column "${this.node.path}" claims ${packed} bytes, beyond its column`
      )
    }
    if (!Number.isInteger(plain) || plain < 0 || plain > pageBytesMax) {
      throw new Damage(
        `a page of column "${this.node.path}" claims ${plain} bytes when decompressed`
      )
    }
  }

  private bytes(at: number, length: number): Uint8Array {
    if (at < this.windowAt || at + length > this.windowAt + this.window.length) {
      const read = Math.min(this.end - at, Math.max(length, windowBytes))
      this.window = this.file.read(at, read)
      this.windowAt = at
    }
    return this.window.subarray(at - this.windowAt, at - this.windowAt + length)
  }

  private make(header: PageHeader, bodyAt: number, size: number): Page | undefined {
    const at = this.at
    const plain = header.uncompressed_page_size
    if (header.type === "DICTIONARY_PAGE" && header.dictionary_page_header !== undefined) {
      const { num_values: values, encoding } = header.dictionary_page_header
      if (!Number.isInteger(values) || values < 0) {
        throw new Damage(`a dictionary has ${values} values`)
      }
      const open = (): PageBody => {
        const bytes = decompress(this.codec, this.checked(header, bodyAt, size), plain)
        return { bytes, reps: [0, 0], defs: [0, 0], valuesAt: 0 }
      }
      return { dictionary: true, at, values, encoding: String(encoding), open }
    }
    if (header.type === "DATA_PAGE" && header.data_page_header !== undefined) {
      const { num_values: values, encoding } = header.data_page_header
      const open = (): PageBody =>
        this.openFirst(decompress(this.codec, this.checked(header, bodyAt, size), plain), header)
      return { dictionary: false, at, values, encoding: String(encoding), open }
    }
    if (header.type === "DATA_PAGE_V2" && header.data_page_header_v2 !== undefined) {
      const { num_values: values, encoding } = header.data_page_header_v2
      const open = (): PageBody => this.openSecond(this.checked(header, bodyAt, size), header)
      return { dictionary: false, at, values, encoding: String(encoding), open }
    }
    if (header.type === "INDEX_PAGE") return undefined
    throw new Damage(`a page of column "${this.node.path}" has the unknown type ${header.type}`)
  }

  private checked(header: PageHeader, at: number, size: number): Uint8Array {
    const bytes = this.bytes(at, size)
    if (header.crc !== undefined && checksum(bytes) !== header.crc) {
      throw new Damage(`a page of column "${this.node.path}" does not match its checksum`)
    }
    return bytes
  }

  /** Version 1: levels are compressed with the values, each behind its length. */
  private openFirst(bytes: Uint8Array, header: PageHeader): PageBody {
    const { repetition_level_encoding: rep, definition_level_encoding: def } = header
      .data_page_header!
    const reps = this.node.rep > 0 ? levels(bytes, 0, rep) : none
    const defs = this.node.def > 0 ? levels(bytes, reps[1], def) : [reps[1], reps[1]] as const
    return { bytes, reps, defs, valuesAt: defs[1] }
  }

  /** Version 2: levels stand uncompressed before the values. */
  private openSecond(raw: Uint8Array, header: PageHeader): PageBody {
    const second = header.data_page_header_v2!
    const { repetition_levels_byte_length: repBytes, definition_levels_byte_length: defBytes } =
      second
    const whole = Number.isInteger(repBytes) && Number.isInteger(defBytes)
    if (!whole || repBytes < 0 || defBytes < 0 || repBytes + defBytes > raw.length) {
      throw new Damage("the levels of a page are longer than the page")
    }
    const levelBytes = repBytes + defBytes
    const size = header.uncompressed_page_size - levelBytes
    const codec = second.is_compressed === false ? "UNCOMPRESSED" : this.codec
    const values = decompress(codec, raw.subarray(levelBytes), size)
    const bytes = new Uint8Array(levelBytes + size)
    bytes.set(raw.subarray(0, levelBytes))
    bytes.set(values, levelBytes)
    return { bytes, reps: [0, repBytes], defs: [repBytes, levelBytes], valuesAt: levelBytes }
  }
}

const none = [0, 0] as const

/** A page header, or undefined when it did not parse and there are more bytes to try with. */
function parse(
  bytes: Uint8Array,
  reader: { view: DataView<ArrayBuffer>; offset: number },
  more: boolean
): PageHeader | undefined {
  try {
    checkThrift(bytes, reader.offset)
    return guarded("reading a page header", () => parquetHeader(reader))
  } catch (cause) {
    if (more) return undefined
    throw cause
  }
}

function levels(bytes: Uint8Array, at: number, encoding: string): readonly [number, number] {
  if (encoding !== "RLE") {
    throw new Damage(`levels are encoded as ${encoding}, which is not supported`)
  }
  if (at + 4 > bytes.length) throw new Damage("the levels of a page end early")
  const length = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) |
    (bytes[at + 3]! << 24)
  if (length < 0 || at + 4 + length > bytes.length) {
    throw new Damage("the levels of a page are longer than the page")
  }
  return [at + 4, at + 4 + length]
}
