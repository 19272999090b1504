/**
 * The values of one leaf column, page by page: dictionaries kept, codes resolved, levels decoded. What comes out are compact
 * columns (values that are present) with the levels that say where they belong.
 */
import { Column, Damage, Dictionary, gather, type RandomFile, slice } from "@millrace/core/internal"
import { ChunkPages, type Page, type PageBody } from "./chunk-pages.ts"
import type { Chunk, FileNode } from "./footer.ts"
import type { SchemaElement } from "hyparquet/src/types.js"
import type { PlainDecoder } from "./plain.ts"
import { toPlain } from "./rare-encoding.ts"
import { bitsFor, CodeRuns, decodeLevels, isOneRun } from "./run-length.ts"

/** A page whose levels are decoded. `defs` is absent when every value is present, `reps` when the column does not repeat. */
export interface LeafPage {
  readonly count: number
  readonly defs: Uint8Array | undefined
  readonly reps: Uint8Array | undefined
  /** Values present. */
  readonly present: number
  /** The next `count` present values; all calls together at most `present`. Throws {@link Damage}. */
  readonly take: (count: number) => Column
}

/** Reads a leaf through the row groups of a file; one dictionary object per dictionary, also when a later group repeats it. */
export class LeafPages {
  readonly node: FileNode
  private readonly file: RandomFile
  private readonly decode: PlainDecoder
  private pages: ChunkPages | undefined
  private dictionary: Column | undefined
  private texts: Dictionary | undefined
  private scratch: Int32Array = new Int32Array(0)

  constructor(file: RandomFile, node: FileNode, decode: PlainDecoder) {
    this.file = file
    this.node = node
    this.decode = decode
  }

  /** The byte of the page last begun. */
  get at(): number {
    return this.pages?.at ?? 0
  }

  /** Begin with the pages of a row group. */
  open(chunk: Chunk): void {
    this.pages = new ChunkPages(this.file, chunk, this.node)
    this.dictionary = undefined
  }

  /** The next data page, not yet decompressed; `decodePage` must be called before the next `nextPage`, or never. */
  nextPage(): Page | undefined {
    for (;;) {
      const page = this.pages?.next()
      if (page === undefined || !page.dictionary) return page
      this.readDictionary(page)
    }
  }

  private readDictionary(page: Page): void {
    if (page.encoding !== "PLAIN" && page.encoding !== "PLAIN_DICTIONARY") {
      throw new Damage(`a dictionary is encoded as ${page.encoding}, which is not supported`)
    }
    const { bytes } = page.open()
    // A value has at least a byte, or a bit, of its own in PLAIN, but for texts of fixed length 0.
    if (page.values > bytes.length * 8) {
      throw new Damage(`a dictionary of ${bytes.length} bytes claims ${page.values} values`)
    }
    const values = this.decode(bytes, 0, bytes.length, page.values)
    this.dictionary = values
    if (values.layout !== "bytes") return
    const last = this.texts
    if (last === undefined || !sameTexts(last, values)) {
      this.texts = new Dictionary(values.rows, values.bytes, values.starts, values.lengths)
    }
  }

  /** Decompress a page and decode its levels. Throws {@link Damage}. */
  decodePage(page: Page): LeafPage {
    const body = page.open()
    const { rep, def } = this.node
    const count = page.values
    let reps: Uint8Array | undefined
    if (rep > 0) {
      reps = new Uint8Array(count)
      decodeLevels(body.bytes, body.reps[0], body.reps[1], bitsFor(rep), rep, reps, count)
    }
    let present = count
    let defs: Uint8Array | undefined
    if (def > 0 && !isOneRun(body.bytes, body.defs[0], body.defs[1], def, count)) {
      defs = new Uint8Array(count)
      present = decodeLevels(body.bytes, body.defs[0], body.defs[1], bitsFor(def), def, defs, count)
    }
    return { count, defs, reps, present, take: this.values(page.encoding, body, present) }
  }

  private values(encoding: string, body: PageBody, present: number): (count: number) => Column {
    const { bytes, valuesAt } = body
    if (encoding === "RLE_DICTIONARY" || encoding === "PLAIN_DICTIONARY") {
      return this.coded(bytes, valuesAt, present)
    }
    if (encoding === "PLAIN") return this.plain(bytes, valuesAt, present)
    return this.plain(toPlain(encoding, this.node.element, bytes, valuesAt, present), 0, present)
  }

  private plain(bytes: Uint8Array, from: number, present: number): (count: number) => Column {
    const { decode } = this
    const end = bytes.length
    const width = widthOf(this.node.element)
    if (width > 0) {
      let at = from
      return (count) => {
        const start = at
        at += width * count
        return decode(bytes, start, end, count)
      }
    }
    const whole = decode(bytes, from, end, present)
    let used = 0
    return (count) => {
      used += count
      return slice(whole, used - count, used)
    }
  }

  private coded(bytes: Uint8Array, at: number, present: number): (count: number) => Column {
    const dictionary = this.dictionary
    if (dictionary === undefined) throw new Damage("codes stand before any dictionary")
    const { texts } = this
    if (present > 0 && at >= bytes.length) throw new Damage("codes end early")
    const runs = new CodeRuns(bytes, at + 1, bytes.length, present === 0 ? 0 : bytes[at]!)
    return (count) => {
      const codes = dictionary.layout === "bytes" ? new Int32Array(count) : this.codeScratch(count)
      const max = runs.read(codes, count)
      if (count > 0 && max >= dictionary.rows) {
        throw new Damage(`code ${max} is beyond a dictionary of ${dictionary.rows} values`)
      }
      return dictionary.layout === "bytes"
        ? new Column({ layout: "bytes", rows: count, values: codes, dictionary: texts })
        : gather(dictionary, codes, count)
    }
  }

  private codeScratch(count: number): Int32Array {
    if (this.scratch.length < count) this.scratch = new Int32Array(count)
    return this.scratch
  }
}

/** Bytes of a value in PLAIN, or 0 where they vary or are less than one. */
function widthOf(element: SchemaElement): number {
  switch (element.type) {
    case "INT32":
    case "FLOAT":
      return 4
    case "INT64":
    case "DOUBLE":
      return 8
    case "INT96":
      return 12
    case "FIXED_LEN_BYTE_ARRAY":
      return element.type_length ?? 0
    default:
      return 0
  }
}

function sameTexts(dictionary: Dictionary, column: Column): boolean {
  if (dictionary.size !== column.rows) return false
  for (let i = 0; i < column.rows; i++) {
    const length = column.lengths[i]!
    if (dictionary.lengths[i] !== length) return false
    const a = dictionary.starts[i]!
    const b = column.starts[i]!
    for (let k = 0; k < length; k++) {
      if (dictionary.bytes[a + k] !== column.bytes[b + k]) return false
    }
  }
  return true
}
