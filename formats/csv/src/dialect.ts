/** How CSV is written and read: the options of the format as bytes and flags. */
import { encodeUtf8, type ReadOptions } from "@millrace/core/internal"
import * as Options from "./options.ts"

/** Bytes are -1 where there is no such character. */
export interface Dialect {
  readonly delimiter: number
  readonly quote: number
  readonly escape: number
  readonly elementDelimiter: number
  readonly comments: boolean
  readonly ignoreErrors: boolean
  readonly nullLiteral: Uint8Array | undefined
  readonly scientific: boolean
  readonly trim: boolean
  readonly ignoreTrailing: boolean
  readonly trailingDelimiter: boolean
  readonly failOnMissing: boolean
  readonly emptyAsNull: boolean
  readonly header: boolean
}

const javaEscapes: Readonly<Record<string, string>> = {
  t: "\t",
  n: "\n",
  r: "\r",
  b: "\b",
  f: "\f",
  "\\": "\\",
  "'": "'",
  '"': '"'
}

/** A text with Java's escapes (`\t`, `\\`, `\u0001`) replaced. */
export function unescapeJava(text: string): string {
  return text.replace(
    /\\(?:u+([0-9a-fA-F]{4})|(.))/gs,
    (whole, hex: string | undefined, one: string | undefined) =>
      hex === undefined ? javaEscapes[one!] ?? whole : String.fromCharCode(parseInt(hex, 16))
  )
}

/** The dialect that checked options describe. */
export function dialectOf(options: ReadOptions): Dialect {
  const byte = (text: string | undefined): number => text === undefined ? -1 : text.charCodeAt(0)
  const literal = options.get(Options.nullLiteral)
  const quote = options.need(Options.disableQuoteCharacter)
    ? -1
    : byte(options.need(Options.quoteCharacter))
  const escape = byte(options.get(Options.escapeCharacter))
  return {
    delimiter: byte(unescapeJava(options.need(Options.fieldDelimiter))),
    quote,
    // A doubled quote is one quote anyway.
    escape: escape === quote ? -1 : escape,
    elementDelimiter: byte(options.need(Options.arrayElementDelimiter)),
    comments: options.need(Options.allowComments),
    ignoreErrors: options.need(Options.ignoreParseErrors),
    nullLiteral: literal === undefined ? undefined : encodeUtf8(literal),
    scientific: options.need(Options.scientificDecimals),
    trim: options.need(Options.trimSpaces),
    ignoreTrailing: options.need(Options.ignoreTrailingUnmappable),
    trailingDelimiter: options.need(Options.allowTrailingComma),
    failOnMissing: options.need(Options.failOnMissingColumns),
    emptyAsNull: options.need(Options.emptyStringAsNull),
    header: options.need(Options.header)
  }
}

/** Problems of the options together, as sentences. */
export function checkDialect(options: ReadOptions): ReadonlyArray<string> {
  const problems: Array<string> = []
  if (options.need(Options.disableQuoteCharacter) && options.given(Options.quoteCharacter)) {
    problems.push(
      "Format cannot define a quote character and disabled quote character at the same time: leave out 'csv.quote-character' or 'csv.disable-quote-character'"
    )
  }
  const single = [
    Options.fieldDelimiter,
    Options.arrayElementDelimiter,
    Options.quoteCharacter,
    Options.escapeCharacter
  ]
  for (const option of single) {
    const text = options.get(option)
    if (text === undefined) continue
    const value = option === Options.fieldDelimiter ? unescapeJava(text) : text
    if (value.length !== 1) {
      problems.push(`Option 'csv.${option.key}' must be a single character, but is '${text}'`)
    } else if (value.charCodeAt(0) > 127 || value === "\n" || value === "\r") {
      problems.push(
        `Option 'csv.${option.key}' must be an ASCII character that ends no line, but is '${text}'`
      )
    }
  }
  if (problems.length === 0) problems.push(...checkDistinct(options))
  return problems
}

function checkDistinct(options: ReadOptions): ReadonlyArray<string> {
  const dialect = dialectOf(options)
  const { delimiter, quote, escape } = dialect
  if (delimiter === quote || delimiter === escape) {
    return ["Option 'csv.field-delimiter' must differ from the quote and the escape character"]
  }
  return []
}
