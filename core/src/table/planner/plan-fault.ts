/**
 * What is wrong with a statement, with its place: unknown names, types that do not fit, parts of the dialect that do not
 * run. The binder throws at the first problem it meets; a place is always that of the smallest part at fault.
 */
import { Fault, type FaultClass } from "../../fault.ts"
import { excerpt, place } from "../../sql/place.ts"
import { nearest } from "../nearest.ts"

interface PlanFaultFields {
  /** File of the script, or a name that says where the text came from. */
  readonly file: string
  /** 1-based. */
  readonly line: number
  /** 1-based, in UTF-16 units. */
  readonly column: number
  /** The problem as a sentence without full stop. */
  readonly problem: string
  /** What to do about it, as a sentence without full stop. */
  readonly hint: string | undefined
  /** The line of the text, and a line with a caret below the place. */
  readonly excerpt: string
}

const PlanFaultBase: FaultClass<"PlanFault", PlanFaultFields> = Fault<PlanFaultFields>()(
  "PlanFault",
  "user",
  "never"
)

/** A statement that parses and cannot be planned. */
export class PlanFault extends PlanFaultBase {
  override get message(): string {
    const hint = this.hint === undefined ? "" : `. ${this.hint}`
    return `${this.problem} (${this.file}, line ${this.line}, column ${this.column})${hint}\n${this.excerpt}`
  }
}

/** A text that statements stand in, for places. */
export interface SourceText {
  readonly file: string
  readonly text: string
}

/** A part of a text: offsets in UTF-16 units. */
export interface PlacedSpan {
  readonly start: number
}

/** Make the fault for a part of a text. */
export function planFault(
  source: SourceText,
  span: PlacedSpan,
  problem: string,
  hint?: string
): PlanFault {
  const { line, column } = place(source.text, span.start)
  return new PlanFault({
    file: source.file,
    line,
    column,
    problem,
    hint,
    excerpt: excerpt(source.text, span.start)
  })
}

/** Make the fault for a part of the dialect that does not run. */
export function notSupported(
  source: SourceText,
  span: PlacedSpan,
  what: string,
  hint?: string
): PlanFault {
  return planFault(source, span, `${what} is not supported yet`, hint)
}

/** `Did you mean 'x'?` for the nearest of the names, else the names themselves when they are few. */
export function suggest(
  name: string,
  candidates: ReadonlyArray<string>,
  what: string
): string | undefined {
  const near = nearest(name, candidates)
  if (near !== undefined) return `Did you mean '${near}'?`
  if (candidates.length === 0) return undefined
  const shown = candidates.slice(0, 12).join(", ")
  return `${what}: ${shown}${candidates.length > 12 ? ", …" : ""}`
}
