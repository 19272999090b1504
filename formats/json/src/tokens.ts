/**
 * The exact tokenizer: walks one record within its bounds, accepts just RFC 8259 and says precisely what is wrong. The generated
 * scanner is faster but gives up on anything unusual; this one decides.
 */
import { ascii, decodeUtf8 } from "@millrace/core/internal"
import { Problem } from "./problem.ts"

/** Objects and arrays within one another. */
export const depthMax = 512

const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t"
}

/** A cursor over `bytes[at … end)`. */
export class Tokens {
  bytes: Uint8Array = new Uint8Array(0)
  at = 0
  end = 0
  /** Where the record begins, for messages. */
  start = 0
  /** Whether the string that was last passed holds an escape. */
  escaped = false

  /** Begin a record. */
  reset(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes
    this.start = start
    this.at = start
    this.end = end
  }

  /** The byte at the cursor, or -1 at the end. */
  peek(): number {
    return this.at < this.end ? this.bytes[this.at]! : -1
  }

  /** Pass white space; gives the byte after it, or -1. */
  space(): number {
    while (this.at < this.end) {
      const byte = this.bytes[this.at]!
      if (byte > 32 || (byte !== 32 && byte !== 10 && byte !== 13 && byte !== 9)) return byte
      this.at++
    }
    return -1
  }

  /** Throw what is wrong at the cursor. */
  fail(wanted: string): never {
    const found = this.at < this.end
      ? `found ${printable(this.bytes[this.at]!)}`
      : "the record ends"
    throw new Problem(
      `Expected ${wanted} but ${found} at byte ${this.at - this.start + 1} of the record`,
      true
    )
  }

  /** Pass the byte `byte`, which is printed as `wanted`. */
  expect(byte: number, wanted: string): void {
    if (this.peek() !== byte) this.fail(wanted)
    this.at++
  }

  /** Pass a string whose opening quote is at the cursor. */
  string(): void {
    const { bytes, end } = this
    let at = this.at + 1
    this.escaped = false
    for (;;) {
      if (at >= end) {
        this.at = end
        this.fail("the closing quote of a string")
      }
      const byte = bytes[at]!
      if (byte === 34) break
      if (byte < 32) {
        this.at = at
        this.fail("no control character in a string")
      }
      if (byte === 92) {
        this.escaped = true
        at += this.escape(at)
      } else at++
    }
    this.at = at + 1
  }

  private escape(at: number): number {
    const next = at + 1 < this.end ? this.bytes[at + 1]! : -1
    if (next === 117) {
      const digits = ascii(this.bytes, at + 2, Math.min(4, Math.max(0, this.end - at - 2)))
      if (/^[0-9a-fA-F]{4}$/.test(digits)) return 6
    } else if (next >= 0 && Object.hasOwn(escapes, String.fromCharCode(next))) return 2
    this.at = at
    return this.fail("a valid escape in a string")
  }

  /** The text of the string that begins at `start` and ends before `end`, quotes included. A lone surrogate becomes U+FFFD. */
  text(start: number, end: number, escaped: boolean): string {
    const raw = decodeUtf8(this.bytes, start + 1, end - start - 2)
    if (!escaped) return raw
    return raw.replace(
      /\\(?:u([0-9a-fA-F]{4})|(.))/g,
      (_, hex: string | undefined, one: string) =>
        hex === undefined ? escapes[one]! : String.fromCharCode(parseInt(hex, 16))
    )
  }

  private digits(): void {
    const byte = this.peek()
    if (!(byte >= 48 && byte <= 57)) this.fail("a digit")
    this.at++
    while (this.at < this.end && this.bytes[this.at]! >= 48 && this.bytes[this.at]! <= 57) this.at++
  }

  /** Pass a number. */
  number(): void {
    if (this.peek() === 45) this.at++
    if (this.peek() === 48) this.at++
    else this.digits()
    if (this.peek() === 46) {
      this.at++
      this.digits()
    }
    if ((this.peek() | 32) === 101 && this.peek() >= 0) {
      this.at++
      const sign = this.peek()
      if (sign === 43 || sign === 45) this.at++
      this.digits()
    }
  }

  private literal(text: string): void {
    for (let i = 0; i < text.length; i++) this.expect(text.charCodeAt(i), `"${text}"`)
  }

  /** Pass any value at the cursor, which stands `depth` objects and arrays deep. */
  skip(depth: number): void {
    const byte = this.peek()
    switch (byte) {
      case 34:
        return this.string()
      case 123:
        return this.skipObject(depth)
      case 91:
        return this.skipArray(depth)
      case 110:
        return this.literal("null")
      case 116:
        return this.literal("true")
      case 102:
        return this.literal("false")
      default:
        if (byte !== 45 && !(byte >= 48 && byte <= 57)) this.fail("a value")
        this.number()
    }
  }

  /** Enter an object or array. */
  enter(depth: number): void {
    if (depth >= depthMax) {
      throw new Problem(
        `Expected at most ${depthMax} objects and arrays within one another but found more`,
        true
      )
    }
    this.at++
  }

  private skipObject(depth: number): void {
    this.enter(depth)
    if (this.space() === 125) {
      this.at++
      return
    }
    for (;;) {
      if (this.peek() !== 34) this.fail("a field name in quotes")
      this.string()
      this.space()
      this.expect(58, '":" after a field name')
      this.space()
      this.skip(depth + 1)
      if (!this.another(125)) return
    }
  }

  private skipArray(depth: number): void {
    this.enter(depth)
    if (this.space() === 93) {
      this.at++
      return
    }
    for (;;) {
      this.skip(depth + 1)
      if (!this.another(93)) return
    }
  }

  /** Pass what follows an element: a comma (true; the next element is at the cursor) or the closing byte. */
  another(close: number): boolean {
    const byte = this.space()
    if (byte !== 44 && byte !== close) this.fail(close === 125 ? '"," or "}"' : '"," or "]"')
    this.at++
    if (byte === close) return false
    this.space()
    return true
  }
}

function printable(byte: number): string {
  return byte > 32 && byte < 127
    ? `"${String.fromCharCode(byte)}"`
    : `byte 0x${byte.toString(16).padStart(2, "0")}`
}
