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
  const size = wanted.length
  if (size === 0) return 0
  const first = wanted[0]!
  const last = start + length - size
  for (let at = start; at <= last; at++) {
    if (bytes[at] !== first) continue
    let same = 1
    while (same < size && bytes[at + same] === wanted[same]) same++
    if (same === size) return at - start
  }
  return -1
}

/** The byte offset in a view of character `from`, which counts from 1, or from the end when negative; -1 when there is none. */
export function characterOffset(
  bytes: Uint8Array,
  start: number,
  length: number,
  from: number
): number {
  const end = start + length
  if (from >= 0) {
    let left = Math.max(0, from - 1)
    let at = start
    while (at < end && left > 0) {
      at++
      while (at < end && (bytes[at]! & 0xc0) === 0x80) at++
      left--
    }
    return at < end ? at - start : -1
  }
  let left = -from
  let at = end
  while (at > start && left > 0) {
    at--
    while (at > start && (bytes[at]! & 0xc0) === 0x80) at--
    left--
  }
  return left === 0 ? at - start : -1
}

/** How many bytes the first `count` characters of a view have. */
export function characterBytes(
  bytes: Uint8Array,
  start: number,
  length: number,
  count: number
): number {
  const end = start + length
  let at = start
  for (let left = count; at < end && left > 0; left--) {
    at++
    while (at < end && (bytes[at]! & 0xc0) === 0x80) at++
  }
  return at - start
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
