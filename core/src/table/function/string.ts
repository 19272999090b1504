/** Functions of text: cases, parts, positions, padding. Characters are Unicode code points, counted from 1. */
import { lengthMax, type LogicalType, simple, withNullable } from "../../type/logical-type.ts"
import type {
  Boxed,
  Call,
  Emit,
  Evaluator,
  ScalarFunction,
  Signature,
  Value
} from "./definition.ts"
import { boxedCall } from "./math.ts"
import { scalar } from "./simple.ts"
import { isBinary, isText, partOfText, textType } from "./type-rule.ts"
import { characterBytes, characterOffset } from "./text-order.ts"
import { either, guarded, value } from "./value.ts"

const text = textType(false)
const maybeText = textType(true)
const int = simple("INT", false)

/** Whether a string has only characters of one UTF-16 unit. */
function isPlain(a: string): boolean {
  for (let i = 0; i < a.length; i++) {
    if (a.charCodeAt(i) >= 0xd800 && a.charCodeAt(i) <= 0xdfff) return false
  }
  return true
}

/** The number of characters. */
function countCharacters(a: string): number {
  if (isPlain(a)) return a.length
  let count = 0
  for (const _ of a) count++
  return count
}

/** Characters `from` (0-based, inclusive) to `to` (exclusive). */
function characters(a: string, from: number, to: number): string {
  return isPlain(a) ? a.slice(from, to) : Array.from(a).slice(from, to).join("")
}

/** SUBSTRING: from `from`, which counts from the end when negative; NULL for a negative length. */
function substring(a: string, from: number, length?: number): string | null {
  if (length !== undefined && length < 0) return null
  const count = countCharacters(a)
  const start = from > 0 ? from - 1 : from < 0 ? count + from : 0
  if (start < 0 || start >= count) return ""
  return characters(a, start, length === undefined ? count : Math.min(count, start + length))
}

function position(wanted: string, a: string, given = 1): number {
  const from = Math.max(1, given)
  if (isPlain(a)) return a.indexOf(wanted, from - 1) + 1
  const skipped = characters(a, 0, from - 1)
  const at = a.indexOf(wanted, skipped.length)
  return at < 0 ? 0 : countCharacters(a.slice(0, at)) + 1
}

/**
 * The place of occurrence `nth` at or after `from`. A negative `from` counts from the end: occurrences end there or before, and the
 * last is the first.
 */
function occurrence(a: string, wanted: string, from = 1, nth = 1): number {
  if (from === 0 || nth < 1) return 0
  const all = Array.from(a)
  const part = Array.from(wanted)
  const step = from > 0 ? 1 : -1
  let left = nth
  let at = from > 0 ? from - 1 : all.length + from + 1 - part.length
  for (; at >= 0 && at + part.length <= all.length; at += step) {
    if (part.every((character, i) => all[at + i] === character) && --left === 0) return at + 1
  }
  return 0
}

function trimStart(a: string, set: string): string {
  const all = Array.from(a)
  const unwanted = new Set(set)
  let from = 0
  while (from < all.length && unwanted.has(all[from]!)) from++
  return all.slice(from).join("")
}

function trimEnd(a: string, set: string): string {
  const all = Array.from(a)
  const unwanted = new Set(set)
  let to = all.length
  while (to > 0 && unwanted.has(all[to - 1]!)) to--
  return all.slice(0, to).join("")
}

function trim(side: string, set: string, a: string): string {
  const begun = side.toUpperCase() === "TRAILING" ? a : trimStart(a, set)
  return side.toUpperCase() === "LEADING" ? begun : trimEnd(begun, set)
}

/** Padded or cut to `length` characters. */
function pad(a: string, length: number, filling: string, left: boolean): string | null {
  if (length < 0 || filling === "") return null
  const missing = length - countCharacters(a)
  if (missing <= 0) return characters(a, 0, length)
  const times = Math.ceil(missing / countCharacters(filling))
  const extra = characters(filling.repeat(times), 0, missing)
  return left ? extra + a : a + extra
}

const padMax = 16 * 1024 * 1024

function padding(name: string, sql: string, left: boolean): ScalarFunction {
  return scalar({
    names: [name, sql],
    args: ["text", "int", "text"],
    result: maybeText,
    description: `The text filled up at the ${left ? "left" : "right"}, or cut, to a length.`,
    evaluate: () => (a: string, length: number, filling: string): Boxed =>
      pad(a, Math.min(length, padMax), filling, left)
  })
}

function inferConcat(args: ReadonlyArray<LogicalType>): Signature | string {
  const known = args.filter((type) => type.kind !== "NULL")
  if (known.length === 0) return "The text to join is not known: cast it"
  const binary = known.every(isBinary)
  if (!binary && !known.every(isText)) {
    const other = known.find((type) => !isText(type))!
    return `Only texts can be joined, not ${other.kind}: cast it`
  }
  const length = known.reduce((sum, type) => sum + ("length" in type ? type.length : 0), 0)
  const fixed = known.every((type) => type.kind === "CHAR" || type.kind === "BINARY")
  const kind = binary ? fixed ? "BINARY" : "VARBINARY" : fixed ? "CHAR" : "VARCHAR"
  const nullable = args.some((type) => type.nullable || type.kind === "NULL")
  return {
    type: { kind, nullable, length: Math.min(length, lengthMax) },
    args: args.map((type) => type.kind === "NULL" ? { ...known[0]!, nullable: true } : type)
  }
}

function joinBytes(parts: ReadonlyArray<Uint8Array>): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}

function evaluateConcat(): Evaluator {
  return (...parts: ReadonlyArray<Boxed>): Boxed =>
    typeof parts[0] === "string" ? parts.join("") : joinBytes(parts as ReadonlyArray<Uint8Array>)
}

const joined: ScalarFunction = {
  name: "concat",
  sql: ["||"],
  description: "The texts one after the other; NULL when one of them is.",
  infer: inferConcat,
  evaluate: evaluateConcat,
  generate: (emit, args, call, nil) => {
    if (isText(call.type)) {
      const code = args.map((arg) => emit.text(arg)).join(" + ")
      return value("text", call.type, guarded(emit, nil, "text", code), nil)
    }
    const join = `${emit.constant(evaluateConcat())}(${
      args.map((arg) => emit.box(arg)).join(", ")
    })`
    return value("boxed", call.type, guarded(emit, nil, "boxed", join), nil)
  }
}

/** The same as a function of any number of texts, whose length is not told by its type. */
const concat: ScalarFunction = {
  ...joined,
  name: "concatAll",
  sql: ["CONCAT"],
  infer: (args) => {
    const signature = inferConcat(args)
    if (typeof signature === "string" || !isText(signature.type)) return signature
    return { ...signature, type: textType(signature.type.nullable) }
  }
}

const concatWith: ScalarFunction = scalar({
  names: ["concat_ws", "CONCAT_WS"],
  args: ["text"],
  required: 1,
  repeated: true,
  result: (args) => textType(args.some((arg) => arg.nullable)),
  strict: false,
  description: "The texts that are not NULL, with the first argument between them.",
  evaluate: () => (separator: string | null, ...parts: ReadonlyArray<Boxed>): Boxed =>
    separator === null ? null : parts.filter((part) => part !== null).join(separator)
})

/** Code units of UTF-8 that begin a character. */
function countViewCharacters(bytes: Uint8Array, start: number, length: number): number {
  let count = 0
  for (let i = start, end = start + length; i < end; i++) if ((bytes[i]! & 0xc0) !== 0x80) count++
  return count
}

function generateLength(emit: Emit, item: Value, nil: string, type: LogicalType): Value {
  if (item.form !== "view") {
    const count = `${emit.constant(countCharacters)}(${emit.text(item)})`
    return value("i32", type, guarded(emit, nil, "i32", count), nil, 2147483647)
  }
  const count = `${emit.constant(countViewCharacters)}(${item.code}, ${item.second}, ${item.third})`
  return value("i32", type, guarded(emit, nil, "i32", count), nil, 2147483647)
}

/** Words are runs of ASCII letters and digits, as in Flink; other characters stay. */
function initCap(a: string): string {
  return a.replace(
    /[A-Za-z0-9]+/g,
    (word) => word[0]!.toUpperCase() + word.slice(1).toLowerCase()
  )
}

function overlay(a: string, placed: string, from: number, length?: number): string {
  const count = countCharacters(a)
  if (from < 1 || from > count) return a
  const replaced = length ?? countCharacters(placed)
  // Where nothing is to be replaced Flink drops what follows.
  const rest = replaced <= 0 ? "" : characters(a, from - 1 + replaced, count)
  return characters(a, 0, from - 1) + placed + rest
}

function one(
  name: string,
  sql: ReadonlyArray<string>,
  description: string,
  compute: (a: string) => Boxed,
  result: LogicalType | ((args: ReadonlyArray<LogicalType>) => LogicalType) = text
): ScalarFunction {
  return scalar({
    names: [name, ...sql],
    args: ["text"],
    result,
    description,
    evaluate: () => compute
  })
}

const same = (args: ReadonlyArray<LogicalType>): LogicalType => args[0]!
const partOfFirst = (args: ReadonlyArray<LogicalType>): LogicalType => partOfText(args[0]!)
const maybePart = (args: ReadonlyArray<LogicalType>): LogicalType =>
  withNullable(partOfText(args[0]!), true)
const partOfLast = (args: ReadonlyArray<LogicalType>): LogicalType => partOfText(args.at(-1)!)

const trims: ReadonlyArray<ScalarFunction> = [
  scalar({
    names: ["trim", "TRIM"],
    args: ["text", "text", "text"],
    required: 1,
    result: partOfLast,
    description: "The text without spaces, or the given characters, at its ends.",
    evaluate: () => (a: string, b?: string, c?: string): Boxed =>
      c === undefined ? b === undefined ? trim("BOTH", " ", a) : trim(a, " ", b) : trim(a, b!, c)
  }),
  ...([["ltrim", "LTRIM", "LEADING"], ["rtrim", "RTRIM", "TRAILING"], [
    "btrim",
    "BTRIM",
    "BOTH"
  ]] as const).map(([name, sql, side]) =>
    scalar({
      names: [name, sql],
      args: ["text", "text"],
      required: 1,
      result: side === "BOTH" ? text : partOfFirst,
      description: `The text without spaces, or the given characters, at its ${
        side === "BOTH" ? "ends" : side === "LEADING" ? "start" : "end"
      }.`,
      evaluate: () => (a: string, set?: string): Boxed => trim(side, set ?? " ", a)
    })
  )
]

/** Parts of plain text are views into it. */
function generateSubstring(emit: Emit, args: ReadonlyArray<Value>, call: Call, nil: string): Value {
  const [item, from, count] = args as [Value, Value, Value | undefined]
  if (item.form !== "view") return boxedCall(emit, args, call, nil, substring as Evaluator)
  const { code, second, third } = item
  const offset = emit.store(
    `${emit.constant(characterOffset)}(${code}, ${second}, ${third}, ${from.code})`
  )
  const rest = `${third} - ${offset}`
  const size = count === undefined
    ? rest
    : `${emit.constant(characterBytes)}(${code}, ${second} + ${offset}, ${rest}, ${count.code})`
  const negative = count === undefined ? "false" : emit.store(`${count.code} < 0`)
  return {
    ...value("view", call.type, code, emit.store(either(nil, negative))),
    second: emit.store(`${offset} < 0 ? 0 : ${second} + ${offset}`),
    third: emit.store(`${offset} < 0 ? 0 : ${size}`)
  }
}

const substringOf: ScalarFunction = {
  ...scalar({
    names: ["substring", "SUBSTRING", "SUBSTR"],
    args: ["text", "int", "int"],
    required: 2,
    result: maybePart,
    description: "The part from a position, of a length; a negative position counts from the end.",
    evaluate: () => substring
  }),
  generate: generateSubstring
}

/** Functions of text. */
export const strings: ReadonlyArray<ScalarFunction> = [
  joined,
  concat,
  concatWith,
  one("upper", ["UPPER"], "The text in upper case.", (a) => a.toUpperCase(), same),
  one("lower", ["LOWER"], "The text in lower case.", (a) => a.toLowerCase(), same),
  one("initCap", ["INITCAP"], "Each word with a capital.", initCap, same),
  one(
    "reverse",
    ["REVERSE"],
    "The characters in reverse order.",
    (a) => Array.from(a).reverse().join(""),
    maybeText
  ),
  {
    ...one(
      "charLength",
      ["CHAR_LENGTH", "CHARACTER_LENGTH"],
      "The number of characters.",
      countCharacters,
      int
    ),
    generate: (emit, [a], call, nil) => generateLength(emit, a!, nil, call.type)
  },
  one(
    "ascii",
    ["ASCII"],
    "The first byte, from -128 to 127; 0 for an empty text.",
    (a) => ((new TextEncoder().encode(a)[0] ?? 0) << 24) >> 24,
    int
  ),
  ...trims,
  substringOf,
  scalar({
    names: ["left", "LEFT"],
    args: ["text", "int"],
    result: maybePart,
    description: "The first characters.",
    evaluate: () => (a: string, count: number): Boxed => count <= 0 ? "" : characters(a, 0, count)
  }),
  scalar({
    names: ["right", "RIGHT"],
    args: ["text", "int"],
    result: maybePart,
    description: "The last characters.",
    evaluate: () => (a: string, count: number): Boxed => {
      const total = countCharacters(a)
      return count <= 0 ? "" : characters(a, Math.max(0, total - count), total)
    }
  }),
  scalar({
    names: ["position", "POSITION"],
    args: ["text", "text", "int"],
    required: 2,
    result: int,
    description: "Where the first text stands in the second, from a position on; 0 if nowhere.",
    evaluate: () => position
  }),
  scalar({
    names: ["locate", "LOCATE"],
    args: ["text", "text", "int"],
    required: 2,
    result: int,
    description: "Where the first text stands in the second, from a position on; 0 if nowhere.",
    evaluate: () => position
  }),
  scalar({
    names: ["instr", "INSTR"],
    args: ["text", "text", "int", "int"],
    required: 2,
    result: int,
    description:
      "Where the second text stands in the first for the n-th time, from a place on, or back from the end when that is negative; 0 if nowhere.",
    evaluate: () => occurrence
  }),
  padding("lpad", "LPAD", true),
  padding("rpad", "RPAD", false),
  scalar({
    names: ["repeat", "REPEAT"],
    args: ["text", "int"],
    result: text,
    description: "The text so many times.",
    evaluate: () => (a: string, count: number): Boxed =>
      count <= 0 ? "" : a.repeat(Math.min(count, Math.floor(padMax / Math.max(1, a.length))))
  }),
  scalar({
    names: ["replace", "REPLACE"],
    args: ["text", "text", "text"],
    result: text,
    description: "The text with each occurrence of the second replaced by the third.",
    evaluate: () => (a: string, from: string, to: string): Boxed =>
      from === "" ? [to, ...Array.from(a, (c) => c + to)].join("") : a.replaceAll(from, () => to)
  }),
  scalar({
    names: ["overlay", "OVERLAY"],
    args: ["text", "text", "int", "int"],
    required: 3,
    result: ([a, b]) => {
      const [of, placed] = [partOfText(a!), partOfText(b!)] as ReadonlyArray<{ length: number }>
      return {
        kind: "VARCHAR",
        nullable: false,
        length: Math.min(lengthMax, of!.length + placed!.length)
      }
    },
    description: "The text with a part replaced, from a position, of a length.",
    evaluate: () => overlay
  })
]
