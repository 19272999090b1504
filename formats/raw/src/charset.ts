/** Character sets of the `raw` format: text in another charset to UTF-8 and back. Java's names, and what the runtime knows. */
import { decodeUtf8, encodeUtf8 } from "@millrace/core/internal"

/** A way to write text as bytes. Both directions throw a RangeError for what the charset does not have. */
export interface Charset {
  /** Bytes of one unit: a delimiter begins at a multiple of it. */
  readonly unitBytes: 1 | 2
  readonly utf8: boolean
  readonly decode: (bytes: Uint8Array) => string
  /** Undefined when the runtime can only read it. */
  readonly encode: ((text: string) => Uint8Array) | undefined
}

function singleByte(table: ReadonlyArray<string>): Charset {
  const codes = new Map(table.map((letter, code) => [letter, code]))
  return {
    unitBytes: 1,
    utf8: false,
    decode: (bytes) => {
      let text = ""
      for (const byte of bytes) {
        const letter = table[byte]
        if (letter === undefined || letter === "\uFFFD") throw new RangeError(`byte ${byte}`)
        text += letter
      }
      return text
    },
    encode: (text) =>
      Uint8Array.from(text, (letter) => {
        const code = codes.get(letter)
        if (code === undefined) {
          throw new RangeError(`character U+${letter.codePointAt(0)!.toString(16)}`)
        }
        return code
      })
  }
}

function utf16(little: boolean, mark: boolean): Charset {
  return {
    unitBytes: 2,
    utf8: false,
    decode: (bytes) => {
      if (bytes.length % 2 === 1) throw new RangeError("half a character")
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
      const first = mark && bytes.length > 0 ? view.getUint16(0) : 0
      const reversed = first === 0xfffe ? true : first === 0xfeff ? false : little
      let text = ""
      for (let at = reversed !== little || first === 0xfeff ? 2 : 0; at < bytes.length; at += 2) {
        text += String.fromCharCode(view.getUint16(at, reversed))
      }
      if (!text.isWellFormed()) throw new RangeError("half a surrogate pair")
      return text
    },
    encode: (text) => {
      const head = mark ? 2 : 0
      const bytes = new Uint8Array(head + text.length * 2)
      const view = new DataView(bytes.buffer)
      if (mark) view.setUint16(0, 0xfeff)
      for (let i = 0; i < text.length; i++) {
        view.setUint16(head + i * 2, text.charCodeAt(i), little)
      }
      return bytes
    }
  }
}

function letters(count: number): ReadonlyArray<string> {
  return Array.from({ length: count }, (_, code) => String.fromCharCode(code))
}

/** The charset of a name, in any case; undefined when nothing here knows it. */
export function charsetOf(name: string): Charset | undefined {
  switch (name.toLowerCase().replaceAll("_", "-")) {
    case "utf-8":
    case "utf8":
      return {
        unitBytes: 1,
        utf8: true,
        decode: (bytes) => decodeUtf8(bytes, 0, bytes.length),
        encode: encodeUtf8
      }
    case "us-ascii":
    case "ascii":
      return singleByte(letters(128))
    case "iso-8859-1":
    case "latin1":
    case "iso8859-1":
      return singleByte(letters(256))
    case "utf-16be":
      return utf16(false, false)
    case "utf-16le":
      return utf16(true, false)
    case "utf-16":
      return utf16(false, true)
    default:
      return ofRuntime(name)
  }
}

function ofRuntime(name: string): Charset | undefined {
  let decoder: InstanceType<typeof TextDecoder>
  try {
    decoder = new TextDecoder(name, { fatal: true })
  } catch {
    return undefined
  }
  const table = Array.from({ length: 256 }, (_, code) => {
    try {
      return decoder.decode(Uint8Array.of(code))
    } catch {
      return "\uFFFD"
    }
  })
  const single = table.every((letter) => letter.length === 1) &&
    /^(windows-|cp|ibm|iso-8859|koi8|macintosh|tis)/i.test(name)
  if (single) return singleByte(table)
  return {
    unitBytes: 1,
    utf8: false,
    decode: (bytes) => {
      try {
        return decoder.decode(bytes)
      } catch {
        throw new RangeError("other bytes")
      }
    },
    encode: undefined
  }
}
