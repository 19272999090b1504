/** Typed arrays by id that grow: at least doubled, so that growing costs amortised nothing. */

/** The array itself when it has `length` entries, else a longer copy, zero behind. */
export function grownInts(array: Int32Array, length: number): Int32Array {
  if (array.length >= length) return array
  const grown = new Int32Array(Math.max(length, array.length * 2))
  grown.set(array)
  return grown
}

/** The same for doubles. */
export function grownDoubles(array: Float64Array, length: number): Float64Array {
  if (array.length >= length) return array
  const grown = new Float64Array(Math.max(length, array.length * 2))
  grown.set(array)
  return grown
}
