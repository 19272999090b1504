/** `millrace parse FILE.jsonl`: a linter's verdict for each statement of a file of `{id, sql}` lines. */
import { readFileSync } from "node:fs"
import { parseLines, writeStandard } from "@millrace/core/internal"
import type { Invocation } from "./arguments.ts"

/** Print one line per line; answers 0, whatever the verdicts. */
export function parse(invocation: Invocation): number {
  for (const verdict of parseLines(readFileSync(invocation.operands[0]!, "utf8"))) {
    writeStandard("output", JSON.stringify(verdict) + "\n")
  }
  return 0
}
