/** Comparing text: byte views without making strings, and strings in the order of their UTF-8 bytes. */
import { compareBytes } from "../../batch/utf8.ts"

/** Whether `bytes` holds all of `wanted` at `start`. The caller knows that it is long enough. */
export function startsAt(bytes: Uint8Array, start: number, wanted: Uint8Array): boolean {
  for (let i = 0; i < wanted.length; i++) {
    if (bytes[start + i] !== wanted[i]) return false
  }
  return true
}

/** Whether two views hold the same bytes. */
export function sameViews(
  a: Uint8Array,
  aStart: number,
  aLength: number,
  b: Uint8Array,
  bStart: number,
  bLength: number
): boolean {
  if (aLength !== bLength) return false
  for (let i = 0; i < aLength; i++) {
    if (a[aStart + i] !== b[bStart + i]) return false
  }
  return true
}

/** Order of two views. */
export const compareViews: typeof compareBytes = compareBytes

/** Where `wanted` first stands in a view, as an offset in it, or -1. */
export function indexOfBytes(
  bytes: Uint8Array,
  start: number,
  length: number,
  wanted: Uint8Array
): number {
  const last = length - wanted.length
  for (let at = 0; at <= last; at++) {
    if (startsAt(bytes, start + at, wanted)) return at
  }
  return -1
}

/** Order of two strings by their UTF-8 bytes, which is the order of their code points. */
export function compareText(a: string, b: string): number {
  const shared = Math.min(a.length, b.length)
  for (let i = 0; i < shared; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x !== y) {
      // Surrogates stand for code points above all others of the basic plane.
      const xHigh = x >= 0xd800 && x <= 0xdfff
      const yHigh = y >= 0xd800 && y <= 0xdfff
      return xHigh === yHigh ? x - y : xHigh ? 1 : -1
    }
  }
  return a.length - b.length
}
