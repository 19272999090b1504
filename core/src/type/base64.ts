/** Base64 (RFC 4648, with padding, no line feeds) between byte views: how text formats carry BINARY values. */
import type { Writable } from "../batch/byte-sink.ts"

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
const letters: Uint8Array = Uint8Array.from(alphabet, (letter) => letter.charCodeAt(0))
const sextets: Int8Array = makeSextets()

function makeSextets(): Int8Array {
  const table = new Int8Array(256).fill(-1)
  for (let i = 0; i < 64; i++) table[letters[i]!] = i
  return table
}

/** The bytes that `length` bytes of base64 text from `start` stand for; undefined when they are no base64. */
export function decodeBase64(
  bytes: Uint8Array,
  start: number,
  length: number
): Uint8Array | undefined {
  if (length % 4 !== 0) return undefined
  let padding = 0
  if (length > 0 && bytes[start + length - 1] === 61) {
    padding = bytes[start + length - 2] === 61 ? 2 : 1
  }
  const out = new Uint8Array(length / 4 * 3 - padding)
  let bits = 0, held = 0, at = 0
  for (let i = start, end = start + length - padding; i < end; i++) {
    const sextet = sextets[bytes[i]!]!
    if (sextet < 0) return undefined
    bits = (bits << 6) | sextet
    held += 6
    if (held >= 8) {
      held -= 8
      out[at++] = (bits >> held) & 255
      bits &= (1 << held) - 1
    }
  }
  return bits === 0 ? out : undefined
}

/** Append the base64 text of `length` bytes from `start`. */
export function writeBase64(
  out: Writable,
  bytes: Uint8Array,
  start: number,
  length: number
): void {
  out.reserve(Math.ceil(length / 3) * 4)
  const target = out.bytes
  let at = out.length
  const whole = length - length % 3
  for (let i = start; i < start + whole; i += 3) {
    const bits = (bytes[i]! << 16) | (bytes[i + 1]! << 8) | bytes[i + 2]!
    target[at++] = letters[bits >> 18]!
    target[at++] = letters[(bits >> 12) & 63]!
    target[at++] = letters[(bits >> 6) & 63]!
    target[at++] = letters[bits & 63]!
  }
  if (whole < length) {
    const two = length - whole === 2
    const bits = (bytes[start + whole]! << 16) | (two ? bytes[start + whole + 1]! << 8 : 0)
    target[at++] = letters[bits >> 18]!
    target[at++] = letters[(bits >> 12) & 63]!
    target[at++] = two ? letters[(bits >> 6) & 63]! : 61
    target[at++] = 61
  }
  out.length = at
}
