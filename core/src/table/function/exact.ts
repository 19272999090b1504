/**
 * Exact arithmetic on unscaled decimals. Rounding is half up, away from zero, as SQL's is; a result that its type cannot hold
 * is NULL, written here as undefined.
 */
import type { LogicalType } from "../../type/logical-type.ts"

const powers: ReadonlyArray<bigint> = Array.from({ length: 80 }, (_, i) => 10n ** BigInt(i))

/** 10^exponent, 0 ≤ exponent < 80. */
export function powerOfTen(exponent: number): bigint {
  return powers[exponent]!
}

/** `value / divisor` rounded half up. `divisor` is positive. */
export function divideHalfUp(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor
  const rest = value - quotient * divisor
  if ((rest < 0n ? -rest : rest) * 2n < divisor) return quotient
  return value < 0n ? quotient - 1n : quotient + 1n
}

/** The same on whole doubles: |value| ≤ 2^52, 0 < divisor ≤ 2^52. */
export function divideHalfUpNarrow(value: number, divisor: number): number {
  const quotient = Math.trunc(value / divisor)
  const rest = Math.abs(value - quotient * divisor)
  if (rest * 2 < divisor) return quotient + 0
  return value < 0 ? quotient - 1 : quotient + 1
}

/** An unscaled value at another scale, rounded half up. */
export function rescale(value: bigint, from: number, to: number): bigint {
  if (to === from) return value
  return to > from ? value * powers[to - from]! : divideHalfUp(value, powers[from - to]!)
}

/** Whether a DECIMAL of this precision can hold an unscaled value. */
export function fits(value: bigint, precision: number): boolean {
  const limit = powers[precision]!
  return value < limit && value > -limit
}

/** `a / b` of exact numbers at `scale`; both signs; b is not zero. */
export function quotient(
  a: bigint,
  aScale: number,
  b: bigint,
  bScale: number,
  scale: number
): bigint {
  const shift = scale - aScale + bScale
  let upper = a
  let lower = b
  if (shift >= 0) upper *= powers[shift]!
  else lower *= powers[-shift]!
  return lower < 0n ? divideHalfUp(-upper, -lower) : divideHalfUp(upper, lower)
}

/** An exact result as its type holds it: integers wrap, decimals that do not fit are NULL. */
export function settle(value: bigint, type: LogicalType): bigint | null {
  if (type.kind === "BIGINT") return BigInt.asIntN(64, value)
  return type.kind !== "DECIMAL" || fits(value, type.precision) ? value : null
}

/** The exact double nearest to an unscaled decimal. */
export function decimalToDouble(value: bigint, scale: number): number {
  if (scale === 0) return Number(value)
  if (value < 9007199254740992n && value > -9007199254740992n && scale <= 22) {
    return Number(value) / 10 ** scale
  }
  return Number(`${value}e-${scale}`)
}

/** A boxed exact number (integers stand as number or bigint) as its unscaled bigint. */
export function exactOf(value: number | bigint): bigint {
  return typeof value === "bigint" ? value : BigInt(value)
}

/** A whole bigint as the box of an integer type, wrapped at its width. */
export function boxExact(value: bigint, type: LogicalType): bigint | number {
  if (type.kind === "BIGINT") return BigInt.asIntN(64, value)
  return wrapInteger(Number(BigInt.asIntN(32, value)), type)
}

/** A 32-bit integer as TINYINT, SMALLINT or INT wraps it. */
export function wrapInteger(value: number, type: LogicalType): number {
  if (type.kind === "TINYINT") return (value << 24) >> 24
  return type.kind === "SMALLINT" ? (value << 16) >> 16 : value | 0
}
