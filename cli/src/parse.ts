/** `millrace parse FILE.jsonl`: a linter's verdict for each statement of a file of `{id, sql}` lines. */
import { parseLine, writeStandard } from "@millrace/core/internal"
import type { Invocation } from "./arguments.ts"
import { readFile } from "./read-file.ts"

/** Print one line per line; answers 0, whatever the verdicts. */
export function parse(invocation: Invocation): number {
  readFile(invocation.operands[0]!).split("\n").forEach((text, i) => {
    const verdict = parseLine(text, i + 1)
    if (verdict !== undefined) writeStandard("output", `${verdict}\n`)
  })
  return 0
}
