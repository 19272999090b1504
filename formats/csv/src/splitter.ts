/**
 * Cuts a record into fields: quotes, escapes, line feeds within quotes. It copies nothing; fields are ranges of the bytes
 * with a mark that says whether they must be unescaped.
 */
import type { Dialect } from "./dialect.ts"

/** How a field stands in the bytes. */
export const Form = { plain: 0, quoted: 1, escaped: 2, quotedEscaped: 3 } as const

/** What {@link Splitter.split} gives when the record does not end within the bytes. */
export const unfinished = -1

/** Owned by one decoder. After `split`: `count` fields, each with its start, length and {@link Form}. */
export class Splitter {
  count = 0
  starts: Int32Array = new Int32Array(64)
  lengths: Int32Array = new Int32Array(64)
  forms: Uint8Array = new Uint8Array(64)
  /** Why the record is bad, or undefined. */
  problem: string | undefined = undefined
  private readonly dialect: Dialect
  private readonly delimiter: number
  private readonly quote: number
  /** The delimiter, and the escape character or again the delimiter, in each byte of a word. */
  private readonly delimiterWord: number
  private readonly escapeWord: number
  /** Above 0 for bytes at which a field without quotes may end or needs care; 2 where one in quotes needs it. */
  private readonly stops: Uint8Array = new Uint8Array(256)
  private at = 0

  constructor(dialect: Dialect) {
    this.dialect = dialect
    this.delimiter = dialect.delimiter
    this.quote = dialect.quote
    this.delimiterWord = Math.imul(dialect.delimiter, 0x01010101)
    const other = dialect.escape < 0 ? dialect.delimiter : dialect.escape
    this.escapeWord = Math.imul(other, 0x01010101)
    this.stops[dialect.delimiter] = 1
    this.stops[10] = 2
    if (dialect.escape >= 0) this.stops[dialect.escape] = 2
  }

  /**
   * Cut a record that has no escapes, no doubled quotes, no line feeds in quotes and no more fields than there is room for; gives where the next
   * one begins, or -1 for one that {@link split} must cut. A line feed must follow, and three more bytes in `view`. Looks at
   * four bytes at a time. Not for dialects that trim.
   */
  splitPlain(bytes: Uint8Array, view: DataView, from: number): number {
    const { starts, lengths, forms, delimiter, quote, delimiterWord, escapeWord } = this
    const room = starts.length
    let at = from
    for (let count = 0; count < room; count++) {
      let start = at, form: number = Form.plain, end = 0
      if (bytes[at] === quote) {
        form = Form.quoted
        start = ++at
        while (bytes[at] !== quote && this.stops[bytes[at]!]! < 2) at++
        end = at++
        if (bytes[end] !== quote) return -1
      } else {
        let hits = 0
        for (;;) {
          const word = view.getInt32(at, true)
          const ends = word ^ 0x0a0a0a0a, cuts = word ^ delimiterWord, cares = word ^ escapeWord
          hits = (((ends - 0x01010101) & ~ends) | ((cuts - 0x01010101) & ~cuts) |
            ((cares - 0x01010101) & ~cares)) & 0x80808080
          if (hits !== 0) break
          at += 4
        }
        at += (31 - Math.clz32(hits & -hits)) >> 3
        end = at
      }
      const byte = bytes[at]!
      starts[count] = start
      lengths[count] = end - start
      forms[count] = form
      if (byte === 10) {
        if (form === Form.plain && at > start && bytes[at - 1] === 13) lengths[count]!--
        this.count = count + 1
        this.problem = undefined
        return at + 1
      }
      if (byte !== delimiter) return -1
      at++
    }
    return -1
  }

  /**
   * Cut the record that begins at `from`; gives where the next one begins, or {@link unfinished}. A bad one (`problem`) ends at
   * the next line feed.
   */
  split(bytes: Uint8Array, from: number, to: number, last: boolean): number {
    const { delimiter, quote, trim } = this.dialect
    this.count = 0
    this.problem = undefined
    let at = from
    for (;;) {
      if (trim) { while (at < to && bytes[at]! <= 32 && this.stops[bytes[at]!] === 0) at++ }
      const done = at < to && bytes[at] === quote
        ? this.quoted(bytes, at + 1, to, last)
        : this.plain(bytes, at, to)
      if (!done) return this.problem === undefined ? unfinished : this.resume(bytes, from, to, last)
      at = this.at
      if (at >= to) return last ? to : unfinished
      if (bytes[at] !== delimiter) return at + 1
      at++
      if (at >= to && !last) return unfinished
    }
  }

  private resume(bytes: Uint8Array, from: number, to: number, last: boolean): number {
    const end = bytes.indexOf(10, this.at >= to ? from : this.at)
    if (end >= 0 && end < to) return end + 1
    return last ? to : unfinished
  }

  private plain(bytes: Uint8Array, start: number, to: number): boolean {
    const { stops } = this
    const { escape, trim } = this.dialect
    let at = start, form: number = Form.plain
    for (;;) {
      while (at < to && stops[bytes[at]!] === 0) at++
      if (at >= to || bytes[at] !== escape) break
      form = Form.escaped
      at += 2
    }
    if (at > to) at = to
    let end = at
    if ((at === to || bytes[at] === 10) && end > start && bytes[end - 1] === 13) end--
    if (trim && form === Form.plain) { while (end > start && bytes[end - 1]! <= 32) end-- }
    this.push(start, end - start, form)
    this.at = at
    return true
  }

  /** Gives whether the field ended; `problem` says when it never will. */
  private quoted(bytes: Uint8Array, start: number, to: number, last: boolean): boolean {
    const { quote, escape, delimiter } = this.dialect
    let at = start, form: number = Form.quoted
    for (;;) {
      while (at < to && bytes[at] !== quote && bytes[at] !== escape) at++
      if (at >= to) {
        this.at = to
        if (last) this.problem = "Expected a closing quote but the file ends"
        return false
      }
      if (bytes[at] === escape || (at + 1 < to && bytes[at + 1] === quote)) {
        form = Form.quotedEscaped
        at += 2
        continue
      }
      if (at + 1 >= to && !last) return false
      break
    }
    this.push(start, at - start, form)
    at++
    while (at < to && bytes[at] !== delimiter && (bytes[at] === 32 || bytes[at] === 9)) at++
    if (at < to && bytes[at] === 13) {
      if (at + 1 >= to && !last) return false
      if (at + 1 >= to || bytes[at + 1] === 10) at++
    }
    this.at = at
    if (at < to && bytes[at] !== delimiter && bytes[at] !== 10) {
      this.problem =
        `Expected a delimiter or the end of the line after the closing quote of field ${this.count}`
      return false
    }
    return true
  }

  private push(start: number, length: number, form: number): void {
    if (this.count === this.starts.length) this.grow()
    this.starts[this.count] = start
    this.lengths[this.count] = length
    this.forms[this.count] = form
    this.count++
  }

  private grow(): void {
    const size = this.count * 2
    const starts = new Int32Array(size),
      lengths = new Int32Array(size),
      forms = new Uint8Array(size)
    starts.set(this.starts)
    lengths.set(this.lengths)
    forms.set(this.forms)
    this.starts = starts
    this.lengths = lengths
    this.forms = forms
  }
}

/** Write the text of an escaped field to `out`, which has room for it; gives its length. */
export function unescape(
  bytes: Uint8Array,
  start: number,
  length: number,
  form: number,
  dialect: Dialect,
  out: Uint8Array
): number {
  const quote = form === Form.quotedEscaped ? dialect.quote : -1
  let size = 0
  for (let at = start, end = start + length; at < end; at++) {
    const byte = bytes[at]!
    if (byte === dialect.escape && at + 1 < end) out[size++] = meant(bytes[++at]!)
    else {
      if (byte === quote && at + 1 < end) at++
      out[size++] = byte
    }
  }
  return size
}

/** What a character after the escape character means. */
function meant(byte: number): number {
  if (byte === 110) return 10
  if (byte === 114) return 13
  if (byte === 116) return 9
  return byte === 48 ? 0 : byte
}
