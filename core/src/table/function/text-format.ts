/**
 * PRINTF: the directives of Java's Formatter for text, whole numbers, decimals, doubles and booleans. A format that does not fit its
 * arguments gives NULL.
 */
import type { LogicalType } from "../../type/logical-type.ts"
import { formatDouble } from "../../type/text.ts"
import { castEvaluator } from "./cast.ts"
import type { Boxed, Call, ScalarFunction } from "./definition.ts"
import { divideHalfUp, powerOfTen } from "./exact.ts"
import { isApproximate, isExact, isInteger, isText, scaleOf, textType } from "./type-rule.ts"

/** One `%…` of a format. */
interface Directive {
  readonly index: number | undefined
  readonly flags: string
  readonly width: number
  readonly precision: number | undefined
  readonly conversion: string
}

/** The format does not fit: the result is NULL. */
class Misfit extends Error {}

const widthMax = 1 << 20

type Piece = string | Directive

function readFormat(format: string): ReadonlyArray<Piece> {
  const pieces: Array<Piece> = []
  const form = /%(\d+\$)?([-#+ 0,(<]*)(\d+)?(?:\.(\d+))?([a-zA-Z%])|[^%]+|%/g
  for (const match of format.matchAll(form)) {
    const [all, index, flags = "", width, precision, conversion] = match
    if (conversion === undefined) {
      if (all === "%") throw new Misfit()
      pieces.push(all)
      continue
    }
    const wide = Number(width ?? 0)
    const exact = precision === undefined ? undefined : Number(precision)
    if (wide > widthMax || (exact ?? 0) > widthMax) throw new Misfit()
    pieces.push({
      index: index === undefined ? undefined : parseInt(index),
      flags,
      width: wide,
      precision: exact,
      conversion
    })
  }
  return pieces
}

function padded(text: string, directive: Directive): string {
  const missing = directive.width - text.length
  if (missing <= 0) return text
  return directive.flags.includes("-") ? text + " ".repeat(missing) : " ".repeat(missing) + text
}

/** Sign, grouping and zeros around the digits of a number. */
function signed(negative: boolean, digits: string, directive: Directive): string {
  const { flags, width } = directive
  const [whole = "", ...rest] = digits.split(/(?=[.e])/)
  const grouped = flags.includes(",") ? whole.replace(/\B(?=(\d{3})+$)/g, ",") : whole
  let body = grouped + rest.join("")
  const open = negative
    ? flags.includes("(") ? "(" : "-"
    : flags.includes("+")
    ? "+"
    : flags.includes(" ")
    ? " "
    : ""
  const close = negative && flags.includes("(") ? ")" : ""
  if (flags.includes("0")) body = body.padStart(width - open.length - close.length, "0")
  return padded(open + body + close, directive)
}

function whole(value: Boxed, type: LogicalType, directive: Directive): string {
  if (!isInteger(type)) throw new Misfit()
  const number = BigInt(value as number | bigint)
  if (directive.conversion === "d") {
    return signed(number < 0n, String(number < 0n ? -number : number), directive)
  }
  const bits = type.kind === "BIGINT"
    ? 64
    : type.kind === "INT"
    ? 32
    : type.kind === "SMALLINT"
    ? 16
    : 8
  const octal = directive.conversion === "o"
  const digits = BigInt.asUintN(bits, number).toString(octal ? 8 : 16)
  const text = directive.flags.includes("#") ? `${octal ? "0" : "0x"}${digits}` : digits
  return directive.flags.includes("0")
    ? text.padStart(directive.width, "0")
    : padded(text, directive)
}

/** A double as an exact decimal: what its shortest text says. */
function unscaledOf(
  value: Boxed,
  type: LogicalType
): { readonly value: bigint; readonly scale: number } {
  if (typeof value === "bigint") return { value, scale: scaleOf(type) }
  const [mantissa, exponent] = (value as number).toExponential().split("e") as [string, string]
  const places = (mantissa.split(".")[1] ?? "").length
  const scale = places - Number(exponent)
  const unscaled = BigInt(mantissa.replace(".", ""))
  return scale >= 0
    ? { value: unscaled, scale }
    : { value: unscaled * 10n ** BigInt(-scale), scale: 0 }
}

function fixed(value: bigint, scale: number, places: number): string {
  const drop = scale - places
  const kept = drop <= 0 ? value * powerOfTenBig(-drop) : divideHalfUp(value, powerOfTenBig(drop))
  if (places === 0) return String(kept)
  const digits = String(kept).padStart(places + 1, "0")
  return `${digits.slice(0, -places)}.${digits.slice(-places)}`
}

function powerOfTenBig(exponent: number): bigint {
  return exponent < 80 ? powerOfTen(exponent) : 10n ** BigInt(exponent)
}

function scientific(value: bigint, scale: number, places: number): string {
  if (value === 0n) return `${places === 0 ? "0" : `0.${"0".repeat(places)}`}e+00`
  const digits = String(value).length
  let exponent = digits - 1 - scale
  let mantissa = fixed(value, digits - 1, places)
  if (mantissa.startsWith("10")) {
    mantissa = fixed(value, digits, places)
    exponent++
  }
  return `${mantissa}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`
}

function fraction(value: Boxed, type: LogicalType, directive: Directive): string {
  if (!isApproximate(type) && type.kind !== "DECIMAL") throw new Misfit()
  if (typeof value === "number" && !Number.isFinite(value)) {
    return padded(value !== value ? "NaN" : value < 0 ? "-Infinity" : "Infinity", directive)
  }
  const exact = unscaledOf(value, type)
  const negative = exact.value < 0n || Object.is(value, -0)
  const magnitude = exact.value < 0n ? -exact.value : exact.value
  const places = directive.precision ?? 6
  const size = typeof value === "number" ? Math.abs(value) : Number(magnitude) / 10 ** exact.scale
  const plain = directive.conversion === "f" ||
    (directive.conversion === "g" &&
      (size === 0 || (size >= 1e-4 && size < 10 ** Math.max(places, 1))))
  if (directive.conversion === "g") {
    const significant = Math.max(places, 1)
    const after = size === 0 ? significant - 1 : significant - 1 - Math.floor(Math.log10(size))
    const text = plain
      ? fixed(magnitude, exact.scale, Math.max(0, after))
      : scientific(magnitude, exact.scale, significant - 1)
    return signed(negative, text, directive)
  }
  const text = plain
    ? fixed(magnitude, exact.scale, places)
    : scientific(magnitude, exact.scale, places)
  return signed(negative, text, directive)
}

function cut(text: string, directive: Directive): string {
  return padded(
    directive.precision === undefined ? text : text.slice(0, directive.precision),
    directive
  )
}

function plainText(value: Boxed, type: LogicalType, call: Call): string {
  if (isText(type)) return value as string
  if (typeof value === "number" && isApproximate(type)) return formatDouble(value)
  const cast = castEvaluator(type, textType(false), false, call.environment, call.text)
  const text = cast(value) as string
  return type.kind === "BOOLEAN" ? text.toLowerCase() : text
}

function write(value: Boxed, type: LogicalType, directive: Directive, call: Call): string {
  switch (directive.conversion) {
    case "b":
      return cut(String(type.kind === "BOOLEAN" ? value === true : value !== null), directive)
    case "s":
      return cut(value === null ? "null" : plainText(value, type, call), directive)
    case "c": {
      if (value !== null && !isInteger(type)) throw new Misfit()
      return padded(value === null ? "null" : String.fromCodePoint(Number(value)), directive)
    }
    case "d":
    case "o":
    case "x":
      if (directive.precision !== undefined) throw new Misfit()
      return value === null ? padded("null", directive) : whole(value, type, directive)
    case "f":
    case "e":
    case "g":
      return value === null ? cut("null", directive) : fraction(value, type, directive)
    default:
      throw new Misfit()
  }
}

function print(format: string, values: ReadonlyArray<Boxed>, call: Call): string {
  let text = ""
  let next = 0
  let last = -1
  for (const piece of readFormat(format)) {
    if (typeof piece === "string") text += piece
    else if (piece.conversion === "%") text += padded("%", piece)
    else if (piece.conversion === "n") text += "\n"
    else {
      last = piece.index !== undefined ? piece.index - 1 : piece.flags.includes("<") ? last : next++
      const value = values[last]
      if (value === undefined) throw new Misfit()
      const lower = piece.conversion.toLowerCase()
      const written = write(value, call.args[last + 1]!, { ...piece, conversion: lower }, call)
      text += lower === piece.conversion ? written : written.toUpperCase()
    }
  }
  return text
}

/** PRINTF. */
export const printf: ScalarFunction = {
  name: "printf",
  sql: ["PRINTF"],
  description:
    "The format with its directives (%s, %d, %.2f …) replaced by the arguments; NULL when they do not fit.",
  strict: false,
  infer: (args) => {
    const [format, ...rest] = args
    if (format === undefined || !(isText(format) || format.kind === "NULL")) {
      return "PRINTF wants a STRING format"
    }
    const bad = rest.find((type) =>
      !isText(type) && !isExact(type) && !isApproximate(type) &&
      !["BOOLEAN", "NULL", "DATE", "TIME", "TIMESTAMP", "TIMESTAMP_LTZ"].includes(type.kind)
    )
    if (bad !== undefined) return `PRINTF cannot write ${bad.kind}: cast it`
    const texts = args.map((type) => type.kind === "NULL" ? textType(true) : type)
    return { type: textType(true), args: texts }
  },
  evaluate: (call) => (format: string | null, ...values: ReadonlyArray<Boxed>): Boxed => {
    if (format === null) return null
    try {
      return print(format, values, call)
    } catch (error) {
      if (error instanceof Misfit) return null
      throw error
    }
  }
}
