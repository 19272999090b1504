/** The options of the `csv` format. */
import type { Option, OptionSet } from "@millrace/core/internal"

type Flag = Option<"boolean">
type Text = Option<"string">

/** `field-delimiter`. */
export const fieldDelimiter: Text = {
  key: "field-delimiter",
  kind: "string",
  default: ",",
  forwardable: true,
  description: "The character between fields; Java escapes such as '\\t' are understood."
}

/** `disable-quote-character`. */
export const disableQuoteCharacter: Flag = {
  key: "disable-quote-character",
  kind: "boolean",
  default: "false",
  forwardable: true,
  description: "Whether there are no quotes around fields; 'quote-character' cannot be given then."
}

/** `quote-character`. */
export const quoteCharacter: Text = {
  key: "quote-character",
  kind: "string",
  default: '"',
  forwardable: true,
  description: "The character around fields that hold delimiters, line feeds or quotes."
}

/** `allow-comments`. */
export const allowComments: Flag = {
  key: "allow-comments",
  kind: "boolean",
  default: "false",
  forwardable: true,
  description: "Whether lines that begin with '#' are left out."
}

/** `ignore-parse-errors`. */
export const ignoreParseErrors: Flag = {
  key: "ignore-parse-errors",
  kind: "boolean",
  default: "false",
  description:
    "Whether a field that does not fit its type is read as NULL, missing fields too, and a row that is no CSV is left out, without a word."
}

/** `array-element-delimiter`. */
export const arrayElementDelimiter: Text = {
  key: "array-element-delimiter",
  kind: "string",
  default: ";",
  forwardable: true,
  description: "The character between the elements of an ARRAY and the fields of a ROW."
}

/** `escape-character`. */
export const escapeCharacter: Text = {
  key: "escape-character",
  kind: "string",
  forwardable: true,
  description: "The character that takes the meaning from the next one; none unless given."
}

/** `null-literal`. */
export const nullLiteral: Text = {
  key: "null-literal",
  kind: "string",
  forwardable: true,
  description:
    "The text that stands for NULL, read and written. Unless given nothing is read as NULL, and NULL is written as nothing."
}

/** `write-bigdecimal-in-scientific-notation`. */
export const scientificDecimals: Flag = {
  key: "write-bigdecimal-in-scientific-notation",
  kind: "boolean",
  default: "true",
  forwardable: true,
  description: "Whether decimals are written without the zeros at their end: 100000 as 1E+5."
}

/** `trim-spaces`. */
export const trimSpaces: Flag = {
  key: "trim-spaces",
  kind: "boolean",
  default: "false",
  forwardable: true,
  description: "Whether spaces around fields without quotes are left out when reading."
}

/** `ignore-trailing-unmappable`. */
export const ignoreTrailingUnmappable: Flag = {
  key: "ignore-trailing-unmappable",
  kind: "boolean",
  default: "false",
  forwardable: true,
  description: "Whether fields beyond the last column are left out when reading."
}

/** `allow-trailing-comma`. */
export const allowTrailingComma: Flag = {
  key: "allow-trailing-comma",
  kind: "boolean",
  default: "true",
  forwardable: true,
  description: "Whether a delimiter may follow the last field when reading."
}

/** `fail-on-missing-columns`. */
export const failOnMissingColumns: Flag = {
  key: "fail-on-missing-columns",
  kind: "boolean",
  default: "false",
  forwardable: true,
  description:
    "Whether a row with too few fields is bad even where 'ignore-parse-errors' would read NULL. Without that option it is bad anyway."
}

/** `empty-string-as-null`. */
export const emptyStringAsNull: Flag = {
  key: "empty-string-as-null",
  kind: "boolean",
  default: "false",
  forwardable: true,
  description: "Whether an empty field is read as NULL."
}

/** `millrace.csv.header`. */
export const header: Flag = {
  key: "millrace.csv.header",
  kind: "boolean",
  default: "false",
  own: true,
  description:
    "Whether the first line of each file names its columns: fields are then found by name, others are left out. Only for reading."
}

/** All of them. */
export const options: OptionSet = [
  fieldDelimiter,
  disableQuoteCharacter,
  quoteCharacter,
  allowComments,
  ignoreParseErrors,
  arrayElementDelimiter,
  escapeCharacter,
  nullLiteral,
  scientificDecimals,
  trimSpaces,
  ignoreTrailingUnmappable,
  allowTrailingComma,
  failOnMissingColumns,
  emptyStringAsNull,
  header
]
