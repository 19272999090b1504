/**
 * What a misspelt name was likely meant to be: the candidate with the smallest Damerau–Levenshtein distance (optimal string alignment:
 * insert, delete, replace, swap neighbours), ignoring case. Nothing is suggested when more than a third of the name would change.
 */

/** Names longer than this are not compared: a suggestion for them helps nobody, and the cost is quadratic. */
const lengthMax = 128

/**
 * The candidate nearest to `name`, or undefined when none is near. The first of equals wins.
 *
 * **Cost** — O(candidates × length²); for error messages only. **Errors** — never fails.
 */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length === 0 || name.length > lengthMax) return undefined
  const wanted = name.toLowerCase()
  let limit = Math.max(1, Math.floor(name.length / 3))
  let best: string | undefined
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - name.length) > limit) continue
    const changes = distance(wanted, candidate.toLowerCase(), limit)
    if (changes > limit) continue
    if (changes === 0) return candidate
    best = candidate
    limit = changes - 1
  }
  return best
}

/** The number of edits between two texts; any number above `limit` when there are more than `limit`. */
export function distance(left: string, right: string, limit: number): number {
  let before: Array<number> = []
  let previous = Array.from({ length: right.length + 1 }, (_, column) => column)
  for (let row = 1; row <= left.length; row++) {
    const current = [row]
    let smallest = row
    for (let column = 1; column <= right.length; column++) {
      const same = left.charCodeAt(row - 1) === right.charCodeAt(column - 1)
      let value = Math.min(
        previous[column]! + 1,
        current[column - 1]! + 1,
        previous[column - 1]! + (same ? 0 : 1)
      )
      const swapped = row > 1 && column > 1 &&
        left.charCodeAt(row - 1) === right.charCodeAt(column - 2) &&
        left.charCodeAt(row - 2) === right.charCodeAt(column - 1)
      if (swapped) value = Math.min(value, before[column - 2]! + 1)
      current.push(value)
      if (value < smallest) smallest = value
    }
    if (smallest > limit) return limit + 1
    before = previous
    previous = current
  }
  return previous[right.length]!
}
