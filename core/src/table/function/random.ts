/**
 * RAND, RAND_INTEGER and UUID. With a seed the numbers are those of Java's generator, so that a query gives the same ones as
 * Flink; without one they come from the host's source of randomness.
 */
import { simple } from "../../type/logical-type.ts"
import type { Boxed, Call, Environment, Evaluator, ScalarFunction } from "./definition.ts"
import { ExpressionFault } from "./fault.ts"
import { scalar } from "./simple.ts"

/** Numbers of up to 32 bits, one after the other. */
type Bits = (count: number) => number

/** Java's linear congruential generator of 48 bits; its state in two halves of 24. */
function makeSeeded(seed: number): Bits {
  // seed ^ 0x5DEECE66D, sign-extended to 48 bits.
  let high = ((Math.floor(seed / 0x1000000) & 0xffffff) ^ 0x5de) >>> 0
  let low = ((seed & 0xffffff) ^ 0xece66d) >>> 0
  return (count) => {
    // (state * 0x5DEECE66D + 0xB) mod 2^48, by halves.
    const product = low * 0xece66d + 0xb
    const carry = Math.floor(product / 0x1000000)
    high = (carry + low * 0x5de + high * 0xece66d) % 0x1000000
    low = product % 0x1000000
    return (high * 0x1000000 + low) / 2 ** (48 - count) | 0
  }
}

function makeUnseeded(environment: Environment): Bits {
  return (count) => (environment.random() * 2 ** 32 | 0) >>> (32 - count) | 0
}

function nextDouble(bits: Bits): number {
  return ((bits(26) >>> 0) * 2 ** 27 + (bits(27) >>> 0)) / 2 ** 53
}

/** A number below `bound`, as Java draws it: all are equally likely. */
function nextInteger(bits: Bits, bound: number): number {
  let drawn = bits(31) >>> 0
  if ((bound & (bound - 1)) === 0) return Math.floor(bound * drawn / 2 ** 31)
  while (drawn - drawn % bound + (bound - 1) > 2147483647) drawn = bits(31) >>> 0
  return drawn % bound
}

/** Draws of one call: from its seed, when that is a literal once for all rows, else anew for each row. */
function source(call: Call, at: number): (seed: number | undefined) => Bits {
  if (call.args.length <= at) {
    const bits = makeUnseeded(call.environment)
    return () => bits
  }
  const literal = call.constants[at]
  if (typeof literal === "number") {
    const bits = makeSeeded(literal)
    return () => bits
  }
  return (seed) => makeSeeded(seed!)
}

function evaluateInteger(call: Call): Evaluator {
  const seeded = call.args.length === 2
  const draw = source(call, seeded ? 0 : 1)
  return (first: number, second?: number): Boxed => {
    const bound = seeded ? second! : first
    if (bound <= 0) {
      throw new ExpressionFault({
        expression: call.text,
        reason: `the bound must be positive, not ${bound}`
      })
    }
    return nextInteger(draw(first), bound)
  }
}

function hex(number: number, digits: number): string {
  return Math.floor(number).toString(16).padStart(digits, "0")
}

/** Version 4, as RFC 9562 has it. */
function uuid(environment: Environment): string {
  const draw = (bits: number) => environment.random() * 2 ** bits
  return [
    hex(draw(32), 8),
    hex(draw(16), 4),
    `4${hex(draw(12), 3)}`,
    hex(0x8000 + draw(14), 4),
    hex(draw(24), 6) + hex(draw(24), 6)
  ].join("-")
}

/** Functions whose values are drawn. */
export const randoms: ReadonlyArray<ScalarFunction> = [
  scalar({
    names: ["rand", "RAND"],
    args: ["int"],
    required: 0,
    result: simple("DOUBLE", false),
    deterministic: false,
    description:
      "A number from 0 (inclusive) to 1 (exclusive), drawn for each row; with a seed the same ones at every run.",
    evaluate: (call) => {
      const draw = source(call, 0)
      return (seed?: number): Boxed => nextDouble(draw(seed))
    }
  }),
  scalar({
    names: ["randInteger", "RAND_INTEGER"],
    args: ["int", "int"],
    required: 1,
    result: simple("INT", false),
    deterministic: false,
    description:
      "A whole number from 0 to below a bound, drawn for each row; a seed may stand before the bound.",
    evaluate: evaluateInteger
  }),
  scalar({
    names: ["uuid", "UUID"],
    args: [],
    result: { kind: "CHAR", nullable: false, length: 36 },
    deterministic: false,
    description: "A random UUID (version 4) for each row.",
    evaluate: (call) => (): Boxed => uuid(call.environment)
  })
]
