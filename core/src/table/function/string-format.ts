/** Functions of text that split it, number it or write it in another alphabet. */
import { bytes, simple, withNullable } from "../../type/logical-type.ts"
import type { Boxed, Call, Emit, ScalarFunction, Value } from "./definition.ts"
import { decodeText, encodeText } from "./charset.ts"
import { boxedCall } from "./math.ts"
import { indexOfBytes } from "./text-order.ts"
import { value } from "./value.ts"
import { scalar } from "./simple.ts"
import { commonType, isBinary, isInteger, isText, textType } from "./type-rule.ts"

const maybe = textType(true)
const text = textType(false)

/** Part `index`, from 0, between separators; NULL beyond the last. */
function splitIndex(a: string, separator: string, index: number): string | null {
  if (index < 0 || a === "") return null
  if (separator === "") return a.split(/\s/)[index] ?? null
  let from = 0
  for (let i = 0; i < index; i++) {
    const at = a.indexOf(separator, from)
    if (at < 0) return null
    from = at + separator.length
  }
  const end = a.indexOf(separator, from)
  return end < 0 ? a.slice(from) : a.slice(from, end)
}

/** Where part `index` of a view starts, counted from the view's start; -1 if there is none. */
function partStart(
  bytes: Uint8Array,
  start: number,
  length: number,
  separator: Uint8Array,
  index: number
): number {
  if (length === 0) return -1
  let from = 0
  for (let i = 0; i < index; i++) {
    const at = indexOfBytes(bytes, start + from, length - from, separator)
    if (at < 0) return -1
    from += at + separator.length
  }
  return from
}

/** The length of the part that starts at `from`. */
function partLength(
  bytes: Uint8Array,
  start: number,
  length: number,
  separator: Uint8Array,
  from: number
): number {
  const at = indexOfBytes(bytes, start + from, length - from, separator)
  return at < 0 ? length - from : at
}

/** Parts of plain text are views into it. */
function generateSplit(emit: Emit, args: ReadonlyArray<Value>, call: Call, nil: string): Value {
  const [item] = args as [Value]
  const [, separator, index] = call.constants
  const literal = typeof separator === "string" && separator !== "" && typeof index === "number"
  if (item.form !== "view" || !literal || index < 0) {
    return boxedCall(emit, args, call, nil, textSplit.evaluate(call))
  }
  const bytes = emit.constant(new TextEncoder().encode(separator))
  const view = `${item.code}, ${item.second}, ${item.third}, ${bytes}`
  const part = `${emit.constant(partStart)}(${view}, ${index})`
  const from = emit.store(nil === "false" ? part : `(${nil}) ? -1 : ${part}`)
  const size = `${emit.constant(partLength)}(${view}, ${from})`
  return {
    ...value("view", call.type, item.code, emit.store(`${from} < 0`)),
    second: emit.store(`${from} < 0 ? 0 : ${item.second} + ${from}`),
    third: emit.store(`${from} < 0 ? 0 : ${size}`)
  }
}

/** Bytes in base64. */
export function toBase64(value: Uint8Array): string {
  let binary = ""
  for (const byte of value) binary += String.fromCharCode(byte)
  return btoa(binary)
}

function fromBase64(value: string): string | null {
  try {
    const binary = atob(value)
    return new TextDecoder().decode(Uint8Array.from(binary, (character) => character.charCodeAt(0)))
  } catch {
    // Text that is no base64 has no value; the runtime tells it by an exception.
    return null
  }
}

/** Bytes that are no UTF-8 become U+FFFD; a malformed escape gives NULL. */
function urlDecode(value: string): string | null {
  if (/%(?![0-9a-fA-F]{2})/.test(value)) return null
  return value.replaceAll("+", " ").replace(
    /(?:%[0-9a-fA-F]{2})+/g,
    (escapes) =>
      new TextDecoder().decode(
        Uint8Array.from(escapes.slice(1).split("%"), (hex) => parseInt(hex, 16))
      )
  )
}

function urlEncode(value: string): string {
  return encodeURIComponent(value).replace(
    /[!'()~]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`
  )
    .replaceAll("%20", "+")
}

const urlForm =
  /^(?:([^:/?#]+):)?(?:\/\/(?:([^@/?#]*)@)?([^:/?#]*)(?::(\d+))?)?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/

/** A part of a URL; NULL when it has none. */
function parseUrl(url: string, part: string, key?: string): string | null {
  const match = urlForm.exec(url)
  if (match === null || match[1] === undefined) return null
  const [, scheme, user, host, port, path, query, fragment] = match
  const authority = `${user === undefined ? "" : `${user}@`}${host ?? ""}${
    port === undefined ? "" : `:${port}`
  }`
  if (part === "QUERY" && key !== undefined) {
    const found = (query ?? "").split("&").find((item) => item.startsWith(`${key}=`))
    return found === undefined ? null : found.slice(key.length + 1)
  }
  if (key !== undefined) return null
  const parts: Readonly<Record<string, string | undefined>> = {
    PROTOCOL: scheme,
    USERINFO: user,
    HOST: host,
    PATH: path,
    QUERY: query,
    REF: fragment,
    AUTHORITY: authority,
    FILE: query === undefined ? path : `${path}?${query}`
  }
  return parts[part] ?? null
}

/** Without characters to replace the text stays as it is. */
function translate(a: string | null, from: string | null, to: string | null): string | null {
  if (a === null || from === null) return a
  const targets = Array.from(to ?? "")
  const map = new Map<string, string>()
  Array.from(from).forEach((character, i) => {
    if (!map.has(character)) map.set(character, targets[i] ?? "")
  })
  return Array.from(a, (character) => map.get(character) ?? character).join("")
}

function classTest(name: string, sql: string, form: RegExp, description: string): ScalarFunction {
  return scalar({
    names: [name, sql],
    args: ["text"],
    result: simple("BOOLEAN", false),
    strict: false,
    description,
    evaluate: () => (a: string | null): Boxed => a !== null && form.test(a)
  })
}

const elt: ScalarFunction = {
  name: "elt",
  sql: ["ELT"],
  description: "The argument of a number, from 1.",
  strict: false,
  infer: ([index, ...items]) => {
    const type = commonType(items)
    if (index === undefined || !isInteger(index) || type === undefined) {
      return "ELT wants an INT and values of one type"
    }
    if (!isText(type) && !isBinary(type)) return `ELT wants STRING or BYTES, not ${type.kind}`
    const args = items.map((item) => withNullable(type, item.nullable || item.kind === "NULL"))
    return { type: withNullable(type, true), args: [simple("INT", index.nullable), ...args] }
  },
  evaluate: () => (index: number | null, ...items: ReadonlyArray<Boxed>): Boxed =>
    index === null ? null : items[index - 1] ?? null
}

/** SPLIT_INDEX also takes the code of a character as its separator. */
const textSplit: ScalarFunction = scalar({
  names: ["splitIndex", "SPLIT_INDEX"],
  args: ["text", "text", "int"],
  result: maybe,
  description: "The part of a number, from 0, between separators; NULL beyond the last.",
  evaluate: () => (a: string, separator: string | number, index: number): Boxed =>
    splitIndex(
      a,
      typeof separator === "string" ? separator : String.fromCharCode(separator & 0xffff),
      index
    )
})

const splitPart: ScalarFunction = {
  ...textSplit,
  infer: (args) => {
    const code = args[1] !== undefined && isInteger(args[1])
    const signature = textSplit.infer(code ? [args[0]!, maybe, ...args.slice(2)] : args, [])
    if (typeof signature === "string" || !code) return signature
    return {
      ...signature,
      args: [args[0]!, simple("INT", args[1]!.nullable), ...signature.args.slice(2)]
    }
  },
  generate: generateSplit
}

/** More functions of text. */
export const moreStrings: ReadonlyArray<ScalarFunction> = [
  splitPart,
  scalar({
    names: ["chr", "CHR"],
    args: ["bigint"],
    result: maybe,
    description: "The character of a code up to 255; greater ones count modulo 256.",
    evaluate: () => (code: bigint): Boxed =>
      code < 0n ? "" : String.fromCharCode(Number(code & 255n))
  }),
  scalar({
    names: ["toBase64", "TO_BASE64"],
    args: ["sequence"],
    result: text,
    description: "The bytes, of text in UTF-8, in base64.",
    evaluate: () => (a: string | Uint8Array): Boxed =>
      toBase64(typeof a === "string" ? new TextEncoder().encode(a) : a)
  }),
  scalar({
    names: ["fromBase64", "FROM_BASE64"],
    args: ["sequence"],
    result: maybe,
    description: "The text of base64; NULL when it is none.",
    evaluate: () => (a: string | Uint8Array): Boxed =>
      fromBase64(typeof a === "string" ? a : new TextDecoder().decode(a))
  }),
  scalar({
    names: ["urlEncode", "URL_ENCODE"],
    args: ["text"],
    result: maybe,
    description: "The text as a part of a form's URL.",
    evaluate: () => urlEncode
  }),
  scalar({
    names: ["urlDecode", "URL_DECODE"],
    args: ["text"],
    result: maybe,
    description: "The text of a part of a form's URL; NULL when it is malformed.",
    evaluate: () => urlDecode
  }),
  scalar({
    names: ["parseUrl", "PARSE_URL"],
    args: ["text", "text", "text"],
    required: 2,
    result: maybe,
    description:
      "HOST, PATH, QUERY, REF, PROTOCOL, AUTHORITY, FILE or USERINFO of a URL; of QUERY also one key.",
    evaluate: () => parseUrl
  }),
  scalar({
    names: ["translate", "TRANSLATE"],
    args: ["text", "text", "text"],
    strict: false,
    result: (args) => textType(args[0]!.nullable),
    description:
      "Each character of the second argument replaced by the one at the same place of the third.",
    evaluate: () => translate
  }),
  elt,
  scalar({
    names: ["encode", "ENCODE"],
    args: ["text", "text"],
    result: bytes,
    description:
      "The bytes of a text in a character set: UTF-8, US-ASCII, ISO-8859-1, UTF-16, UTF-16BE or UTF-16LE.",
    evaluate: () => encodeText
  }),
  scalar({
    names: ["decode", "DECODE"],
    args: ["binary", "text"],
    result: maybe,
    description: "The text of bytes in a character set.",
    evaluate: () => decodeText
  }),
  classTest("isAlpha", "IS_ALPHA", /^\p{L}+$/u, "Whether all characters are letters."),
  classTest("isDigit", "IS_DIGIT", /^\p{Nd}+$/u, "Whether all characters are digits."),
  classTest(
    "isDecimal",
    "IS_DECIMAL",
    /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/,
    "Whether the text is a number."
  )
]
