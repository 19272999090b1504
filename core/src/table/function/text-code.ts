/** Text as other things write it: JSON strings, IPv4 addresses, hexadecimal digits. */
import { bytes, simple } from "../../type/logical-type.ts"
import type { Boxed, ScalarFunction } from "./definition.ts"
import { scalar } from "./simple.ts"
import { textType } from "./type-rule.ts"

const quoted: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "/": "\\/",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t"
}

/** A JSON string; what is not ASCII becomes escapes. */
function jsonQuote(a: string): string {
  const inner = a.replace(
    /["\\/\b\f\n\r\t]|[^\0-\x7f]/g,
    (unit) => quoted[unit] ?? `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`
  )
  return `"${inner}"`
}

const unescaped: Readonly<Record<string, string>> = {
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t"
}

/** What a text in quotes says; itself when it is no JSON. */
function jsonUnquote(a: string): string {
  if (a.length < 2 || !a.startsWith('"') || !a.endsWith('"')) return a
  const inner = a.slice(1, -1)
  if (/\\(?!["\\/bfnrt]|u[0-9a-fA-F]{4})/.test(inner.replaceAll("\\\\", ""))) return a
  return inner.replace(
    /\\(?:u([0-9a-fA-F]{4})|(.))/gs,
    (_all, code: string | undefined, sign: string) =>
      code === undefined ? unescaped[sign] ?? sign : String.fromCharCode(parseInt(code, 16))
  )
}

/** An address of one to four numbers; the last fills what is left. */
function addressToNumber(a: string): bigint | null {
  const parts = a.split(".")
  if (parts.length > 4 || !parts.every((part) => /^\d{1,10}$/.test(part))) return null
  const numbers = parts.map(Number)
  const last = numbers.pop()!
  if (parts.length === 1 ? last > 255 : numbers.some((part) => part > 255)) return null
  if (last >= 256 ** (4 - numbers.length) || last > 255) return null
  return BigInt(numbers.reduce((sum, part, i) => sum + part * 256 ** (3 - i), 0) + last)
}

function numberToAddress(a: bigint): string | null {
  if (a < 0n || a > 0xffffffffn) return null
  const number = Number(a)
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join(".")
}

/** The bytes of hexadecimal digits. Of an odd number of digits the first is dropped and a zero byte put before the rest. */
function unhex(a: string): Uint8Array | null {
  const odd = a.length % 2
  if (!/^[0-9a-fA-F]*$/.test(a)) return null
  const bytes = new Uint8Array((a.length + odd) / 2)
  for (let i = odd; i < bytes.length; i++) {
    bytes[i] = parseInt(a.slice(i * 2 - odd, i * 2 - odd + 2), 16)
  }
  return bytes
}

/** JSON_QUOTE, JSON_UNQUOTE, INET_ATON, INET_NTOA, UNHEX. */
export const textCodes: ReadonlyArray<ScalarFunction> = [
  scalar({
    names: ["jsonQuote", "JSON_QUOTE"],
    args: ["text"],
    result: textType(false),
    description: "The text as a JSON string.",
    evaluate: () => (a: string): Boxed => jsonQuote(a)
  }),
  scalar({
    names: ["jsonUnquote", "JSON_UNQUOTE"],
    args: ["text"],
    result: textType(false),
    description: "What a JSON string says; other text stays as it is.",
    evaluate: () => (a: string): Boxed => jsonUnquote(a)
  }),
  scalar({
    names: ["inetAton", "INET_ATON"],
    args: ["text"],
    result: simple("BIGINT"),
    description: "The number of an IPv4 address; NULL when it is none.",
    evaluate: () => addressToNumber
  }),
  scalar({
    names: ["inetNtoa", "INET_NTOA"],
    args: ["bigint"],
    result: textType(true),
    description: "The IPv4 address of a number; NULL when it is out of range.",
    evaluate: () => numberToAddress
  }),
  scalar({
    names: ["unhex", "UNHEX"],
    args: ["text"],
    result: bytes,
    description: "The bytes of hexadecimal digits; NULL when they are none.",
    evaluate: () => unhex
  })
]
