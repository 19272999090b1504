/** UTF-8 between byte views and JavaScript strings. Short ASCII, the common case, is done without a decoder call. */
import { isUtf8 } from "node:buffer"

const decoder = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true })
const encoder = new TextEncoder()

/** `length` bytes from `start` as text. Cost: one loop for short ASCII, one decoder call otherwise. */
export function decodeUtf8(bytes: Uint8Array, start: number, length: number): string {
  if (length <= 24) {
    let text = ""
    for (let i = start, end = start + length; i < end; i++) {
      const byte = bytes[i]!
      if (byte >= 128) return decoder.decode(bytes.subarray(start, end))
      text += String.fromCharCode(byte)
    }
    return text
  }
  return decoder.decode(bytes.subarray(start, start + length))
}

/** The UTF-8 bytes of a text. */
export function encodeUtf8(text: string): Uint8Array {
  return encoder.encode(text)
}

/** Order of two byte views: as SQL orders strings, byte by byte, unsigned. */
export function compareBytes(
  a: Uint8Array,
  aStart: number,
  aLength: number,
  b: Uint8Array,
  bStart: number,
  bLength: number
): number {
  const shared = aLength < bLength ? aLength : bLength
  for (let i = 0; i < shared; i++) {
    const d = a[aStart + i]! - b[bStart + i]!
    if (d !== 0) return d
  }
  return aLength - bLength
}

/** Whether a range is UTF-8. `view` is over the whole of `bytes`. Cost: four bytes at a time while they are ASCII. */
export function isText(bytes: Uint8Array, view: DataView, at: number, length: number): boolean {
  const end = at + length
  let all = 0
  let i = at
  for (; i + 4 <= end; i += 4) all |= view.getInt32(i, true)
  for (; i < end; i++) all |= bytes[i]!
  return (all & -2139062144) === 0 || isUtf8(bytes.subarray(at, end))
}
