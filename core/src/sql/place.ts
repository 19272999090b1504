/** Offsets of a text as lines and columns, and the excerpt that an error shows. */
import type { Place } from "../fault.ts"

/** Characters of a line that an excerpt shows on either side of its caret. */
const excerptReach = 72

/**
 * The line and column of an offset, both from 1. Lines end at LF, CR or CR LF; columns count UTF-16 units, a tab as one.
 *
 * **Cost** — linear in `offset`. **Errors** — never fails: an offset behind the end is the end.
 */
export function place(text: string, offset: number): Place {
  let line = 1
  let start = 0
  const end = Math.min(offset, text.length)
  for (let at = 0; at < end; at++) {
    const code = text.charCodeAt(at)
    if (code === 10 || (code === 13 && text.charCodeAt(at + 1) !== 10)) {
      line++
      start = at + 1
    }
  }
  return { line, column: end - start + 1 }
}

/** Values of options whose keys speak of secrets never leave the text. */
const secret =
  /('[^'\n]*(?:password|passwd|secret|token|key|credential|jaas|sasl|auth)[^'\n]*'\s*=?\s*)'(?:[^'\n]|'')*'?/gi

/** The line that holds `offset` and a caret under it, in two lines of text; values of secret options are starred out. */
export function excerpt(text: string, offset: number): string {
  const end = Math.min(offset, text.length)
  let start = end
  while (start > 0 && !isBreak(text.charCodeAt(start - 1))) start--
  let stop = end
  while (stop < text.length && !isBreak(text.charCodeAt(stop))) stop++
  const mask = (piece: string) => piece.replace(secret, "$1'***'")
  const line = mask(text.slice(start, stop)).replaceAll("\t", " ")
  const column = Math.min(mask(text.slice(start, end)).length, line.length)
  const from = Math.max(0, column - excerptReach)
  const shown = line.slice(from, column + excerptReach)
  return `  ${shown}\n  ${" ".repeat(column - from)}^`
}

function isBreak(code: number): boolean {
  return code === 10 || code === 13
}
