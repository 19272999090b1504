/** What `millrace parse FILE.jsonl` does: one line of JSON in, one line of JSON out, with the verdict on its statement. */
import { parse } from "./parser.ts"
import { SqlFault } from "./sql-fault.ts"
import { unparse } from "./unparse.ts"

/** The verdict on one statement. Line and column count from 1 and are null where there is no place. */
export interface ParsedLine {
  readonly id: string | number | null
  readonly parse: "ok" | "fail"
  readonly line: number | null
  readonly column: number | null
  /** What is wrong, on one line; null when the statement is good. */
  readonly message: string | null
  /** The canonical text, statements parted by `;` and a line break; null when it fails. */
  readonly canonical: string | null
}

/** The verdict on one statement or script. **Errors** — never fails: a mistake is the result. */
export function parseSql(id: string | number | null, sql: string): ParsedLine {
  try {
    const canonical = parse(sql).map(unparse).join(";\n")
    if (canonical === "") return refused(id, 1, 1, "Cannot read the SQL as it holds no statement")
    return { id, parse: "ok", line: null, column: null, message: null, canonical }
  } catch (error) {
    if (!(error instanceof SqlFault)) throw error
    return refused(id, error.line, error.column, error.summary)
  }
}

/**
 * The verdict on one line of a JSON lines file, `{"id": …, "sql": "…"}`, as JSON without a line break. A line that is no such object gets a
 * verdict too, with its number as its id; a blank line gives undefined.
 *
 * **Units** — `number` counts lines from 1.
 */
export function parseLine(text: string, number: number): string | undefined {
  return text.trim() === "" ? undefined : JSON.stringify(verdict(text, number))
}

function verdict(text: string, number: number): ParsedLine {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return refused(number, null, null, `Cannot read line ${number} of the file as it is not JSON`)
  }
  const { id, sql } = (typeof value === "object" && value !== null ? value : {}) as {
    readonly id?: unknown
    readonly sql?: unknown
  }
  const known = typeof id === "string" || typeof id === "number" ? id : number
  if (typeof sql !== "string") {
    return refused(
      known,
      null,
      null,
      `Cannot read line ${number} of the file as it has no text "sql"`
    )
  }
  return parseSql(known, sql)
}

function refused(
  id: ParsedLine["id"],
  line: number | null,
  column: number | null,
  message: string
): ParsedLine {
  return { id, parse: "fail", line, column, message, canonical: null }
}
