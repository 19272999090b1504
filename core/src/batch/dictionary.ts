/** The distinct values of a dictionary-coded bytes column; immutable, shared by the batches cut from one page or file. */
import { decodeUtf8 } from "./utf8.ts"

/**
 * `size` byte strings: value `i` is `bytes[starts[i] … starts[i] + lengths[i])`. Identity matters: operators keep one
 * translation per dictionary object (code → interned id), so a producer makes one object per real dictionary.
 */
export class Dictionary {
  readonly size: number
  readonly bytes: Uint8Array
  readonly starts: Int32Array
  readonly lengths: Int32Array
  private readonly texts: Array<string | undefined>

  constructor(size: number, bytes: Uint8Array, starts: Int32Array, lengths: Int32Array) {
    this.size = size
    this.bytes = bytes
    this.starts = starts
    this.lengths = lengths
    this.texts = new Array(size).fill(undefined)
  }

  /** Value `code` as text; made once per dictionary. */
  text(code: number): string {
    return this.texts[code] ??= decodeUtf8(this.bytes, this.starts[code]!, this.lengths[code]!)
  }
}
