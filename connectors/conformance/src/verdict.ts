/** What a declared guarantee means for the rows that came out, in whatever history of crashes: no more is asked, and no less. */
import assert from "node:assert/strict"
import type { SinkGuarantee, SourceGuarantee } from "@millrace/core/internal"
import { countRows, type Row } from "./rows.ts"

/** How many rows a failure shows. */
const shownMax = 3

/**
 * Fails when `seen` breaks the guarantee for `expected`: lost (all but at-most-once), doubled (all but at-least-once; `idempotent` shows the
 * state of a table, in which a row stands once), or never written (all).
 */
export function verdict(
  guarantee: SinkGuarantee | SourceGuarantee,
  expected: ReadonlyArray<Row>,
  seen: ReadonlyArray<Row>,
  when: string
): void {
  const wanted = countRows(expected)
  const found = countRows(seen)
  const foreign = [...found.keys()].filter((key) => !wanted.has(key))
  assert.equal(foreign.length, 0, `${when}: rows that nobody wrote: ${shown(foreign)}`)
  if (guarantee !== "at-most-once") {
    const lost = [...wanted].filter(([key, count]) => (found.get(key) ?? 0) < count)
    assert.equal(lost.length, 0, `${when}: lost ${lost.length} rows: ${shown(keys(lost))}`)
  }
  if (guarantee !== "at-least-once") {
    const doubled = [...found].filter(([key, count]) => count > wanted.get(key)!)
    assert.equal(
      doubled.length,
      0,
      `${when}: doubled ${doubled.length} rows: ${shown(keys(doubled))}`
    )
  }
}

function keys(entries: ReadonlyArray<readonly [string, number]>): ReadonlyArray<string> {
  return entries.map(([key]) => key)
}

function shown(found: ReadonlyArray<string>): string {
  return found.slice(0, shownMax).join(" ")
}
