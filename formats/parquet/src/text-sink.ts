/**
 * Text and byte values of a chunk that is being written: as codes into a dictionary while that pays, as PLAIN bytes after it does
 * not. It pays while the dictionary is small and, once enough values were seen, at most half of them are distinct.
 */
import type { Column } from "@millrace/core/internal"
import { GrowingBytes } from "./growing-bytes.ts"
import { appendPrefixed, TextDictionary } from "./text-dictionary.ts"

const dictionaryBytesMax = 1 << 20
const judgedAfterValues = 4096

/** `coded` tells where the values of the open page stand: `codes[0 … codeCount)` or `plain`. */
export class TextSink {
  readonly plain: GrowingBytes = new GrowingBytes()
  readonly dictionary: TextDictionary = new TextDictionary()
  codes: Int32Array = new Int32Array(1024)
  codeCount = 0
  coded: boolean
  private readonly allowed: boolean
  private seen = 0

  constructor(allowed: boolean) {
    this.allowed = allowed
    this.coded = allowed
  }

  /** Append rows `from … to)`, NULLs left out. */
  append(column: Column, from: number, to: number): void {
    if (!this.coded) return this.appendPlain(column, from, to)
    this.reserveCodes(to - from)
    if (column.dictionary === undefined) this.internPlain(column, from, to)
    else this.translate(column, from, to)
    this.seen += to - from
    const { size, plain } = this.dictionary
    const poor = this.seen >= judgedAfterValues && size * 2 > this.seen
    if (poor || plain.length > dictionaryBytesMax) this.fallBack()
  }

  private translate(column: Column, from: number, to: number): void {
    const source = column.dictionary!
    const translation = this.dictionary.translation(source)
    const values = column.values as Int32Array
    const { nulls } = column
    const codes = this.codes
    let at = this.codeCount
    for (let i = from; i < to; i++) {
      if (nulls !== undefined && nulls[i] === 1) continue
      const code = values[i]!
      let own = translation[code]!
      if (own < 0) {
        own = this.dictionary.intern(source.bytes, source.starts[code]!, source.lengths[code]!)
        translation[code] = own
      }
      codes[at++] = own
    }
    this.codeCount = at
  }

  private internPlain(column: Column, from: number, to: number): void {
    const { nulls, bytes, starts, lengths } = column
    const codes = this.codes
    let at = this.codeCount
    for (let i = from; i < to; i++) {
      if (nulls !== undefined && nulls[i] === 1) continue
      codes[at++] = this.dictionary.intern(bytes, starts[i]!, lengths[i]!)
    }
    this.codeCount = at
  }

  private appendPlain(column: Column, from: number, to: number): void {
    const { nulls, dictionary } = column
    const codes = column.values as Int32Array
    const source = dictionary ?? column
    for (let i = from; i < to; i++) {
      if (nulls !== undefined && nulls[i] === 1) continue
      const at = dictionary === undefined ? i : codes[i]!
      appendPrefixed(this.plain, source.bytes, source.starts[at]!, source.lengths[at]!)
    }
  }

  /** The open page's codes become PLAIN bytes; pages closed before stay coded. */
  private fallBack(): void {
    const { plain, starts, lengths } = this.dictionary
    for (let i = 0; i < this.codeCount; i++) {
      const code = this.codes[i]!
      appendPrefixed(this.plain, plain.bytes, starts[code]!, lengths[code]!)
    }
    this.codeCount = 0
    this.coded = false
  }

  private reserveCodes(more: number): void {
    if (this.codeCount + more <= this.codes.length) return
    const larger = new Int32Array(Math.max(this.codeCount + more, this.codes.length * 2))
    larger.set(this.codes.subarray(0, this.codeCount))
    this.codes = larger
  }

  /** Bytes held for the open page and the dictionary. */
  get buffered(): number {
    return this.plain.length + this.codeCount * 4 + this.dictionary.plain.length
  }

  clearPage(): void {
    this.plain.clear()
    this.codeCount = 0
  }

  clearChunk(): void {
    this.clearPage()
    this.dictionary.clear()
    this.coded = this.allowed
    this.seen = 0
  }
}
