/** The failure of reading SQL: where, what stood there, what could have stood there, and what was likely meant. */
import { Fault, type FaultClass } from "../fault.ts"
import { excerpt, place } from "./place.ts"

/** What a {@link SqlFault} knows. Lines and columns count from 1, offsets in UTF-16 units from 0. */
export interface SqlFaultFields {
  /** What is wrong, as a clause with a capital first letter and no full stop. */
  readonly problem: string
  readonly line: number
  readonly column: number
  readonly offset: number
  /** Offset behind the offending token. */
  readonly endOffset: number
  /** The offending token, or `end of text`. */
  readonly token: string
  /** What could have stood there; empty when the problem is of another kind. */
  readonly expected: ReadonlyArray<string>
  /** The keyword or name that was likely meant. */
  readonly suggestion: string | undefined
  /** Two lines: the text and a caret. */
  readonly excerpt: string
  /** Where the text came from, when that is known. */
  readonly file: string | undefined
}

const SqlFaultBase: FaultClass<"SqlFault", SqlFaultFields> = Fault<SqlFaultFields>()(
  "SqlFault",
  "user",
  "never"
)

/** SQL that cannot be read. The message ends with the excerpt. */
export class SqlFault extends SqlFaultBase {
  override get message(): string {
    return `${this.summary}\n${this.excerpt}`
  }

  /** The message without the excerpt, on one line. */
  get summary(): string {
    const hint = this.suggestion === undefined ? "" : `; did you mean ${this.suggestion}?`
    const file = this.file === undefined ? "the SQL" : `"${this.file}"`
    return `Cannot read ${file} at line ${this.line}, column ${this.column}: ${this.problem}${hint}`
  }
}

/** Make a fault of the text between two offsets. */
export function sqlFault(
  text: string,
  span: { readonly start: number; readonly end: number },
  problem: string,
  more: Partial<Pick<SqlFaultFields, "token" | "expected" | "suggestion">> = {}
): SqlFault {
  const { line, column } = place(text, span.start)
  return new SqlFault({
    problem,
    line,
    column,
    offset: span.start,
    endOffset: span.end,
    token: more.token ?? text.slice(span.start, span.end),
    expected: more.expected ?? [],
    suggestion: more.suggestion,
    excerpt: excerpt(text, span.start),
    file: undefined
  })
}

/** The same fault with the name of the file that holds the text. */
export function inFile(fault: SqlFault, file: string): SqlFault {
  const { problem, line, column, offset, endOffset, token, expected, suggestion, excerpt } = fault
  return new SqlFault({
    problem,
    line,
    column,
    offset,
    endOffset,
    token,
    expected,
    suggestion,
    excerpt,
    file
  })
}
