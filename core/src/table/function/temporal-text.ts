/** Functions of times and text. Text is read by patterns of Java's letters; what does not fit gives NULL. */
import { dayMillis, daysOfCivil, daysOfMonth } from "../../type/civil.ts"
import { formatTimestamp, type Instant, parseDate, parseTimestamp } from "../../type/text.ts"
import { epochOfLocalMillis, makeTimeZone, type TimeZone } from "../../type/zone.ts"
import { type LogicalType, simple, timestamp } from "../../type/logical-type.ts"
import { months, type Piece, readPattern, writeClock } from "./clock-text.ts"
import type { Boxed, Call, Evaluator, Literals, ScalarFunction, Signature } from "./definition.ts"
import { floorModulo, millisOf } from "./instant.ts"
import { scalar } from "./simple.ts"
import { isNumeric, isTemporal, isText, textType } from "./type-rule.ts"
import { localTimestamp, temporals, wallClock } from "./temporal.ts"

const letterForms: Readonly<Record<string, string>> = {
  a: "(AM|PM|am|pm)",
  Z: "([+-]\\d{4})",
  X: "(Z|[+-]\\d{2}:?\\d{2})"
}

function letterForm(letter: string, width: number, next: Piece | undefined): string {
  const special = letterForms[letter]
  if (special !== undefined) return special
  if ((letter === "M" || letter === "E") && width >= 3) return "([A-Za-z]+)"
  // Runs of letters without text between them have the width of the pattern.
  return next !== undefined && "letter" in next
    ? `(\\d{${width}})`
    : `(\\d{1,${Math.max(width, 9)}})`
}

interface Reader {
  readonly form: RegExp
  /** Text may follow. */
  readonly opening: RegExp
  readonly letters: ReadonlyArray<{ readonly letter: string; readonly width: number }>
}

function makeReader(pattern: string): Reader {
  const pieces = readPattern(pattern)
  const source = pieces.map((piece, i) =>
    "text" in piece
      ? piece.text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")
      : letterForm(piece.letter, piece.width, pieces[i + 1])
  ).join("")
  return {
    form: new RegExp(`^\\s*${source}\\s*$`),
    opening: new RegExp(`^\\s*${source}`),
    letters: pieces.filter((piece) => "letter" in piece)
  }
}

interface Parts {
  year: number
  month: number
  day: number
  hour: number
  minute: number
  second: number
  nanos: number
  pm: boolean | undefined
  offset: number | undefined
}

function readOffset(text: string): number {
  if (text === "Z") return 0
  const digits = text.slice(1).replace(":", "")
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2))
  return (text[0] === "-" ? -minutes : minutes) * 60_000
}

function readLetter(parts: Parts, letter: string, width: number, text: string): void {
  const number = Number(text)
  switch (letter) {
    case "y":
    case "u":
      parts.year = width === 2 ? 2000 + number : number
      break
    case "M":
    case "L":
      parts.month = width < 3
        ? number
        : months.findIndex((month) =>
          month.slice(0, 3).toLowerCase() === text.slice(0, 3).toLowerCase()
        ) + 1
      break
    case "d":
      parts.day = number
      break
    case "H":
    case "h":
    case "k":
    case "K":
      parts.hour = letter === "h" ? number % 12 : letter === "k" ? number % 24 : number
      break
    case "a":
      parts.pm = text.toLowerCase() === "pm"
      break
    case "m":
      parts.minute = number
      break
    case "s":
      parts.second = number
      break
    case "S":
      parts.nanos = Number(text.slice(0, 9).padEnd(9, "0"))
      break
    case "Z":
    case "X":
    case "x":
      parts.offset = readOffset(text)
  }
}

/** Epoch days of a date whose month or day may be beyond its range: it counts on. */
function rolledDays(year: number, month: number, day: number): number {
  const months = year * 12 + month - 1
  return daysOfCivil(Math.floor(months / 12), floorModulo(months, 12) + 1, 1) + day - 1
}

/**
 * Text read by a pattern; `offset` only when the pattern has one. Undefined when it does not fit. `lenient`: fields beyond their
 * range count on, and text may follow, as where Flink reads by a SimpleDateFormat.
 */
function readClock(
  reader: Reader,
  text: string,
  lenient = false
): (Instant & { readonly offset: number | undefined }) | undefined {
  const match = (lenient ? reader.opening : reader.form).exec(text)
  if (match === null) return undefined
  const parts: Parts = {
    year: 1970,
    month: 1,
    day: 1,
    hour: 0,
    minute: 0,
    second: 0,
    nanos: 0,
    pm: undefined,
    offset: undefined
  }
  reader.letters.forEach(({ letter, width }, i) => readLetter(parts, letter, width, match[i + 1]!))
  if (parts.pm === true && parts.hour < 12) parts.hour += 12
  const { year, month, day, hour, minute, second, nanos } = parts
  if (!lenient) {
    if (month < 1 || month > 12 || day < 1 || day > 31) return undefined
    if (hour > 23 || minute > 59 || second > 59) return undefined
  }
  const milli = Math.floor(nanos / 1_000_000)
  const days = lenient
    ? rolledDays(year, month, day)
    : daysOfCivil(year, month, Math.min(day, daysOfMonth(year, month)))
  const millis = days * dayMillis + ((hour * 60 + minute) * 60 + second) * 1000 + milli
  return { millis, nanos: nanos - milli * 1_000_000, offset: parts.offset }
}

function readers(): (pattern: string) => Reader {
  let key = ""
  let made: Reader | undefined
  return (pattern) => {
    if (made === undefined || key !== pattern) {
      made = makeReader(pattern)
      key = pattern
    }
    return made
  }
}

/** A function that reads text by an optional pattern. */
function readText(
  reader: (pattern: string) => Reader,
  text: string,
  pattern: string | undefined
): (Instant & { readonly offset?: number | undefined }) | undefined {
  if (pattern !== undefined) return readClock(reader(pattern), text)
  return text.includes("T") ? undefined : parseTimestamp(text.trim())
}

/** The pattern where none is given. */
const usualPattern = "yyyy-MM-dd HH:mm:ss"

/** The epoch millis of a wall clock; of two that have it the later one, which has winter time. */
function epochOfWinter(zone: TimeZone, localMillis: number): number {
  const early = epochOfLocalMillis(zone, localMillis)
  const late = localMillis - zone.offsetMillis(early + 3 * 3_600_000)
  return late > early && late + zone.offsetMillis(late) === localMillis ? late : early
}

/** Whether the day that a text begins with is one of its month. */
function isRealDay(text: string): boolean {
  const match = /^\s*(\d+)-(\d+)-(\d+)/.exec(text)
  return match === null || Number(match[3]) <= daysOfMonth(Number(match[1]), Number(match[2]))
}

const dateFormat: ScalarFunction = {
  name: "dateFormat",
  sql: ["DATE_FORMAT"],
  description: "A time, or text that is one, written by a pattern.",
  infer: (args) => {
    const [at, pattern] = args
    if (args.length !== 2 || !isText(pattern!) || !(isTemporal(at!) || isText(at!))) {
      return "DATE_FORMAT wants a TIMESTAMP and a pattern"
    }
    return { type: textType(true), args }
  },
  evaluate: (call) => {
    const type = call.args[0]!
    const clock = wallClock(type, call)
    const local = type.kind === "TIMESTAMP_LTZ"
    const known = typeof call.constants[1] === "string" ? call.constants[1] : undefined
    let form: WrittenForm | undefined = known === undefined ? undefined : writtenForm(known)
    return (at: Boxed, pattern: string): Boxed => {
      if (form === undefined || form.pattern !== pattern) form = writtenForm(pattern)
      if (typeof at === "string") {
        const parsed = parseTimestamp(at.trim())
        if (parsed === undefined || !isRealDay(at)) return null
        return writeClock(form.pieces, { ...parsed, offsetMillis: 0 })
      }
      const millis = clock(at)
      return writeAgain(form, millis, local ? millis - millisOf(at) : 0, at)
    }
  }
}

/** A pattern with the last text written by it, which stands for a whole unit of time. */
interface WrittenForm {
  readonly pattern: string
  readonly pieces: ReadonlyArray<Piece>
  /** Millis of the pattern's smallest unit; 0 when it writes fractions. */
  readonly unitMillis: number
  unit: number
  offsetMillis: number
  text: string
}

function writtenForm(pattern: string): WrittenForm {
  const pieces = readPattern(pattern)
  const letters = pieces.map((piece) => "letter" in piece ? piece.letter : "").join("")
  const unitMillis = /[SnAN]/.test(letters)
    ? 0
    : letters.includes("s")
    ? 1000
    : letters.includes("m")
    ? 60_000
    : /[HhKka]/.test(letters)
    ? 3_600_000
    : dayMillis
  return { pattern, pieces, unitMillis, unit: NaN, offsetMillis: 0, text: "" }
}

/** Times come in order mostly, so that the text is often that of the time before. */
function writeAgain(form: WrittenForm, millis: number, offsetMillis: number, at: Boxed): string {
  const unit = form.unitMillis === 0 ? NaN : Math.floor(millis / form.unitMillis)
  if (unit === form.unit && offsetMillis === form.offsetMillis) return form.text
  const nanos = typeof at === "number" ? 0 : (at as Instant).nanos
  form.unit = unit
  form.offsetMillis = offsetMillis
  form.text = writeClock(form.pieces, { millis, nanos, offsetMillis })
  return form.text
}

const toTimestamp: ScalarFunction = scalar({
  names: ["toTimestamp", "TO_TIMESTAMP"],
  args: ["text", "text"],
  required: 1,
  result: timestamp(3),
  description:
    "The TIMESTAMP(3) that a text means, read by a pattern if one is given; NULL when it is none.",
  evaluate: () => {
    const reader = readers()
    return (text: string, pattern?: string): Boxed =>
      readText(reader, text, pattern)?.millis ?? null
  }
})

const toDate: ScalarFunction = scalar({
  names: ["toDate", "TO_DATE"],
  args: ["text", "text"],
  required: 1,
  result: simple("DATE"),
  description:
    "The DATE that a text means, read by a pattern if one is given; NULL when it is none.",
  evaluate: () => {
    const reader = readers()
    return (text: string, pattern?: string): Boxed => {
      if (pattern === undefined) return parseDate(text.trim()) ?? null
      const read = readClock(reader(pattern), text, true)
      return read === undefined ? null : Math.floor(read.millis / dayMillis)
    }
  }
})

function inferLtz(args: ReadonlyArray<LogicalType>, literals: Literals): Signature | string {
  if (args.length > 0 && isNumeric(args[0]!)) return epochEntry().infer(args, literals)
  if (args.length < 1 || args.length > 3 || !args.every(isText)) {
    return "TO_TIMESTAMP_LTZ wants a number or texts"
  }
  return { type: localTimestamp(3, true), args }
}

function epochEntry(): ScalarFunction {
  return temporals.find((entry) => entry.name === "toTimestampLtzEpoch")!
}

function zoneOf(name: string, otherwise: TimeZone): TimeZone {
  return makeTimeZone(name) ?? otherwise
}

const toTimestampLtz: ScalarFunction = {
  name: "toTimestampLtz",
  sql: ["TO_TIMESTAMP_LTZ"],
  description:
    "The point in time of an epoch number (precision 0: seconds, 3: millis), or of a text in the session's or a named zone.",
  infer: inferLtz,
  evaluate: (call): Evaluator => {
    if (isNumeric(call.args[0]!)) return epochEntry().evaluate(call)
    const reader = readers()
    const named = typeof call.constants[2] === "string"
      ? zoneOf(call.constants[2], call.environment.zone)
      : undefined
    // Text without a zone is UTC here, as in Flink: only a third argument names another.
    return (text: string, pattern?: string, zone?: string): Boxed => {
      const read = readText(reader, text, pattern)
      if (read === undefined) return null
      if (read.offset !== undefined) return read.millis - read.offset
      if (zone === undefined) return read.millis
      return epochOfLocalMillis(named ?? zoneOf(zone, call.environment.zone), read.millis)
    }
  },
  generate: (emit, args, call, nil) => {
    if (isNumeric(call.args[0]!)) return epochEntry().generate!(emit, args, call, nil)
    const evaluator = toTimestampLtz.evaluate(call)
    const list = args.map((arg) => emit.text(arg)).join(", ")
    const invoke = `${emit.constant(evaluator)}(${list})`
    const result = emit.store(nil === "false" ? invoke : `(${nil}) ? null : ${invoke}`)
    return emit.unbox(result, emit.store(`${result} === null`), call.type)
  }
}

const fromUnixtime: ScalarFunction = scalar({
  names: ["fromUnixtime", "FROM_UNIXTIME"],
  args: ["bigint", "text"],
  required: 1,
  result: textType(true),
  description: "Epoch seconds as text in the session's zone, by a pattern if one is given.",
  evaluate: (call: Call) => {
    const { zone } = call.environment
    return (seconds: bigint, pattern?: string): Boxed => {
      const epoch = Number(seconds) * 1000
      const offsetMillis = zone.offsetMillis(epoch)
      const millis = epoch + offsetMillis
      return pattern === undefined
        ? formatTimestamp(millis, 0, 0)
        : writeClock(readPattern(pattern), { millis, nanos: 0, offsetMillis })
    }
  }
})

const unixTimestamp: ScalarFunction = {
  name: "unixTimestamp",
  sql: ["UNIX_TIMESTAMP"],
  description: "Epoch seconds: of now, or of a text in the session's zone.",
  deterministic: false,
  infer: (args) =>
    args.length <= 2 && args.every(isText)
      ? { type: simple("BIGINT", args.some((type) => type.nullable)), args }
      : "UNIX_TIMESTAMP wants a text and a pattern",
  evaluate: (call) => {
    const reader = readers()
    const { zone } = call.environment
    return (text?: string, pattern?: string): Boxed => {
      if (text === undefined) return BigInt(Math.floor(call.environment.nowMillis() / 1000))
      const read = readClock(reader(pattern ?? usualPattern), text, true)
      // What cannot be read is the least BIGINT, as in Flink.
      if (read === undefined) return -9223372036854775808n
      const epoch = read.offset === undefined
        ? epochOfWinter(zone, read.millis)
        : read.millis - read.offset
      return BigInt(Math.floor(epoch / 1000))
    }
  }
}

const convertTz: ScalarFunction = scalar({
  names: ["convertTz", "CONVERT_TZ"],
  args: ["text", "text", "text"],
  result: textType(true),
  description: "A wall clock of one zone as that of another.",
  evaluate: () => {
    const reader = makeReader(usualPattern)
    return (text: string, from: string, to: string): Boxed => {
      const read = readClock(reader, text, true)
      if (read === undefined) return null
      const epoch = epochOfWinter(zoneOf(from, universal), read.millis)
      return formatTimestamp(epoch + zoneOf(to, universal).offsetMillis(epoch), 0, 0)
    }
  }
})

/** What a zone that nobody knows is taken for. */
const universal: TimeZone = makeTimeZone("UTC")!

/** Functions between times and text. */
export const temporalTexts: ReadonlyArray<ScalarFunction> = [
  dateFormat,
  toTimestamp,
  toDate,
  toTimestampLtz,
  fromUnixtime,
  unixTimestamp,
  convertTz
]
