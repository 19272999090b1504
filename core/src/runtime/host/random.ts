/** Numbers that nobody can foresee, from the system: for RAND and UUID. Simulated worlds give numbers of their own. */

const drawn = new Uint32Array(256)
let next = drawn.length

/** A number from 0 (inclusive) to 1 (exclusive), of 32 bits. */
export function random(): number {
  if (next === drawn.length) {
    globalThis.crypto.getRandomValues(drawn)
    next = 0
  }
  return drawn[next++]! / 2 ** 32
}
