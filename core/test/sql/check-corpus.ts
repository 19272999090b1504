/** Compares the parser's verdicts with those of Flink on statements of a corpus. */
import { parseStatement } from "../../src/sql/parser.ts"
import { SqlFault } from "../../src/sql/sql-fault.ts"
import { unparse } from "../../src/sql/unparse.ts"

/** One line of a corpus: a statement, and what Flink 2.3's parser said of it. */
export interface CorpusLine {
  readonly id: string
  readonly sql: string
  readonly flink230: {
    readonly parse: "ok" | "fail"
    readonly canonical?: string
    readonly message?: string
    readonly pos?: ReadonlyArray<number>
  }
}

/** A statement on which the parser and Flink differ. */
export interface Miss {
  readonly kind: "accepted" | "refused" | "canonical" | "place"
  readonly id: string
  readonly sql: string
  readonly detail: string
}

/** Counts of agreement. Statements that are out of scope (models, CALL) count nowhere else. */
export interface Reach {
  acceptable: number
  accepted: number
  refusable: number
  refused: number
  canonical: number
  sameLine: number
  outOfScope: number
  readonly misses: Array<Miss>
}

/** Run every statement. */
export function checkCorpus(lines: ReadonlyArray<CorpusLine>): Reach {
  const reach: Reach = {
    acceptable: 0,
    accepted: 0,
    refusable: 0,
    refused: 0,
    canonical: 0,
    sameLine: 0,
    outOfScope: 0,
    misses: []
  }
  for (const line of lines) checkLine(line, reach)
  return reach
}

/** The statements that the parser refuses by name. */
const scope = /\bMODEL\b|\bMODELS\b|^\s*(--[^\n]*\n\s*)*CALL\b/i

function checkLine(line: CorpusLine, reach: Reach): void {
  const { id, sql, flink230 } = line
  let canonical: string | undefined
  let fault: SqlFault | undefined
  try {
    canonical = unparse(parseStatement(sql))
  } catch (error) {
    if (!(error instanceof SqlFault)) throw new Error(`${id}: ${String(error)}`, { cause: error })
    fault = error
  }
  if (fault?.problem.includes("not supported") === true && scope.test(sql)) {
    reach.outOfScope++
    return
  }
  const miss = (kind: Miss["kind"], detail: string) => reach.misses.push({ kind, id, sql, detail })
  if (flink230.parse === "ok") {
    reach.acceptable++
    if (fault !== undefined) miss("accepted", fault.message)
    else {
      reach.accepted++
      if (canonical === flink230.canonical) reach.canonical++
      else miss("canonical", `\n--- wanted\n${flink230.canonical}\n--- got\n${canonical}\n`)
    }
    return
  }
  reach.refusable++
  if (fault === undefined) return void miss("refused", flink230.message ?? "")
  reach.refused++
  if (fault.line === flink230.pos?.[0]) reach.sameLine++
  else miss("place", `${fault.message} | ${flink230.pos} ${flink230.message}`)
}
