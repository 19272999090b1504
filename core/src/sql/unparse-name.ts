/** Canonical text of names, literals, intervals and types. */
import type {
  DataType,
  Identifier,
  IntervalQualifier,
  Literal,
  Name,
  NumberLiteral,
  RowTypeField,
  StringLiteral
} from "./ast.ts"

/** A name in backticks. */
export function quoteName(name: string): string {
  return `\`${name.replaceAll("`", "``")}\``
}

/** An identifier in backticks. */
export function identifierText(identifier: Identifier): string {
  return quoteName(identifier.name)
}

/** The parts of a name in backticks, with dots between them. */
export function nameText(name: Name): string {
  return name.parts.map(identifierText).join(".")
}

/** `` (`a`, `b`) ``. */
export function columnsText(columns: ReadonlyArray<Identifier>): string {
  return `(${columns.map(identifierText).join(", ")})`
}

/** Text in single quotes. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** A string literal; what is not ASCII is escaped. */
export function stringText(literal: StringLiteral): string {
  const charset = literal.charset === undefined ? "" : `_${literal.charset}`
  return literal.parts.map((part, index) => {
    if (charset === "" && /[^\x20-\x7e\t\r\n\f]/.test(part)) return escapedText(part)
    return index === 0 ? charset + quoteText(part) : quoteText(part)
  }).join("\n")
}

function escapedText(text: string): string {
  let result = ""
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    const letter = text.charAt(at)
    if (code < 32 || code >= 128) result += `\\${code.toString(16).padStart(4, "0")}`
    else result += letter === "'" || letter === "\\" ? letter + letter : letter
  }
  return `u&'${result}'`
}

/** A number without superfluous zeros before it; approximate ones as `1.5E3`. */
export function numberText(literal: NumberLiteral): string {
  const negative = literal.text.startsWith("-")
  const text = negative ? literal.text.slice(1) : literal.text
  return (negative ? "-" : "") + magnitudeText(text, literal.form)
}

function magnitudeText(text: string, form: NumberLiteral["form"]): string {
  const [mantissa, exponent] = text.toUpperCase().split("E")
  const [whole = "", fraction = ""] = mantissa!.split(".")
  const digits = whole.replace(/^0+(?=\d)/, "") || "0"
  if (form !== "approximate") return fraction === "" ? digits : `${digits}.${fraction}`
  const unscaled = (digits + fraction).replace(/^0+(?=\d)/, "")
  const power = unscaled.length - 1 - fraction.length + Number(exponent)
  const rest = unscaled.slice(1)
  return `${unscaled.charAt(0)}${rest === "" ? "" : `.${rest}`}E${power}`
}

/** `DAY(3) TO SECOND(6)`. */
export function qualifierText(qualifier: IntervalQualifier): string {
  const { from, to, precision, fractionPrecision } = qualifier
  const inner = to === undefined && fractionPrecision !== undefined ? `, ${fractionPrecision}` : ""
  const start = precision === undefined ? from : `${from}(${precision}${inner})`
  if (to === undefined) return start
  return fractionPrecision === undefined
    ? `${start} TO ${to}`
    : `${start} TO ${to}(${fractionPrecision})`
}

/** A literal of any kind. */
export function literalText(literal: Literal): string {
  switch (literal.kind) {
    case "string":
      return stringText(literal)
    case "number":
      return numberText(literal)
    case "bytes":
      return `X'${literal.hex.toUpperCase()}'`
    case "boolean":
      return literal.value === null ? "UNKNOWN" : literal.value ? "TRUE" : "FALSE"
    case "null":
      return "NULL"
    case "datetime": {
      const type = literal.type === "TIMESTAMP_LTZ"
        ? "TIMESTAMP WITH LOCAL TIME ZONE"
        : literal.type
      return `${type} ${quoteText(literal.text)}`
    }
    case "interval": {
      const sign = literal.negative ? "-" : ""
      return `INTERVAL ${sign}${quoteText(literal.text)} ${qualifierText(literal.qualifier)}`
    }
  }
}

/** A type with its nullability. */
export function typeText(type: DataType): string {
  return type.nullable === false ? `${bareTypeText(type)} NOT NULL` : bareTypeText(type)
}

function bareTypeText(type: DataType): string {
  switch (type.kind) {
    case "simpleType": {
      const scale = type.scale === undefined ? "" : `, ${type.scale}`
      const numbers = type.precision === undefined ? "" : `(${type.precision}${scale})`
      const charset = type.charset === undefined ? "" : ` CHARACTER SET ${quoteName(type.charset)}`
      const local = type.spelling.endsWith(" LOCAL TIME ZONE")
      const name = local ? type.spelling.slice(0, type.spelling.indexOf(" ")) : type.name
      return `${name}${numbers}${local ? " WITH LOCAL TIME ZONE" : ""}${charset}`
    }
    case "intervalType":
      return `INTERVAL ${qualifierText(type.qualifier)}`
    case "collectionType":
      return type.postfix
        ? `${typeText(type.element)} ${type.name}`
        : `${type.name}< ${typeText(type.element)} >`
    case "mapType":
      return `MAP< ${typeText(type.key)}, ${typeText(type.value)} >`
    case "rowType":
      return rowTypeText(type)
    case "rawType":
      return `RAW(${stringText(type.className)}, ${stringText(type.serializer)})`
    case "namedType":
      return nameText(type.name)
  }
}

function rowTypeText(type: Extract<DataType, { kind: "rowType" }>): string {
  const fields = type.fields.map(fieldText)
  if (type.className !== undefined) {
    return `STRUCTURED< ${[stringText(type.className), ...fields].join(", ")} >`
  }
  if (type.bracket === "(") return `ROW(${fields.join(", ")})`
  return fields.length === 0 ? "ROW<>" : `ROW< ${fields.join(", ")} >`
}

function fieldText(field: RowTypeField): string {
  const comment = field.comment === undefined ? "" : ` ${stringText(field.comment)}`
  return `${identifierText(field.name)} ${typeText(field.type)}${comment}`
}
