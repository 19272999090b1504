/**
 * Text to tokens, in one pass over character codes. The result is parallel arrays, one entry a token, so that the parser compares words by
 * reference and looks ahead for free. A character that starts no token becomes an `invalid` token: the parser reports it when it gets there,
 * so that the first mistake of the text is the one that the user sees.
 */
import { keywords } from "./keywords.ts"

/** What a token is. `name` is an identifier or a word that is not reserved, `reserved` a reserved word. */
export const Kind = {
  end: 0,
  name: 1,
  reserved: 2,
  quoted: 3,
  string: 4,
  prefixed: 5,
  unicode: 6,
  escaped: 7,
  binary: 8,
  integer: 9,
  decimal: 10,
  approximate: 11,
  symbol: 12,
  invalid: 13
} as const

/**
 * The tokens of a text; the last one is `end`.
 *
 * **Shape** — `words[i]` is the upper-case keyword or the symbol, empty for everything else; a complaint for an invalid token. `starts` and
 * `ends` are offsets in UTF-16 units, exclusive at the end.
 */
export interface TokenList {
  readonly text: string
  readonly count: number
  readonly kinds: ReadonlyArray<number>
  readonly words: ReadonlyArray<string>
  readonly starts: ReadonlyArray<number>
  readonly ends: ReadonlyArray<number>
}

const quote = 39
const backtick = 96

/** Tokenize `text`. **Cost** — linear. **Errors** — none: what is not a token becomes an invalid one. */
export function tokenize(text: string): TokenList {
  const kinds: Array<number> = []
  const words: Array<string> = []
  const starts: Array<number> = []
  const ends: Array<number> = []
  let at = 0
  for (;;) {
    at = skipBlank(text, at)
    const unclosed = at < 0
    if (unclosed) at = text.length - 1
    if (unclosed || at >= text.length) {
      kinds.push(unclosed ? Kind.invalid : Kind.end)
      words.push(unclosed ? "The comment is not closed by */" : "")
      starts.push(at)
      ends.push(text.length)
      if (!unclosed) break
      at = text.length
      continue
    }
    const code = text.charCodeAt(at)
    let kind: number = Kind.symbol
    let end = at + 1
    let word = ""
    if (isLetter(code)) {
      const prefixEnd = prefixedLiteral(text, at, code)
      if (prefixEnd !== 0) {
        kind = prefixEnd < 0 ? Kind.invalid : prefixKind(text, at, code)
        end = Math.abs(prefixEnd)
        if (prefixEnd < 0) word = "The string is not closed by a quote"
      } else {
        end = wordEnd(text, at + 1)
        word = keywordOf(text, at, end)
        kind = word === "" ? Kind.name : keywords.get(word) === true ? Kind.reserved : Kind.name
      }
    } else if (isDigit(code) || (code === 46 && isDigit(text.charCodeAt(at + 1)))) {
      end = numberEnd(text, at)
      kind = numberKind(text, at, end)
    } else if (code === quote) {
      end = stringEnd(text, at)
      kind = end < 0 ? Kind.invalid : Kind.string
      if (end < 0) word = "The string is not closed by a quote"
    } else if (code === backtick) {
      end = quotedEnd(text, at)
      kind = end < 0 ? Kind.invalid : Kind.quoted
      if (end < 0) word = "The quoted name is empty or not closed by ` on its line"
    } else {
      end = symbolEnd(text, at, code)
      word = end < 0 ? "No token starts with this character" : symbolWord(text, at, end)
      if (end < 0) kind = Kind.invalid
    }
    if (end < 0) end = at + 1
    kinds.push(kind)
    words.push(word)
    starts.push(at)
    ends.push(end)
    at = end
  }
  return { text, count: kinds.length, kinds, words, starts, ends }
}

/** The first offset from `at` that is neither blank nor in a comment; −1 when a comment has no end. */
function skipBlank(text: string, at: number): number {
  for (;;) {
    const code = text.charCodeAt(at)
    if (code === 32 || code === 10 || code === 13 || code === 9 || code === 12) {
      at++
    } else if ((code === 45 || code === 47) && text.charCodeAt(at + 1) === code) {
      at += 2
      while (at < text.length && text.charCodeAt(at) !== 10 && text.charCodeAt(at) !== 13) at++
    } else if (code === 47 && text.charCodeAt(at + 1) === 42 && text.charCodeAt(at + 2) !== 43) {
      const end = text.indexOf("*/", at + 2)
      if (end < 0) return -1
      at = end + 2
    } else {
      return at
    }
  }
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}

/** Letters start a name: ASCII letters, `_`, `$`, and the letters of the scripts that Flink takes. */
function isLetter(code: number): boolean {
  if (code < 128) {
    return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95 || code === 36
  }
  return (code >= 0xc0 && code <= 0x1fff && code !== 0xd7 && code !== 0xf7) ||
    (code >= 0x3040 && code <= 0x318f) || (code >= 0x3300 && code <= 0x337f) ||
    (code >= 0x3400 && code <= 0x3d2d) || (code >= 0x4e00 && code <= 0x9fff) ||
    (code >= 0xf900 && code <= 0xfaff)
}

function wordEnd(text: string, at: number): number {
  let code = text.charCodeAt(at)
  while (isLetter(code) || isDigit(code)) code = text.charCodeAt(++at)
  return at
}

/** The keyword that stands between two offsets, in upper case; empty for a plain name. */
function keywordOf(text: string, start: number, end: number): string {
  if (end - start > 32) return ""
  const upper = text.slice(start, end).toUpperCase()
  return keywords.has(upper) ? upper : ""
}

/** The end of `N'…'`, `_cs'…'`, `U&'…'`, `E'…'` or `X'…'` at `at`: 0 when none starts here, negative when it is not closed. */
function prefixedLiteral(text: string, at: number, code: number): number {
  const next = text.charCodeAt(at + 1)
  if (next === quote) {
    const lower = code | 32
    if (lower === 110 || lower === 120) return closed(text, stringEnd(text, at + 1))
    if (lower === 101) return closed(text, escapedEnd(text, at + 1))
    return 0
  }
  if ((code | 32) === 117 && next === 38 && text.charCodeAt(at + 2) === quote) {
    return closed(text, stringEnd(text, at + 2))
  }
  if (code !== 95) return 0
  let cursor = at + 1
  for (;;) {
    const letter = text.charCodeAt(cursor)
    const first = cursor === at + 1
    const fits = isDigit(letter) || ((letter | 32) >= 97 && (letter | 32) <= 122 && letter < 128) ||
      (!first && (letter === 58 || letter === 46 || letter === 45 || letter === 95))
    if (!fits) break
    cursor++
  }
  if (cursor === at + 1 || text.charCodeAt(cursor) !== quote) return 0
  return closed(text, stringEnd(text, cursor))
}

function closed(text: string, end: number): number {
  return end < 0 ? -text.length : end
}

function prefixKind(text: string, at: number, code: number): number {
  if (text.charCodeAt(at + 1) !== quote) return code === 95 ? Kind.prefixed : Kind.unicode
  const lower = code | 32
  return lower === 110 ? Kind.prefixed : lower === 120 ? Kind.binary : Kind.escaped
}

/** The end of the string that opens at `at`, where a doubled quote stands for one; −1 when it has none. */
function stringEnd(text: string, at: number): number {
  let end = at + 1
  for (;;) {
    end = text.indexOf("'", end)
    if (end < 0) return -1
    if (text.charCodeAt(end + 1) !== quote) return end + 1
    end += 2
  }
}

function escapedEnd(text: string, at: number): number {
  for (let end = at + 1; end < text.length; end++) {
    const code = text.charCodeAt(end)
    if (code === 92) end++
    else if (code === quote) {
      if (text.charCodeAt(end + 1) !== quote) return end + 1
      end++
    }
  }
  return -1
}

/** The end of a name in backticks: on one line, not empty, a doubled backtick stands for one. */
function quotedEnd(text: string, at: number): number {
  for (let end = at + 1; end < text.length; end++) {
    const code = text.charCodeAt(end)
    if (code === 10 || code === 13) return -1
    if (code === backtick) {
      if (text.charCodeAt(end + 1) !== backtick) return end === at + 1 ? -1 : end + 1
      end++
    }
  }
  return -1
}

function numberEnd(text: string, at: number): number {
  while (isDigit(text.charCodeAt(at))) at++
  if (text.charCodeAt(at) === 46) {
    at++
    while (isDigit(text.charCodeAt(at))) at++
  }
  if ((text.charCodeAt(at) | 32) === 101) {
    let exponent = at + 1
    const sign = text.charCodeAt(exponent)
    if (sign === 43 || sign === 45) exponent++
    if (isDigit(text.charCodeAt(exponent))) {
      while (isDigit(text.charCodeAt(exponent))) exponent++
      return exponent
    }
  }
  return at
}

function numberKind(text: string, start: number, end: number): number {
  let kind: number = Kind.integer
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at)
    if ((code | 32) === 101) return Kind.approximate
    if (code === 46) kind = Kind.decimal
  }
  return kind
}

/** Symbols of one character, and those of two and three below them. */
const singles = "(){}[];.,=><?:+-*/%|^"
const doubles: ReadonlySet<string> = new Set(["<=", ">=", "<>", "!=", "||", "=>", "..", "*/"])

function symbolEnd(text: string, at: number, code: number): number {
  if (code === 47 && text.startsWith("/*+", at)) return at + 3
  if (doubles.has(text.slice(at, at + 2))) return at + 2
  if (code === 123) return braceEnd(text, at)
  return singles.includes(text.charAt(at)) ? at + 1 : -1
}

/** `{d`, `{t`, `{ts` and `{fn` are one token each, blanks between allowed. */
function braceEnd(text: string, at: number): number {
  let end = at + 1
  while (text.charCodeAt(end) === 32) end++
  const first = text.charCodeAt(end) | 32
  const second = text.charCodeAt(end + 1) | 32
  if (first === 116) return second === 115 ? end + 2 : end + 1
  if (first === 100) return end + 1
  if (first === 102 && second === 110) return end + 2
  return at + 1
}

function symbolWord(text: string, start: number, end: number): string {
  const symbol = text.slice(start, end)
  return symbol.length > 1 && symbol.charCodeAt(0) === 123
    ? symbol.replaceAll(" ", "").toLowerCase()
    : symbol
}
