/** Numbers of a fixed number of bits, packed from the highest bit down. */

/** `count` unsigned numbers of `width` ≤ 53 bits from `at` into `out`. */
export function unpack(
  bytes: Uint8Array,
  at: number,
  count: number,
  width: number,
  out: Float64Array
): void {
  if (width === 8) { for (let i = 0; i < count; i++) out[i] = bytes[at + i]! }
  else if (width === 16) unpack16(bytes, at, count, out)
  else if (width <= 24) unpackSmall(bytes, at, count, width, out)
  else unpackLarge(bytes, at, count, width, out)
}

function unpack16(bytes: Uint8Array, at: number, count: number, out: Float64Array): void {
  for (let i = 0; i < count; i++, at += 2) out[i] = (bytes[at]! << 8) | bytes[at + 1]!
}

function unpackSmall(
  bytes: Uint8Array,
  at: number,
  count: number,
  width: number,
  out: Float64Array
): void {
  const mask = (1 << width) - 1
  let held = 0, bits = 0
  for (let i = 0; i < count; i++) {
    // at most 24 + 7 bits are held, which a 32-bit word has room for
    while (bits < width) {
      held = (held << 8) | bytes[at++]!
      bits += 8
    }
    bits -= width
    out[i] = (held >>> bits) & mask
  }
}

function unpackLarge(
  bytes: Uint8Array,
  at: number,
  count: number,
  width: number,
  out: Float64Array
): void {
  let byte = 0, bits = 0
  for (let i = 0; i < count; i++) {
    let value = 0
    let needed = width
    while (needed > 0) {
      if (bits === 0) {
        byte = bytes[at++]!
        bits = 8
      }
      const part = Math.min(needed, bits)
      bits -= part
      value = value * (1 << part) + ((byte >>> bits) & ((1 << part) - 1))
      needed -= part
    }
    out[i] = value
  }
}

/** The same for any width, exactly. */
export function unpackWide(
  bytes: Uint8Array,
  at: number,
  count: number,
  width: number,
  out: Array<bigint>
): void {
  let place = at * 8
  for (let i = 0; i < count; i++) {
    let value = 0n
    let needed = width
    while (needed > 0) {
      const free = 8 - place % 8
      const part = Math.min(needed, free)
      const bits = (bytes[place >> 3]! >>> (free - part)) & ((1 << part) - 1)
      value = (value << BigInt(part)) | BigInt(bits)
      place += part
      needed -= part
    }
    out[i] = value
  }
}
